/** Anthropic as the one who answers: its name, its words for failures and limits, and what to do about them. */
import type { ErrorCode } from '../../core/errors.ts'
import type { Provider } from '../shared/failure.ts'
import type { HeaderReader } from '../shared/retry-after.ts'

/** Types of errors, and the `error_code` that stands in the details of some. */
const WORDS: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: 'invalid-request',
  not_found_error: 'invalid-request',
  request_too_large: 'invalid-request',
  authentication_error: 'auth',
  permission_error: 'auth',
  organization_on_hold: 'auth',
  billing_error: 'quota',
  // A spend cap is a 429 of the type `rate_limit_error`, but no wait within reason ends it: only the code in the details tells the two apart.
  contract_spend_limit_reached: 'quota',
  enforced_spend_limit_reached: 'quota',
  linked_organization_spend_limit_reached: 'quota',
  linked_organization_billing_unavailable: 'quota',
  ramp_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  timeout_error: 'timeout',
  api_error: 'provider',
  overloaded_error: 'provider',
  conflict_error: 'provider',
}

/** Token and request buckets; `anthropic-ratelimit-<bucket>-{limit,remaining,reset}`. */
const BUCKETS = ['requests', 'tokens', 'input-tokens', 'output-tokens']
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/
/** What the API has no code for: its sentences are the only sign. */
const TOO_LONG = /\bprompt is too long\b|\bexceed context limit\b/i
const USED_UP = /\bcredit balance is too low\b|\breached your specified (?:API|workspace API) usage limits\b/i

export const ANTHROPIC: Provider = {
  label: 'Anthropic',
  words: WORDS,
  remedies: {
    quota: "Check the credit and the spend limits of the provider's account.",
    auth: 'Check ANTHROPIC_API_KEY, and that it may use this model.',
    'rate-limit': 'Wait before the next request.',
    configuration: 'Set ANTHROPIC_BASE_URL to the address that answers, rather than to one that redirects.',
  },
  requestIdHeader: 'request-id',
  limitResetMs: anthropicLimitResetMs,
  // Comes as `invalid_request_error` with status 400, and no code.
  codeOf: ({ message = '' }) => (USED_UP.test(message) ? 'quota' : undefined),
  safeMessage: ({ message = '', type }) =>
    type === 'request_too_large' || TOO_LONG.test(message) ? 'The conversation is too long for this model.' : undefined,
}

/**
 * Milliseconds until the last bucket that the headers call empty is full again. A remainder is rounded to thousands, so a small one reads as empty too.
 * @param nowMs milliseconds since 1970.
 */
export function anthropicLimitResetMs(headers: HeaderReader, nowMs: number): number | undefined {
  let longestMs: number | undefined
  for (const bucket of BUCKETS) {
    if (headers.get(`anthropic-ratelimit-${bucket}-remaining`)?.trim() !== '0') continue
    const reset = headers.get(`anthropic-ratelimit-${bucket}-reset`)?.trim() ?? ''
    const atMs = RFC_3339.test(reset) ? Date.parse(reset.replace(' ', 'T')) : Number.NaN
    if (!Number.isNaN(atMs)) longestMs = Math.max(longestMs ?? 0, atMs - nowMs)
  }
  return longestMs
}
