/**
 * Errors as problem details (RFC 9457). What leaves the process is a safe sentence and a code; the rest goes to the observer.
 */
import { type ErrorCode, SluiceError, type SluiceErrorOptions } from '../core/errors.ts'

/** One thing that is wrong with the input. */
export interface FieldError {
  /** Where: names and indexes joined by dots; empty for the whole. */
  readonly path: string
  readonly message: string
}

export interface RefusalOptions extends SluiceErrorOptions {
  readonly errors?: readonly FieldError[]
  readonly headers?: Readonly<Record<string, string>>
}

/** An error of the door itself, about the request: its message is meant for the caller, and its status may be one that no code stands for. */
export class Refusal extends SluiceError {
  readonly status: number
  readonly errors: readonly FieldError[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: ErrorCode, message: string, options: RefusalOptions = {}) {
    super(code, message, { ...options, safeMessage: message })
    this.name = 'Refusal'
    this.status = status
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}

const STATUS: Record<ErrorCode, number> = {
  connection: 502,
  provider: 502,
  'rate-limit': 429,
  quota: 502,
  auth: 502,
  'invalid-request': 400,
  'content-filter': 422,
  timeout: 504,
  server: 500,
  'not-found': 404,
  gone: 410,
  conflict: 409,
  'too-large': 413,
  overloaded: 429,
  fenced: 409,
  closed: 409,
  forbidden: 403,
  unavailable: 503,
  'storage-locked': 503,
  'storage-full': 507,
  'storage-read-only': 503,
  'storage-corrupt': 500,
  configuration: 501,
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}

/** What a problem document holds. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly requestId: string
  readonly retryAfterMs?: number
  readonly errors?: readonly FieldError[]
}

/** The status that an error is answered with. */
export function statusOf(error: SluiceError): number {
  return error instanceof Refusal ? error.status : STATUS[error.code]
}

/** The problem document of an error. */
export function problemOf(error: SluiceError, requestId: string): Problem {
  const status = statusOf(error)
  return {
    type: `urn:sluice:error:${error.code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: detailOf(error),
    code: error.code,
    requestId,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error instanceof Refusal && error.errors.length > 0 ? { errors: error.errors } : {}),
  }
}

/** How long callers wait at a limit when nobody knows better. */
const DEFAULT_RETRY_AFTER_MS = 1_000

/** The response to an error. */
export function problemResponse(error: SluiceError, requestId: string): Response {
  const problem = problemOf(error, requestId)
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (error.retryAfterMs !== undefined || problem.status === 429 || problem.status === 503) {
    headers.set('retry-after', String(Math.max(1, Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000))))
  }
  if (error instanceof Refusal) for (const [name, value] of Object.entries(error.headers)) headers.set(name, value)
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** Codes whose messages are about the request itself, and so are the caller's business. */
const ABOUT_THE_REQUEST: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['invalid-request', 'too-large', 'conflict'])

function detailOf(error: SluiceError): string {
  // An error with a cause repeats what somebody else said; only what we raised ourselves is known to be safe.
  return ABOUT_THE_REQUEST.has(error.code) && error.cause === undefined ? error.message : error.safeMessage
}
