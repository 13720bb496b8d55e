import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { simulateReadableStream } from 'ai'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { answerOf, collect, disorder } from '../../conformance/source/collect.ts'
import { sourceConformance } from '../../conformance/source/index.ts'
import { AbortReason } from '../../core/abort.ts'
import { answerText } from '../../core/fold.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import type { SourceRequest } from '../../ports/source.ts'
import { type RecordingPlayer, startRecordingPlayer } from '../../simulators/provider/player.ts'
import { anthropicSamples } from '../../simulators/provider/samples/anthropic.ts'
import { responsesSamples } from '../../simulators/provider/samples/responses.ts'
import { type AiSdkCallOptions, type AiSdkModel, createAiSdkSource } from './source.ts'
import { dressed } from './testing.ts'

type Part = Readonly<Record<string, unknown>>

const FINISH: Part = { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: {} }
const WORDS = ['Water ', 'finds ', 'a ', 'way.'].map((delta): Part => ({ type: 'text-delta', id: '0', delta }))
const ANSWER: readonly Part[] = [{ type: 'text-start', id: '0' }, ...WORDS, { type: 'text-end', id: '0' }, FINISH]

function ask(model = 'm'): SourceRequest {
  return { model, messages: [{ role: 'user', content: 'Hi' }], options: {} }
}

/** A model by hand that notes what happens to its stream. It never looks at its signal unless it is told to. */
function handMade(parts: readonly unknown[], end: 'close' | 'hang' | 'fail' = 'close') {
  const state = { calls: [] as AiSdkCallOptions[], pulled: 0, cancelled: false, aborted: false, held: 0 }
  const model: AiSdkModel = {
    specificationVersion: 'v4',
    provider: 'hand',
    modelId: 'made',
    async doStream(options) {
      state.calls.push(options)
      state.held++
      options.abortSignal?.addEventListener('abort', () => {
        state.aborted = true
      })
      let at = 0
      const stream = new ReadableStream<unknown>(
        {
          pull(controller) {
            state.pulled++
            const part = parts[at++]
            if (part !== undefined) return controller.enqueue(part)
            if (end === 'hang') return new Promise<void>(() => {})
            state.held--
            return end === 'close' ? controller.close() : controller.error(new TypeError('terminated'))
          },
          cancel() {
            state.cancelled = true
            state.held--
            // Whoever cancels must not wait for this.
            return new Promise<void>(() => {})
          },
        },
        { highWaterMark: 0 },
      )
      return { stream }
    },
  }
  return { model, state }
}

function of(model: AiSdkModel) {
  return createAiSdkSource({ name: 'ai', models: { m: model } })
}

async function settled(player: RecordingPlayer): Promise<void> {
  await Promise.all(player.requests.map((request) => request.ended))
}

sourceConformance('a model object by hand', async () => {
  const models = { completes: handMade(ANSWER), stalls: handMade(ANSWER.slice(0, 3), 'hang'), breaks: handMade(ANSWER.slice(0, 3), 'fail') }
  const all = Object.values(models)
  return {
    source: createAiSdkSource({
      name: 'ai',
      models: { completes: models.completes.model, stalls: models.stalls.model, breaks: models.breaks.model },
    }),
    completes: ask('completes'),
    stalls: ask('stalls'),
    breaks: ask('breaks'),
    async released() {
      while (all.some(({ state }) => state.held > 0)) await new Promise((resolve) => setImmediate(resolve))
    },
    close: async () => {},
  }
})

/** Models whose name is the recording that is played to them. The package for OpenAI splits its stream in two, to look for early errors. */
const PACKAGES = {
  anthropic: { recordings: anthropicSamples, stallAfter: 900, make: (baseURL: string) => createAnthropic({ apiKey: 'sk-test', baseURL }) },
  openai: {
    recordings: responsesSamples.map(dressed),
    stallAfter: 1_300,
    make: (baseURL: string) => createOpenAI({ apiKey: 'sk-test', baseURL }),
  },
}

for (const [name, { recordings, stallAfter, make }] of Object.entries(PACKAGES)) {
  sourceConformance(`a model of @ai-sdk/${name}`, async () => {
    const player = await startRecordingPlayer({ recordings })
    const sdk = make(player.url)
    const models = { 'sample-text': sdk('sample-text'), stalls: sdk('sample-text'), 'sample-no-ending': sdk('sample-no-ending') }
    const source = createAiSdkSource({ name, models })
    const stream: typeof source.stream = (request, options) => {
      if (request.model === 'stalls') player.enqueue({ recording: 'sample-text', faults: { stallAfter } })
      return source.stream(request, options)
    }
    return {
      source: { ...source, stream },
      completes: ask('sample-text'),
      stalls: ask('stalls'),
      breaks: ask('sample-no-ending'),
      released: () => settled(player),
      close: () => player.close(),
    }
  })
}

describe('a model', () => {
  it('is called once for an attempt, with the prompt, the limits and a signal', async () => {
    const { model, state } = handMade(ANSWER)
    const { thrown } = await collect(of(model), { ...ask(), options: { maxOutputTokens: 9, reasoningEffort: 'low' } })
    expect(thrown).toBeUndefined()
    expect(state.calls).toEqual([
      {
        prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
        maxOutputTokens: 9,
        reasoning: 'low',
        abortSignal: expect.any(AbortSignal),
      },
    ])
    expect(state.aborted).toBe(false)
  })

  it('of v3 and one of v2 say the same', async () => {
    const v3 = new MockLanguageModelV3({
      doStream: async () => ({
        stream: simulateReadableStream({
          chunks: [
            { type: 'stream-start', warnings: [] },
            { type: 'text-start', id: '0' },
            { type: 'text-delta', id: '0', delta: 'Water.' },
            { type: 'text-end', id: '0' },
            {
              type: 'finish',
              finishReason: { unified: 'stop', raw: 'stop' },
              usage: {
                inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
                outputTokens: { total: 2, text: undefined, reasoning: undefined },
              },
            },
          ],
        }),
      }),
    })
    const v2 = handMade([...WORDS.slice(0, 1), { type: 'finish', finishReason: 'stop', usage: { inputTokens: 1, outputTokens: 2 } }])
    const usage = { inputTokens: 1, outputTokens: 2, basis: 'reported' }
    for (const model of [v3, { ...v2.model, specificationVersion: 'v2' }]) {
      const { events } = await collect(of(model), { ...ask(), options: { reasoningEffort: 'low' } })
      expect(events.at(-1)).toEqual({ type: 'finish', reason: 'stop', usage })
      expect(answerText(answerOf(events))).toMatch(/^Water/)
    }
    expect(v2.state.calls[0]).not.toHaveProperty('reasoning')
  })

  it('is not read ahead of the consumer, and nothing is read behind its finish', async () => {
    const { model, state } = handMade([...ANSWER, ...WORDS])
    const iterator = of(model).stream(ask(), { signal: new AbortController().signal })[Symbol.asyncIterator]()
    for (let deltas = 0; deltas < 2; ) if ((await iterator.next()).value?.type === 'text-delta') deltas++
    await new Promise((resolve) => setImmediate(resolve))
    expect(state.pulled).toBe(3)
    while ((await iterator.next()).done !== true);
    expect(state.pulled).toBe(ANSWER.length)
    expect(state.cancelled).toBe(true)
  })

  it('that sends what is no part at all is read on', async () => {
    const { events, thrown } = await collect(of(handMade([null, 7, 'text', [], ...ANSWER]).model), ask())
    expect(thrown).toBeUndefined()
    expect(answerText(answerOf(events))).toBe('Water finds a way.')
  })
})

describe('an abort', () => {
  const reason = new AbortReason('cancel', 'enough')

  it('leaves a model that does not answer, and closes what it opens afterwards', async () => {
    const gate = Promise.withResolvers<void>()
    const { model, state } = handMade(ANSWER)
    const slow: AiSdkModel = { ...model, doStream: (options) => gate.promise.then(() => model.doStream(options)) }
    const controller = new AbortController()
    const attempt = collect(of(slow), ask(), { signal: controller.signal })
    controller.abort(reason)
    expect((await attempt).thrown).toBe(reason)
    gate.resolve()
    while (!state.cancelled) await new Promise((resolve) => setImmediate(resolve))
  })

  it('closes the stream of a model that does not look at its signal at once, and the signal has the reason', async () => {
    const { model, state } = handMade(ANSWER.slice(0, 3), 'hang')
    const controller = new AbortController()
    const attempt = collect(of(model), ask(), { signal: controller.signal })
    while (state.pulled < 4) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect(state).toMatchObject({ cancelled: true, aborted: true })
    expect(state.calls[0]?.abortSignal?.reason).toBe(reason)
    expect((await attempt).thrown).toBe(reason)
  })

  it('closes it also while the consumer is busy with an event', async () => {
    const { model, state } = handMade(ANSWER)
    const controller = new AbortController()
    const iterator = of(model).stream(ask(), { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(reason)
    expect(state).toMatchObject({ cancelled: true, aborted: true })
    await expect(iterator.next()).rejects.toBe(reason)
  })

  it("comes out as its reason where the model throws an AbortError of the host's", async () => {
    const controller = new AbortController()
    const model = new MockLanguageModelV4({
      doStream: async ({ abortSignal }) => {
        controller.abort(reason)
        abortSignal?.throwIfAborted()
        throw new DOMException('This operation was aborted', 'AbortError')
      },
    })
    expect((await collect(of(model), ask(), { signal: controller.signal })).thrown).toBe(reason)
  })

  it('reaches the model also when the consumer only stops reading', async () => {
    const { model, state } = handMade(ANSWER.slice(0, 3), 'hang')
    for await (const _event of of(model).stream(ask(), { signal: new AbortController().signal })) break
    expect(state).toMatchObject({ cancelled: true, aborted: true })
  })
})

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
