/**
 * Error classification (SPEC GN14): what a provider says, as our one error family.
 *
 * The code decides first, then the type, then the status: a used-up quota comes as HTTP 429, but also inside a stream that began with 200.
 */
import { type ErrorCode, SluiceError, type SluiceErrorOptions } from '../../core/errors.ts'
import { type HeaderReader, retryAfterMsFromSentence } from './retry-after.ts'
import { objectAt, textAt, type Wire } from './wire.ts'

/** Who answers: its name and its words. */
export interface Provider {
  /** Its name in sentences, such as `OpenAI`. */
  readonly label: string
  /** Words of its errors (`code`, then `type`) that mean one thing whatever the status; anything else goes by the status. */
  readonly words: Readonly<Record<string, ErrorCode>>
  /** What to do about a failure; ends its message. */
  readonly remedies: Readonly<Partial<Record<ErrorCode, string>>>
  /** Header with its id of a request, for its support. */
  readonly requestIdHeader: string
  /** Milliseconds until a rate limit that the headers call used up lets requests in again; absent when they name none. */
  readonly limitResetMs: (headers: HeaderReader, nowMs: number) => number | undefined
  /** The code of a failure that only its sentence tells from others; goes before the words. */
  readonly codeOf?: (failure: ProviderFailure) => ErrorCode | undefined
  /** A sentence for people that says more than the code's own, where the failure allows one. Must hold none of the provider's words. */
  readonly safeMessage?: (failure: ProviderFailure) => string | undefined
}

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

/** The error of a failure that the provider reported. Secrets in it are the caller's to redact first. */
export function classify(provider: Provider, failure: ProviderFailure): SluiceError {
  const code = codeOf(provider, failure)
  const wait = failure.retryAfterMs ?? (code === 'rate-limit' ? retryAfterMsFromSentence(failure.message ?? '') : undefined)
  const safeMessage = provider.safeMessage?.(failure)
  const options: SluiceErrorOptions = {
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(failure.final === true ? { retryable: false } : {}),
    ...(safeMessage === undefined ? {} : { safeMessage }),
  }
  return new SluiceError(code, sentence(provider, failure, code), options)
}

/**
 * A failure as it stands in the JSON of the provider: nested (`{error: {…}}`) or flat (`{code, message, …}`).
 * In a flat error event `type` is the event's own.
 */
export function failureIn(wire: Wire): ProviderFailure {
  const nested = objectAt(wire, 'error')
  const from = nested ?? wire
  // Anthropic puts its code into the details: the only sign by which a spend cap differs from a rate limit.
  const code = textAt(from, 'code') ?? textAt(objectAt(from, 'details'), 'error_code')
  const type = nested === undefined ? undefined : textAt(from, 'type')
  const message = sentenceAt(from, 'message') ?? textAt(wire, 'error') ?? sentenceAt(wire, 'detail')
  const status = statusAt(from) ?? statusAt(wire)
  return {
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
    ...(status === undefined ? {} : { status }),
  }
}

/** Some servers send what is wrong with each field as an object in the message's place. */
function sentenceAt(wire: Wire, field: string): string | undefined {
  const value = wire[field]
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? JSON.stringify(value) : textAt(wire, field)
}

function statusAt(wire: Wire): number | undefined {
  // Gateways put the upstream's status into the error, under different names and sometimes as its code.
  for (const value of [wire['status_code'], wire['status'], wire['code']]) {
    if (typeof value === 'number' && value >= 400 && value <= 599) return value
  }
  return undefined
}

function codeOf(provider: Provider, failure: ProviderFailure): ErrorCode {
  const { words } = provider
  return (
    provider.codeOf?.(failure) ??
    wordCode(words, failure.code) ??
    // Every 4xx of OpenAI has the type `invalid_request_error`, also a missing key: the status knows better.
    (failure.type === 'invalid_request_error' && failure.status !== undefined ? undefined : wordCode(words, failure.type)) ??
    statusCode(failure.status) ??
    'provider'
  )
}

function wordCode(words: Provider['words'], word: string | undefined): ErrorCode | undefined {
  if (word === undefined) return undefined
  if (word.endsWith('_spend_limit_exceeded')) return 'quota'
  return Object.hasOwn(words, word) ? words[word] : undefined
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

function sentence({ label, remedies }: Provider, failure: ProviderFailure, code: ErrorCode): string {
  const marks = [failure.status === undefined ? undefined : `HTTP ${failure.status}`, failure.code ?? failure.type, failure.requestId]
  const known = marks.filter((mark) => mark !== undefined).map((mark) => mark.slice(0, MAX_DETAIL_CHARS))
  const detail = (failure.message ?? '').trim().slice(0, MAX_DETAIL_CHARS)
  const said = detail === '' ? 'It gave no reason.' : /[.!?]$/.test(detail) ? detail : `${detail}.`
  const remedy = remedies[code]
  return `${label} refused or broke off the response${known.length === 0 ? '' : ` (${known.join(', ')})`}: ${said}${remedy === undefined ? '' : ` ${remedy}`}`
}
