/** What a model of the AI SDK throws or sends as an `error` part, as our one error family. Structural: the SDK's error classes are not ours to import. */
import { type ErrorCode, SluiceError } from '../../core/errors.ts'
import { classify, failureIn, MAX_DETAIL_CHARS, type Provider, type ProviderFailure } from '../shared/failure.ts'
import { OPENAI_WORDS, openaiLimitResetMs, openaiSafeMessage } from '../shared/openai-words.ts'
import { type HeaderReader, retryAfterMs } from '../shared/retry-after.ts'
import { isNetworkError, thrownError } from '../shared/thrown.ts'
import { asObject, countAt, objectAt, textAt, type Wire } from '../shared/wire.ts'

/** Errors of the SDK that never came to a provider, or that no status describes. */
const NAMES: Readonly<Record<string, ErrorCode>> = {
  AI_LoadAPIKeyError: 'configuration',
  AI_LoadSettingError: 'configuration',
  AI_NoSuchModelError: 'invalid-request',
  AI_NoSuchProviderReferenceError: 'invalid-request',
  AI_InvalidPromptError: 'invalid-request',
  AI_InvalidArgumentError: 'invalid-request',
  AI_UnsupportedFunctionalityError: 'invalid-request',
  AI_EmptyResponseBodyError: 'connection',
}

/** The providers' own words, as far as the APIs agree on them. */
const WORDS: Readonly<Record<string, ErrorCode>> = {
  ...OPENAI_WORDS,
  billing_error: 'quota',
  request_too_large: 'invalid-request',
  organization_on_hold: 'auth',
  // Anthropic's spend caps are a 429 of the type `rate_limit_error`; only the code in the details says that no wait ends them.
  contract_spend_limit_reached: 'quota',
  enforced_spend_limit_reached: 'quota',
  linked_organization_spend_limit_reached: 'quota',
  linked_organization_billing_unavailable: 'quota',
}

export interface FailureReader {
  /** The model, as the start of a sentence. */
  readonly label: string
  readonly redact: (text: string) => string
  /** Milliseconds since 1970, for a `retry-after` that is a date. */
  readonly nowMs: number
}

/** The error for what was thrown or sent. What the provider said stands in its message only, and the SDK's error, which holds the whole prompt, is not kept. */
export function failureOf(thrown: unknown, { label, redact, nowMs }: FailureReader): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const error = typeof thrown === 'string' ? { message: thrown } : asObject(thrown)
  if (error === undefined) return thrownError(thrown, label, redact)
  const message = textAt(error, 'message')
  const named = NAMES[textAt(error, 'name') ?? '']
  if (named !== undefined) {
    return new SluiceError(named, `${label} could not be asked: ${redact(message ?? 'it gave no reason.').slice(0, MAX_DETAIL_CHARS)}`)
  }
  const status = countAt(error, 'statusCode')
  // The SDK calls a failed connection an API call that may be retried and has no status.
  const unreached = status === undefined && error['isRetryable'] === true && textAt(error, 'url') !== undefined
  if (unreached || isNetworkError(thrown)) {
    return new SluiceError(
      'connection',
      `The connection to ${label} was lost: ${redact(message ?? 'it gave no reason.').slice(0, MAX_DETAIL_CHARS)}`,
      {
        cause: 'cause' in error && error['cause'] instanceof Error ? error['cause'] : undefined,
      },
    )
  }
  // An error without any of the marks of an API is a fault of the model object, and its stack is worth keeping.
  if (thrown instanceof Error && status === undefined && error['data'] === undefined) return thrownError(thrown, label, redact)
  return classify(providerOf(label), { ...saidIn(error, redact, nowMs), ...(status === undefined ? {} : { status }) })
}

function saidIn(error: Wire, redact: (text: string) => string, nowMs: number): ProviderFailure {
  const headers = headerReader(objectAt(error, 'responseHeaders'))
  const body = objectAt(error, 'data') ?? jsonOf(textAt(error, 'responseBody'))
  const inner = failureIn(objectAt(body, 'response') ?? body ?? {})
  // An error with `data` is the SDK's own, with the provider's words beside it; one without is the provider's object as it came.
  const outer = body === undefined ? failureIn(objectAt(error, 'response') ?? error) : {}
  const detailed = textAt(objectAt(objectAt(body, 'error') ?? body, 'details'), 'error_code')
  const code = detailed ?? (body === undefined ? undefined : textAt(error, 'code'))
  const type = textAt(error, 'type')
  const message = textAt(error, 'message') ?? inner.message ?? outer.message
  const wait = retryAfterMs(headers, nowMs) ?? openaiLimitResetMs(headers)
  // Every word of theirs may hold a key, and it is taken out before anything is cut to its length.
  const redacted = (words: ProviderFailure): ProviderFailure =>
    Object.fromEntries(Object.entries(words).map(([field, word]) => [field, typeof word === 'string' ? redact(word) : word]))
  const requestId = headers.get('x-request-id') ?? headers.get('request-id')
  return {
    ...redacted({
      ...inner,
      ...outer,
      ...(code === undefined ? {} : { code }),
      ...(type === undefined || body === undefined ? {} : { type }),
      ...(message === undefined ? {} : { message }),
      ...(requestId === null ? {} : { requestId }),
    }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(error['isRetryable'] === false || headers.get('x-should-retry') === 'false' ? { final: true } : {}),
  }
}

function providerOf(label: string): Provider {
  return {
    label,
    words: WORDS,
    remedies: {
      quota: "Check the plan and the billing of the provider's account.",
      auth: 'Check the key that the model object was made with, and that it may use this model.',
      'rate-limit': 'Wait before the next request.',
      configuration: 'Check the address that the model object was made with.',
    },
    requestIdHeader: 'x-request-id',
    limitResetMs: openaiLimitResetMs,
    safeMessage: openaiSafeMessage,
  }
}

function headerReader(headers: Wire | undefined): HeaderReader {
  const known = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    get(name) {
      const value = known.get(name)
      return typeof value === 'string' ? value : null
    },
  }
}

function jsonOf(text: string | undefined): Wire | undefined {
  if (text === undefined) return undefined
  try {
    return asObject(JSON.parse(text))
  } catch {
    // A proxy's page: the SDK's message stands for it.
    return undefined
  }
}
