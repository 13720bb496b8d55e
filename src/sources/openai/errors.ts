/**
 * Error classification (SPEC GN14): what the provider says, as our one error family.
 *
 * The code decides first, then the type, then the status: a used-up quota comes as HTTP 429, but also inside a stream that began with 200.
 */
import { type ErrorCode, SluiceError, type SluiceErrorOptions } from '../../core/errors.ts'
import { retryAfterMsFromSentence } from './retry-after.ts'
import { objectAt, textAt, type Wire } from './wire.ts'

/** What is known of a failure. */
export interface ProviderFailure {
  /** HTTP status; absent for a failure inside a stream, unless that names one. */
  readonly status?: number
  readonly code?: string
  readonly type?: string
  readonly message?: string
  /** The provider's id of the request, for its support. */
  readonly requestId?: string
  readonly retryAfterMs?: number
  /** `x-should-retry: false`. */
  readonly final?: boolean
}

/** Longest piece of a provider's own words that goes into a message. */
export const MAX_DETAIL_CHARS = 500

const BY_WORD: Readonly<Record<string, ErrorCode>> = {
  insufficient_quota: 'quota',
  credit_balance_exhausted: 'quota',
  billing_hard_limit_reached: 'quota',
  billing_not_active: 'quota',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  too_many_requests: 'rate-limit',
  tokens: 'rate-limit',
  requests: 'rate-limit',
  invalid_api_key: 'auth',
  authentication_error: 'auth',
  permission_error: 'auth',
  content_filter: 'content-filter',
  content_policy_violation: 'content-filter',
  vector_store_timeout: 'timeout',
  timeout_error: 'timeout',
  timeout: 'timeout',
  server_error: 'provider',
  internal_error: 'provider',
  api_error: 'provider',
  server_is_overloaded: 'provider',
  overloaded_error: 'provider',
  slow_down: 'provider',
  invalid_prompt: 'invalid-request',
  context_length_exceeded: 'invalid-request',
  model_not_found: 'invalid-request',
  not_found_error: 'invalid-request',
  invalid_request_error: 'invalid-request',
}

const REMEDY: Partial<Record<ErrorCode, string>> = {
  quota: "Check the plan and the billing of the provider's account.",
  auth: 'Check OPENAI_API_KEY, and that it may use this model.',
  'rate-limit': 'Wait before the next request.',
  configuration: 'Set OPENAI_BASE_URL to the address that answers, rather than to one that redirects.',
}

/** The error of a failure that the provider reported. Secrets in it are the caller's to redact first. */
export function classify(failure: ProviderFailure): SluiceError {
  const code = codeOf(failure)
  const wait = failure.retryAfterMs ?? (code === 'rate-limit' ? retryAfterMsFromSentence(failure.message ?? '') : undefined)
  const options: SluiceErrorOptions = {
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(failure.final === true ? { retryable: false } : {}),
    ...(failure.code === 'context_length_exceeded' ? { safeMessage: 'The conversation is too long for this model.' } : {}),
  }
  return new SluiceError(code, sentence(failure, code), options)
}

/**
 * A failure as it stands in the JSON of the provider: nested (`{error: {…}}`) or flat (`{code, message, …}`).
 * In a flat error event `type` is the event's own.
 */
export function failureIn(wire: Wire): ProviderFailure {
  const nested = objectAt(wire, 'error')
  const from = nested ?? wire
  const code = textAt(from, 'code')
  const type = nested === undefined ? undefined : textAt(from, 'type')
  const message = textAt(from, 'message') ?? textAt(wire, 'error') ?? textAt(wire, 'detail')
  const status = statusAt(from) ?? statusAt(wire)
  return {
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
    ...(status === undefined ? {} : { status }),
  }
}

function statusAt(wire: Wire): number | undefined {
  // Gateways put the upstream's status into the error, under different names and sometimes as its code.
  for (const value of [wire['status_code'], wire['status'], wire['code']]) {
    if (typeof value === 'number' && value >= 400 && value <= 599) return value
  }
  return undefined
}

function codeOf(failure: ProviderFailure): ErrorCode {
  return (
    wordCode(failure.code) ??
    // Every 4xx of OpenAI has the type `invalid_request_error`, also a missing key: the status knows better.
    (failure.type === 'invalid_request_error' && failure.status !== undefined ? undefined : wordCode(failure.type)) ??
    statusCode(failure.status) ??
    'provider'
  )
}

function wordCode(word: string | undefined): ErrorCode | undefined {
  if (word === undefined) return undefined
  if (word.endsWith('_spend_limit_exceeded')) return 'quota'
  return Object.hasOwn(BY_WORD, word) ? BY_WORD[word] : undefined
}

function statusCode(status: number | undefined): ErrorCode | undefined {
  if (status === undefined) return undefined
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'quota'
  if (status === 429) return 'rate-limit'
  if (status === 408 || status === 504) return 'timeout'
  // A conflict and "too early" pass by themselves; what else is wrong with a request stays wrong.
  if (status === 409 || status === 425 || status >= 500 || status < 300) return 'provider'
  if (status < 400) return 'configuration'
  return 'invalid-request'
}

function sentence(failure: ProviderFailure, code: ErrorCode): string {
  const marks = [failure.status === undefined ? undefined : `HTTP ${failure.status}`, failure.code ?? failure.type, failure.requestId]
  const known = marks.filter((mark) => mark !== undefined).map((mark) => mark.slice(0, MAX_DETAIL_CHARS))
  const detail = (failure.message ?? '').trim().slice(0, MAX_DETAIL_CHARS)
  const said = detail === '' ? 'It gave no reason.' : /[.!?]$/.test(detail) ? detail : `${detail}.`
  const remedy = REMEDY[code]
  return `OpenAI refused or broke off the response${known.length === 0 ? '' : ` (${known.join(', ')})`}: ${said}${remedy === undefined ? '' : ` ${remedy}`}`
}
