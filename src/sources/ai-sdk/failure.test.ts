import { createOpenAI } from '@ai-sdk/openai'
import { MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { answerOf, collect, disorder } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import { type AiSdkModel, createAiSdkSource } from './source.ts'
import { ANSWER, ask, handMade, of, WORDS } from './testing/models.ts'

describe('a failure', () => {
  async function thrownBy(model: AiSdkModel, clock = createFakeClock()) {
    const source = createAiSdkSource({ name: 'ai', models: { m: model }, clock })
    const { events, thrown } = await collect(source, ask())
    expect(disorder(events)).toEqual([])
    expect(events.some(({ type }) => type === 'finish')).toBe(false)
    return { events, thrown, text: answerText(answerOf(events)) }
  }

  const key = 'sk-test-0123456789abcdef'
  const openai = (respond: () => Promise<Response>) => createOpenAI({ apiKey: key, fetch: respond })('m')
  const refused = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    openai(async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }))

  const cases: readonly (readonly [string, AiSdkModel, object])[] = [
    [
      'of a used-up quota is never retried',
      refused(429, { error: { message: 'Pay.', type: 'insufficient_quota', code: 'insufficient_quota' } }),
      { code: 'quota', retryable: false },
    ],
    [
      'of a rate limit carries the wait',
      refused(429, { error: { message: 'Slow down.', type: 'requests', code: 'rate_limit_exceeded' } }, { 'retry-after-ms': '1250' }),
      { code: 'rate-limit', retryable: true, retryAfterMs: 1_250 },
    ],
    [
      'that waits for a date is told by the clock',
      refused(503, 'busy', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }),
      { code: 'provider', retryable: true, retryAfterMs: 30_000 },
    ],
    [
      'of the credentials does not show them',
      refused(401, { error: { message: `Incorrect API key provided: ${key}.`, type: 'invalid_request_error', code: 'invalid_api_key' } }),
      {
        code: 'auth',
        retryable: false,
        message:
          'openai.responses m refused or broke off the response (HTTP 401, invalid_api_key): Incorrect API key provided: [redacted]. Check the key that the model object was made with, and that it may use this model.',
      },
    ],
    ['of a proxy goes by its status', refused(504, '<h1>Gateway timeout</h1>'), { code: 'timeout', retryable: true }],
    [
      'of a request is final',
      refused(400, { error: { message: 'No.', type: 'invalid_request_error' } }),
      { code: 'invalid-request', retryable: false },
    ],
    [
      'that the provider calls final is',
      refused(500, { error: { message: 'No.', type: 'server_error' } }, { 'x-should-retry': 'false' }),
      { code: 'provider', retryable: false },
    ],
    [
      'to connect is a lost connection',
      openai(async () => {
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
      }),
      { code: 'connection', retryable: true },
    ],
    [
      'of the model object keeps its stack',
      new MockLanguageModelV4({ doStream: async () => Promise.reject(new RangeError(`bad ${key}`)) }),
      { code: 'provider', message: 'mock-provider mock-model-id failed: bad [redacted].', cause: expect.any(RangeError) },
    ],
  ]
  for (const [what, model, error] of cases) {
    it(what, async () => {
      const { events, thrown } = await thrownBy(model)
      expect(events.filter(({ type }) => type !== 'data')).toEqual([])
      expect(thrown).toMatchObject(error)
      expect((thrown as Error).message).not.toContain(key)
    })
  }

  it('to find the key is a matter of configuration', async () => {
    const error = Object.assign(new Error('OpenAI API key is missing.'), { name: 'AI_LoadAPIKeyError' })
    const model = new MockLanguageModelV4({ doStream: () => Promise.reject(error) })
    expect((await thrownBy(model)).thrown).toMatchObject({ code: 'configuration', retryable: false })
  })

  const inStream: readonly (readonly [string, unknown, object])[] = [
    [
      "of the SDK's own shape",
      { message: 'Busy.', type: 'overloaded_error', statusCode: 529, isRetryable: true, data: {} },
      { code: 'provider', retryable: true },
    ],
    ["in a provider's words", { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } }, { code: 'rate-limit' }],
    ['as text', 'it broke', { code: 'provider', message: expect.stringContaining('it broke.') }],
    ['without any words', undefined, { code: 'provider' }],
    ['of a connection', new TypeError('terminated'), { code: 'connection' }],
    ['of a connection with a code', Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), { code: 'connection' }],
  ]
  for (const [what, error, expected] of inStream) {
    it(`in the middle, ${what}, comes after the text so far`, async () => {
      const { model, state } = handMade([...ANSWER.slice(0, 3), { type: 'error', error }, ...ANSWER.slice(3)])
      const { thrown, text } = await thrownBy(model)
      expect(thrown).toMatchObject(expected)
      expect(text).toBe('Water finds ')
      expect(state).toMatchObject({ cancelled: true, aborted: true })
    })
  }

  it('to finish is a lost connection, and so is a stream that breaks', async () => {
    const { thrown, text } = await thrownBy(handMade(ANSWER.slice(0, -1)).model)
    expect(thrown).toMatchObject({ code: 'connection', message: expect.stringContaining('without a finish part') })
    expect(text).toBe('Water finds a way.')
    expect((await thrownBy(handMade(WORDS, 'fail').model)).thrown).toMatchObject({ code: 'connection', retryable: true })
  })

  it('of an unknown model names those there are', async () => {
    const { thrown } = await collect(of(handMade(ANSWER).model), ask('other'))
    expect(thrown).toMatchObject({ code: 'invalid-request', message: 'The source ai has no model "other". Use one of m.' })
  })
})
