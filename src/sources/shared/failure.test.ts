import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../core/errors.ts'
import { classify as classifyFor, failureIn, type Provider, type ProviderFailure } from './failure.ts'
import { OPENAI_WORDS } from './openai-words.ts'

const PROVIDER: Provider = {
  label: 'OpenAI',
  words: OPENAI_WORDS,
  remedies: {},
  requestIdHeader: 'x-request-id',
  limitResetMs: () => undefined,
}
const classify = (failure: ProviderFailure) => classifyFor(PROVIDER, failure)

describe('the code of a failure', () => {
  const table: readonly (readonly [ProviderFailure, ErrorCode])[] = [
    [{ status: 429, code: 'rate_limit_exceeded', type: 'tokens' }, 'rate-limit'],
    [{ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }, 'quota'],
    [{ status: 429, code: 'credit_balance_exhausted' }, 'quota'],
    [{ status: 429, code: 'project_spend_limit_exceeded' }, 'quota'],
    [{ status: 429 }, 'rate-limit'],
    [{ status: 402 }, 'quota'],
    [{ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' }, 'auth'],
    [{ status: 401, type: 'invalid_request_error' }, 'auth'],
    [{ status: 403, code: 'unsupported_country_region_territory', type: 'request_forbidden' }, 'auth'],
    [{ status: 404, code: 'model_not_found', type: 'invalid_request_error' }, 'invalid-request'],
    [{ status: 400, type: 'invalid_request_error' }, 'invalid-request'],
    [{ status: 413 }, 'invalid-request'],
    [{ status: 409 }, 'provider'],
    [{ status: 408 }, 'timeout'],
    [{ status: 504 }, 'timeout'],
    [{ status: 500, type: 'server_error' }, 'provider'],
    [{ status: 503 }, 'provider'],
    [{ status: 301 }, 'configuration'],
    [{ code: 'server_error' }, 'provider'],
    [{ code: 'rate_limit_exceeded' }, 'rate-limit'],
    [{ code: 'insufficient_quota' }, 'quota'],
    [{ code: 'invalid_prompt' }, 'invalid-request'],
    [{ code: 'content_filter' }, 'content-filter'],
    [{ code: 'vector_store_timeout' }, 'timeout'],
    [{ type: 'invalid_request_error', code: 'something_new' }, 'invalid-request'],
    [{ code: 'something_new' }, 'provider'],
    [{ code: 'toString' }, 'provider'],
    [{}, 'provider'],
  ]
  for (const [failure, code] of table) {
    it(`${JSON.stringify(failure)} is ${code}`, () => {
      expect(classify(failure).code).toBe(code)
    })
  }
})

describe('the error of a failure', () => {
  it('says what the provider said, for operators, and a safe sentence for people', () => {
    const error = classify({ status: 500, code: 'server_error', message: 'The cake is a lie', requestId: 'req_1' })
    expect(error.message).toBe('OpenAI refused or broke off the response (HTTP 500, server_error, req_1): The cake is a lie.')
    expect(error.safeMessage).not.toContain('cake')
  })

  it('takes the wait from the sentence of a rate limit that has no headers', () => {
    expect(classify({ code: 'rate_limit_exceeded', message: 'Please try again in 6m0s.' }).retryAfterMs).toBe(360_000)
    expect(classify({ code: 'rate_limit_exceeded', message: 'Please try again in 9s.', retryAfterMs: 5 }).retryAfterMs).toBe(5)
  })

  it('keeps the words of the provider within bounds', () => {
    expect(classify({ message: 'm'.repeat(100_000), code: 'c'.repeat(100_000) }).message.length).toBeLessThan(2_000)
  })
})

describe('a failure in JSON', () => {
  it('is read flat, nested, and as gateways send it', () => {
    expect(failureIn({ type: 'error', code: 'server_error', message: 'm', param: null })).toEqual({ code: 'server_error', message: 'm' })
    expect(failureIn({ type: 'error', error: { type: 't', code: 'c', message: 'm' } })).toEqual({ type: 't', code: 'c', message: 'm' })
    expect(failureIn({ error: { code: 429, message: 'm' } })).toEqual({ status: 429, message: 'm' })
    expect(failureIn({ error: 'no key' })).toEqual({ message: 'no key' })
    expect(failureIn({ detail: 'Not Found' })).toEqual({ message: 'Not Found' })
    expect(failureIn({ message: { detail: [{ loc: ['body'], msg: 'wrong' }] } })).toEqual({
      message: '{"detail":[{"loc":["body"],"msg":"wrong"}]}',
    })
    expect(failureIn({ error: { code: {}, message: [], status: 'x' } })).toEqual({})
  })
})
