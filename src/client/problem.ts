/** What goes wrong between this reader and its server, as `SluiceError`s. */
import { ERROR_CODES, type ErrorCode, SluiceError } from '../core/errors.ts'

const SAFE_LOST = 'The connection to the server was lost.'

/** The server could not be reached, or the connection broke: the same request may succeed later. */
export function connectionLost(what: string, cause?: unknown): SluiceError {
  const detail = cause instanceof Error ? `${what}: ${rootMessage(cause)}` : `${what}.`
  return new SluiceError('connection', detail, { safeMessage: SAFE_LOST, cause })
}

/** The other side answered something that this protocol does not know. Most often the address is not that of a Sluice server. */
export function notSluice(what: string, cause?: unknown): SluiceError {
  return new SluiceError('server', `${what}. Is the base URL that of a Sluice server, of this version?`, {
    safeMessage: 'The server gave an answer that this client does not understand.',
    retryable: false,
    cause,
  })
}

/** Longest problem body that is read, in characters. */
const MAX_PROBLEM_CHARS = 64 * 1024

/**
 * The error that an HTTP answer stands for: from its problem details (RFC 9457) where it has them, else from its status.
 * @param what the request, for the message: `GET /v1/runs/r1`.
 * @param nowMs milliseconds since 1970, for a `Retry-After` that is a date.
 */
export async function readProblem(response: Response, what: string, nowMs: number): Promise<SluiceError> {
  const problem = parseProblem(await bodyText(response))
  const requestId = problem.requestId ?? response.headers.get('x-request-id')
  const retryAfterMs = problem.retryAfterMs ?? retryAfter(response.headers.get('retry-after'), nowMs)
  const detail = problem.detail ?? problem.title ?? (response.statusText || 'no reason given')
  const fields = problem.errors.map((error) => ` ${error.path}: ${error.message}.`).join('')
  const code = problem.code ?? codeOfStatus(response.status)
  return new SluiceError(code, `${what} failed with ${response.status}: ${detail}${fields}${requestId ? ` (request ${requestId})` : ''}`, {
    ...(problem.detail === undefined ? {} : { safeMessage: problem.detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

interface Problem {
  readonly code?: ErrorCode
  readonly title?: string
  readonly detail?: string
  readonly requestId?: string
  readonly retryAfterMs?: number
  readonly errors: readonly { readonly path: string; readonly message: string }[]
}

/** Reads only fields of the right type: a proxy's error page is not a problem document, and half of one is still worth its half. */
function parseProblem(text: string): Problem {
  const value = parseObject(text)
  const code = ERROR_CODES.find((known) => known === value['code'])
  const errors = Array.isArray(value['errors']) ? value['errors'] : []
  return {
    ...(code === undefined ? {} : { code }),
    ...(typeof value['title'] === 'string' ? { title: value['title'] } : {}),
    ...(typeof value['detail'] === 'string' ? { detail: value['detail'] } : {}),
    ...(typeof value['requestId'] === 'string' ? { requestId: value['requestId'] } : {}),
    ...(typeof value['retryAfterMs'] === 'number' && value['retryAfterMs'] >= 0 ? { retryAfterMs: value['retryAfterMs'] } : {}),
    errors: errors.filter(isFieldError),
  }
}

function isFieldError(value: unknown): value is { path: string; message: string } {
  return isObject(value) && typeof value['path'] === 'string' && typeof value['message'] === 'string'
}

/** Whether a value from the wire is an object whose fields can be looked at. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    // Not JSON: the status alone has to do.
    return {}
  }
}

async function bodyText(response: Response): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    while (text.length <= MAX_PROBLEM_CHARS) {
      const chunk = await reader.read()
      if (chunk.done) return text
      text += decoder.decode(chunk.value, { stream: true })
    }
    await reader.cancel()
  } catch {
    // The body broke off; status and headers are here and say enough.
  }
  return text
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

function codeOfStatus(status: number): ErrorCode {
  return STATUS_CODES[status] ?? (status >= 500 ? 'server' : 'invalid-request')
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  413: 'too-large',
  421: 'forbidden',
  429: 'overloaded',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
}

/** Node's `fetch failed` hides the reason in its cause, and that of a host with two addresses has a code and no message. */
function rootMessage(error: Error): string {
  const root = error.cause instanceof Error && error.message === 'fetch failed' ? error.cause : error
  return root.message || ('code' in root ? String(root.code) : root.name)
}
