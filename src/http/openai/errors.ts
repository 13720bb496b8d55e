/** Errors in the shape that OpenAI's clients read: `{error: {message, type, code, param}}`. */
import type { ErrorCode, PublicError, SluiceError } from '../../core/errors.ts'
import { problemOf, problemResponse, Refusal } from '../problem.ts'

export interface OpenAIError {
  readonly message: string
  readonly type: string
  readonly code: string | null
  /** The field of the request that is meant. */
  readonly param: string | null
}

/** Addresses that OpenAI's clients alone call. */
const ADDRESSES = ['/v1/responses', '/v1/chat/completions']
/** The one that others call too: its errors are problem details with OpenAI's `error` in them. */
const SHARED = '/v1/models'

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

const CODES: Partial<Record<ErrorCode, string>> = {
  'rate-limit': 'rate_limit_exceeded',
  overloaded: 'rate_limit_exceeded',
  quota: 'insufficient_quota',
  'not-found': 'not_found',
  'content-filter': 'content_filter',
  server: 'server_error',
}

export function openAIError(error: SluiceError, requestId: string): OpenAIError {
  const { status, detail, errors } = problemOf(error, requestId)
  const param = errors?.[0]?.path
  return {
    message: detail,
    type: TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    code: status === 401 ? 'invalid_api_key' : (CODES[error.code] ?? error.code.replaceAll('-', '_')),
    param: param === undefined || param === '' ? null : param,
  }
}

/** How errors of an address are written. */
export function errorWriterOf(path: string): (error: SluiceError, requestId: string) => Response {
  if (ADDRESSES.some((address) => path === address || path.startsWith(`${address}/`))) {
    return (error, requestId) => withBody(error, requestId, { error: openAIError(error, requestId) }, 'application/json')
  }
  if (path === SHARED || path.startsWith(`${SHARED}/`)) {
    return (error, requestId) =>
      withBody(error, requestId, { ...problemOf(error, requestId), error: openAIError(error, requestId) }, 'application/problem+json')
  }
  return problemResponse
}

function withBody(error: SluiceError, requestId: string, body: unknown, type: string): Response {
  const { status, headers } = problemResponse(error, requestId)
  headers.set('content-type', type)
  return new Response(JSON.stringify(body), { status, headers })
}

/** The refusal of one field of a request. */
export function badField(param: string, message: string): Refusal {
  return new Refusal(400, 'invalid-request', message, { errors: [{ path: param, message }] })
}

/** Clients repeat what fails with 429 or 5xx, and each repetition would be a new run: the engine has repeated already what can be. */
export const DO_NOT_REPEAT: Readonly<Record<string, string>> = { 'x-should-retry': 'false' }

const FAILURE_STATUS: Partial<Record<ErrorCode, number>> = {
  conflict: 409,
  'invalid-request': 400,
  'content-filter': 400,
  'too-large': 400,
  'rate-limit': 429,
  quota: 429,
  timeout: 504,
  server: 500,
  unavailable: 503,
}

/** The error of a run that did not come to its end, for who waits for it. `where`: under which id the rest can be read. */
export function runFailure(error: PublicError | undefined, where: string): Refusal {
  const code = error?.code ?? 'server'
  const message = `${error?.message ?? 'The answer broke off.'} What there is of the answer is kept as ${where}.`
  return new Refusal(FAILURE_STATUS[code] ?? 502, code, message, { headers: DO_NOT_REPEAT })
}

/** The error of a run inside a response object, which knows fewer codes. */
export function responseError(error: PublicError | undefined): { readonly code: string; readonly message: string } {
  const codes: Partial<Record<ErrorCode, string>> = {
    'rate-limit': 'rate_limit_exceeded',
    quota: 'insufficient_quota',
    'invalid-request': 'invalid_prompt',
  }
  return { code: (error && codes[error.code]) ?? 'server_error', message: error?.message ?? 'The answer broke off.' }
}
