import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { simulateReadableStream } from 'ai'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { answerOf, collect } from '../../conformance/source/collect.ts'
import { sourceConformance } from '../../conformance/source/index.ts'
import { AbortReason } from '../../core/abort.ts'
import { answerText } from '../../core/fold.ts'
import { type RecordingPlayer, startRecordingPlayer } from '../../simulators/provider/player.ts'
import { anthropicSamples } from '../../simulators/provider/samples/anthropic.ts'
import { responsesSamples } from '../../simulators/provider/samples/responses.ts'
import { type AiSdkModel, createAiSdkSource } from './source.ts'
import { ANSWER, ask, dressed, handMade, of, WORDS } from './testing/models.ts'

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
