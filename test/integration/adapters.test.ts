/** Models of the AI SDK and plain text streams behind the whole API, composed as the README composes a source of one's own. */
import { simulateReadableStream } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { answerText, createClient } from '../../src/client/index.ts'
import { createApp } from '../../src/http/app.ts'
import { createHub, createRuns, type Source, silent, systemClock } from '../../src/index.ts'
import { createMemoryRecords } from '../../src/records/memory/records.ts'
import { createAiSdkSource } from '../../src/sources/ai-sdk/source.ts'
import { createTextSource, type TextSourceOptions } from '../../src/sources/text/source.ts'
import { createMemoryStore } from '../../src/stores/memory/memory-store.ts'

const TEXT = 'Water finds a way: 一滴水, 😀.'
const HALF = TEXT.slice(0, 9)

type Doing = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type ModelPart = Doing['stream'] extends ReadableStream<infer Part> ? Part : never

const finish: ModelPart = {
  type: 'finish',
  finishReason: { unified: 'stop', raw: 'end_turn' },
  usage: {
    inputTokens: { total: 3, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 8, text: undefined, reasoning: undefined },
  },
}

function said(text: string): ModelPart[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'text-start', id: '0' },
    ...[...text].map((delta): ModelPart => ({ type: 'text-delta', id: '0', delta })),
  ]
}

function aiSource(doStream: MockLanguageModelV4['doStream']): Source {
  return createAiSdkSource({ name: 'ai', models: { mock: new MockLanguageModelV4({ doStream }) } })
}

function textSource(open: TextSourceOptions['open']): Source {
  return createTextSource({ name: 'text', open })
}

/** Everything real but the model, in one process, and the client on top. */
function serve(...sources: readonly [Source, ...Source[]]) {
  const clock = systemClock
  const observer = silent
  const store = createMemoryStore({ clock })
  const records = createMemoryRecords({ clock })
  const hub = createHub({ store, clock, observer })
  const runs = createRuns({ store, records, hub, sources })
  const app = createApp({ store, records, hub, runs, clock, observer, trust: { hosts: [], forwarded: false }, ready: () => true })
  const client = createClient({ baseUrl: 'http://localhost', fetch: (url, init) => app.fetch(new Request(url, init)) })
  return {
    client,
    async [Symbol.asyncDispose]() {
      await runs.drain(1_000)
      hub.close()
      await store.close()
    },
  }
}

describe('a run by HTTP', () => {
  it('streams the text of a model of the AI SDK, and its usage', async () => {
    const source = aiSource(async () => ({
      stream: simulateReadableStream({ chunks: [...said(TEXT), { type: 'text-end', id: '0' }, finish] }),
    }))
    await using server = serve(source)
    const run = await server.client.runs.create({ input: 'Hi', model: 'ai/mock' })
    const answer = await server.client.answer(run.id)
    expect(answer).toMatchObject({
      outcome: 'completed',
      finishReason: 'stop',
      usage: { inputTokens: 3, outputTokens: 8, basis: 'reported' },
    })
    expect(answerText(answer)).toBe(TEXT)
  })

  it('streams the text of an iterable and of the body of a response', async () => {
    const iterable = textSource(async function* ({ messages }) {
      yield* messages.at(-1)?.content ?? ''
    })
    const body = createTextSource({ name: 'body', open: async () => new Response(TEXT).body ?? new ReadableStream<string>() })
    await using server = serve(iterable, body)
    for (const model of ['text/default', 'body/default']) {
      const run = await server.client.runs.create({ input: TEXT, model })
      const answer = await server.client.answer(run.id)
      expect(answer.outcome).toBe('completed')
      expect(answerText(answer)).toBe(TEXT)
    }
  })
})

describe('a cancel by HTTP', () => {
  it('aborts the model of the AI SDK and keeps what it had said', async () => {
    const aborted = Promise.withResolvers<unknown>()
    const source = aiSource(async ({ abortSignal }) => {
      abortSignal?.addEventListener('abort', () => aborted.resolve(abortSignal.reason))
      // Says half and then nothing; it never looks at the signal.
      const stream = new ReadableStream<ModelPart>({
        start(controller) {
          for (const part of said(HALF)) controller.enqueue(part)
        },
      })
      return { stream }
    })
    await expectCancelled(source, 'ai/mock')
    expect(await aborted.promise).toMatchObject({ kind: 'cancel' })
  })

  it('makes the iterable return and keeps what it had said', async () => {
    const returned = Promise.withResolvers<void>()
    const source = textSource(async function* (_request, { signal }) {
      try {
        yield* HALF
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      } finally {
        returned.resolve()
      }
    })
    await expectCancelled(source, 'text/default')
    await returned.promise
  })

  async function expectCancelled(source: Source, model: string): Promise<void> {
    await using server = serve(source)
    const run = await server.client.runs.create({ input: 'Hi', model })
    let cancelled = false
    const answer = await server.client.answer(run.id, {
      onChange: (now) => {
        if (cancelled || answerText(now) !== HALF) return
        cancelled = true
        void server.client.runs.cancel(run.id)
      },
    })
    expect(answer.outcome).toBe('cancelled')
    expect(answerText(answer)).toBe(HALF)
  }
})

describe('a failure in the middle', () => {
  const failing = (error: unknown): Source =>
    aiSource(async () => ({ stream: simulateReadableStream({ chunks: [...said(HALF), { type: 'error', error }, finish] }) }))

  it('ends the run as failed where asking again would not help, and keeps the partial', async () => {
    await using server = serve(failing({ message: 'Secret words.', code: 'content_filter', data: {} }))
    const run = await server.client.runs.create({ input: 'Hi' })
    const answer = await server.client.answer(run.id)
    expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'content-filter', recoverable: false } })
    expect(answerText(answer)).toBe(HALF)
    expect(JSON.stringify(answer)).not.toContain('Secret')
    expect(await server.client.runs.get(run.id)).toMatchObject({ status: 'failed' })
  })

  it('ends it as interrupted where it might, and keeps the partial', async () => {
    await using server = serve(failing({ message: 'Busy.', type: 'overloaded_error', statusCode: 529, isRetryable: true, data: {} }))
    const run = await server.client.runs.create({ input: 'Hi' })
    const answer = await server.client.answer(run.id)
    expect(answer).toMatchObject({ outcome: 'interrupted', error: { code: 'provider', recoverable: true } })
    expect(answerText(answer)).toBe(HALF)
  })
})
