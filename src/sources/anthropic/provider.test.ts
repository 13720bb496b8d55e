import { describe, expect, it } from 'vitest'
import { classify, failureIn } from '../shared/failure.ts'
import { ANTHROPIC, anthropicLimitResetMs } from './provider.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const reset = (headers: Readonly<Record<string, string>>) =>
  anthropicLimitResetMs({ get: (name) => headers[name.replace('anthropic-ratelimit-', '')] ?? null }, NOW)

describe('the statuses of the API', () => {
  const cases = [
    [400, 'invalid_request_error', 'invalid-request', false],
    [401, 'authentication_error', 'auth', false],
    [402, 'billing_error', 'quota', false],
    [403, 'permission_error', 'auth', false],
    [404, 'not_found_error', 'invalid-request', false],
    [409, 'conflict_error', 'provider', true],
    [413, 'request_too_large', 'invalid-request', false],
    [429, 'rate_limit_error', 'rate-limit', true],
    [500, 'api_error', 'provider', true],
    [504, 'timeout_error', 'timeout', true],
    [529, 'overloaded_error', 'provider', true],
    [529, 'a_type_of_next_year', 'provider', true],
  ] as const
  for (const [status, type, code, retryable] of cases) {
    it(`${status} ${type} is ${code}`, () => {
      const error = classify(ANTHROPIC, { status, ...failureIn({ type: 'error', error: { type, message: 'Because.' } }) })
      expect(error).toMatchObject({ code, retryable })
      expect(error.message).toContain(type)
    })
  }

  it('a spend cap is told from a rate limit by the code in its details', () => {
    const capped = (error_code: string) =>
      classify(ANTHROPIC, { status: 429, ...failureIn({ error: { type: 'rate_limit_error', message: 'No.', details: { error_code } } }) })
    expect(capped('contract_spend_limit_reached')).toMatchObject({ code: 'quota', retryable: false })
    expect(capped('enforced_spend_limit_reached')).toMatchObject({ code: 'quota', retryable: false })
    expect(capped('ramp_limit_exceeded')).toMatchObject({ code: 'rate-limit', retryable: true })
    expect(capped('a_code_of_next_year')).toMatchObject({ code: 'rate-limit', retryable: true })
  })

  it('a prompt that is too long is told to people without the words of the provider', () => {
    const message = 'prompt is too long: 215000 tokens > 200000 maximum'
    const error = classify(ANTHROPIC, { status: 400, type: 'invalid_request_error', message })
    expect(error).toMatchObject({ code: 'invalid-request', safeMessage: 'The conversation is too long for this model.' })
    expect(classify(ANTHROPIC, { status: 400, type: 'invalid_request_error', message: 'tools: wrong' }).safeMessage).not.toContain('long')
  })

  it('a credit that is used up is a quota, though it comes as a bad request', () => {
    for (const message of [
      'Your credit balance is too low to access the Anthropic API. Please purchase credits.',
      'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
    ]) {
      const error = classify(ANTHROPIC, { status: 400, type: 'invalid_request_error', message })
      expect(error).toMatchObject({ code: 'quota', retryable: false, safeMessage: 'The quota of the model provider is used up.' })
    }
  })
})

describe('the wait of a rate limit', () => {
  it('is the last reset of the buckets that are empty', () => {
    const headers = {
      'requests-remaining': '0',
      'requests-reset': '2026-11-21T12:00:05Z',
      'output-tokens-remaining': '0',
      'output-tokens-reset': '2026-11-21T13:00:20.5+01:00',
      'tokens-remaining': '9000',
      'tokens-reset': '2026-11-21T12:30:00Z',
    }
    expect(reset(headers)).toBe(20_500)
  })

  it('is nothing where no bucket is empty, 0 where the reset has passed, and not known where the time is none', () => {
    expect(reset({ 'requests-remaining': '1', 'requests-reset': '2026-11-21T12:00:05Z' })).toBeUndefined()
    expect(reset({ 'requests-remaining': '0', 'requests-reset': '2026-11-21T11:00:05Z' })).toBe(0)
    expect(reset({ 'requests-remaining': '0', 'requests-reset': '6m0s' })).toBeUndefined()
    expect(reset({ 'requests-remaining': '0', 'requests-reset': '2026-13-41T11:00:05Z' })).toBeUndefined()
    expect(reset({ 'requests-remaining': '0' })).toBeUndefined()
  })
})
