/**
 * One error family for the whole project.
 *
 * `code` is a closed set, `message` is for logs and operators (what failed, for which id, the remedy), and `safeMessage`
 * is the only sentence that a person or a client may see. Details that may hold secrets live in `cause` and never
 * leave the process except through the redacting logger.
 */

/** What went wrong; the taxonomy of SPEC GN14 first, then what the log, the store and the doors add. */
export type ErrorCode =
  | 'connection'
  | 'provider'
  | 'rate-limit'
  | 'quota'
  | 'auth'
  | 'invalid-request'
  | 'content-filter'
  | 'timeout'
  | 'server'
  | 'not-found'
  | 'gone'
  | 'conflict'
  | 'too-large'
  | 'overloaded'
  | 'fenced'
  | 'closed'
  | 'forbidden'
  | 'unavailable'
  | 'storage-locked'
  | 'storage-full'
  | 'storage-read-only'
  | 'storage-corrupt'
  | 'configuration'

/** The three families that a reader's `error` frame names (SPEC §13.8). */
export type ErrorType = 'connection' | 'llm' | 'server'

/** The one shape in which an error reaches people (SPEC §13.8). */
export interface PublicError {
  readonly type: ErrorType
  readonly code: ErrorCode
  /** A safe sentence; never a provider's own text. */
  readonly message: string
  /** Whether the same request may succeed later. */
  readonly recoverable: boolean
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number
}

interface Trait {
  readonly type: ErrorType
  readonly retryable: boolean
  readonly safeMessage: string
}

const TRAITS: Record<ErrorCode, Trait> = {
  connection: { type: 'connection', retryable: true, safeMessage: 'The connection to the model was lost.' },
  provider: { type: 'llm', retryable: true, safeMessage: 'The model provider reported an error.' },
  'rate-limit': { type: 'llm', retryable: true, safeMessage: 'The model provider is limiting requests. Please try again shortly.' },
  quota: { type: 'llm', retryable: false, safeMessage: 'The quota of the model provider is used up.' },
  auth: { type: 'llm', retryable: false, safeMessage: 'The model provider refused the credentials of this server.' },
  'invalid-request': { type: 'llm', retryable: false, safeMessage: 'The request was not accepted.' },
  'content-filter': { type: 'llm', retryable: false, safeMessage: 'The model declined to answer this request.' },
  timeout: { type: 'connection', retryable: true, safeMessage: 'The model took too long to answer.' },
  server: { type: 'server', retryable: true, safeMessage: 'Something went wrong on this server.' },
  'not-found': { type: 'server', retryable: false, safeMessage: 'There is nothing at this address.' },
  gone: { type: 'server', retryable: false, safeMessage: 'This position or stream is no longer kept.' },
  conflict: { type: 'server', retryable: false, safeMessage: 'The request conflicts with an earlier one.' },
  'too-large': { type: 'server', retryable: false, safeMessage: 'The request is too large.' },
  overloaded: { type: 'server', retryable: true, safeMessage: 'The server is at its limit. Please try again shortly.' },
  fenced: { type: 'server', retryable: false, safeMessage: 'Another process has taken this run over.' },
  closed: { type: 'server', retryable: false, safeMessage: 'This stream has ended.' },
  forbidden: { type: 'server', retryable: false, safeMessage: 'This request is not allowed.' },
  unavailable: { type: 'server', retryable: true, safeMessage: 'The server is going down. Please try again shortly.' },
  'storage-locked': { type: 'server', retryable: true, safeMessage: 'The storage of this server is in use elsewhere.' },
  'storage-full': { type: 'server', retryable: true, safeMessage: 'The storage of this server is full.' },
  'storage-read-only': { type: 'server', retryable: false, safeMessage: 'The storage of this server cannot be written.' },
  'storage-corrupt': { type: 'server', retryable: false, safeMessage: 'The storage of this server is damaged.' },
  configuration: { type: 'server', retryable: false, safeMessage: 'This server is not configured for that.' },
}

/** All codes, for schemas and tests. */
export const ERROR_CODES = Object.keys(TRAITS) as readonly ErrorCode[]

/** What may be set on an error beyond code and message. */
export interface SluiceErrorOptions {
  readonly cause?: unknown
  /** Sentence for people; by default the one that belongs to the code. Must hold no secret and no provider text. */
  readonly safeMessage?: string
  /** Whether the same call may succeed later; by default what the code says. */
  readonly retryable?: boolean
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number
}

/** The error of this project. See the module comment for who may see what. */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly safeMessage: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SluiceError'
    this.code = code
    this.safeMessage = options.safeMessage ?? TRAITS[code].safeMessage
    this.retryable = options.retryable ?? TRAITS[code].retryable
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Any thrown value as a `SluiceError`; what is not one already becomes `server`, with the value as its cause. */
export function toSluiceError(thrown: unknown, what = 'An unexpected error'): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new SluiceError('server', `${what}: ${detail}`, { cause: thrown })
}

/** The shape of an error that may leave the process. */
export function publicError(error: SluiceError, attempt = 1): PublicError {
  return { type: TRAITS[error.code].type, code: error.code, message: error.safeMessage, recoverable: error.retryable, attempt }
}
