/** How OpenAI, and whoever speaks one of its APIs, reports failures and limits. */
import type { ErrorCode } from '../../core/errors.ts'
import type { ProviderFailure } from './failure.ts'
import { type HeaderReader, parseDuration } from './retry-after.ts'

export const OPENAI_WORDS: Readonly<Record<string, ErrorCode>> = {
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

export function openaiSafeMessage(failure: ProviderFailure): string | undefined {
  return failure.code === 'context_length_exceeded' ? 'The conversation is too long for this model.' : undefined
}

/** The reset time of a bucket that `x-ratelimit-remaining-*` calls empty: the longest of them. */
export function openaiLimitResetMs(headers: HeaderReader): number | undefined {
  let longestMs: number | undefined
  for (const bucket of ['requests', 'tokens']) {
    if (headers.get(`x-ratelimit-remaining-${bucket}`)?.trim() !== '0') continue
    const resetMs = parseDuration(headers.get(`x-ratelimit-reset-${bucket}`)?.trim() ?? '')
    if (resetMs !== undefined) longestMs = Math.max(longestMs ?? 0, resetMs)
  }
  return longestMs
}
