import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect } from '../../conformance/source/collect.ts'
import { sourceConformance } from '../../conformance/source/index.ts'
import { AbortReason } from '../../core/abort.ts'
import { createTextSource, type OpenText, type TextSourceOptions, type TextStream } from './source.ts'
import { ask, of, read, streamOf, TEXT, WORDS } from './testing.ts'

/** Opens what the model's name says, in the way that `kind` says; tells what is still held. */
function openKinds(kind: 'generator' | 'stream', resume: 'position' | 'none') {
  const held = new Set<OpenText>()
  async function* generated(model: string, call: OpenText): AsyncGenerator<string> {
    held.add(call)
    try {
      const left = TEXT.slice(call.said.length)
      for (let at = 0; at < left.length; at += 3) yield left.slice(at, at + 3)
      if (model === 'stalls')
        await new Promise<never>((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)))
      if (model === 'breaks') throw new Error('the pipe burst')
    } finally {
      held.delete(call)
    }
  }
  function streamed(model: string, call: OpenText): ReadableStream<Uint8Array> {
    held.add(call)
    const bytes = new TextEncoder().encode(TEXT.slice(call.said.length))
    let at = 0
    return new ReadableStream({
      pull(controller) {
        const piece = bytes.subarray(at, at + 5)
        at += piece.length
        if (piece.length > 0) return controller.enqueue(piece)
        if (model === 'stalls') return new Promise<void>(() => {})
        held.delete(call)
        return model === 'breaks' ? controller.error(new Error('the pipe burst')) : controller.close()
      },
      cancel: () => void held.delete(call),
    })
  }
  const open: TextSourceOptions['open'] = ({ model }, call) => (kind === 'generator' ? generated(model, call) : streamed(model, call))
  const source = createTextSource({ name: 'mine', models: ['completes', 'stalls', 'breaks'], open, resume })
  return { source, held }
}

for (const [kind, resume] of [
  ['generator', 'position'],
  ['stream', 'none'],
] as const) {
  sourceConformance(`a text source of a ${kind}`, async () => {
    const { source, held } = openKinds(kind, resume)
    return {
      source,
      completes: ask('completes'),
      stalls: ask('stalls'),
      breaks: ask('breaks'),
      async released() {
        while (held.size > 0) await new Promise((resolve) => setImmediate(resolve))
      },
      close: async () => {},
    }
  })
}

describe('what a text source reads', () => {
  it('is any async iterable of strings, as one part with a delta for each', async () => {
    const { events } = await read(async function* () {
      yield* ['one ', '', 'two']
    })
    expect(events).toEqual([
      { type: 'text-start', id: 'text' },
      { type: 'text-delta', id: 'text', text: 'one ' },
      { type: 'text-delta', id: 'text', text: 'two' },
      { type: 'text-end', id: 'text' },
      { type: 'finish', reason: 'stop', usage: { basis: 'unknown' } },
    ])
  })

  it('is a stream of strings, a promise of one, and the body of a response', async () => {
    expect((await read(() => streamOf(WORDS, 'close').stream)).text).toBe(TEXT)
    expect((await read(async () => streamOf(WORDS, 'close').stream)).text).toBe(TEXT)
    const respond = async (): Promise<TextStream> => new Response(TEXT).body ?? streamOf<string>([], 'close').stream
    expect((await read(respond)).text).toBe(TEXT)
  })

  it('is UTF-8 however it is cut', async () => {
    const bytes = new TextEncoder().encode(TEXT)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        const ends = [...cuts, bytes.length].sort((a, b) => a - b)
        const chunks = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end))
        const { text, events } = await read(() => streamOf(chunks, 'close').stream)
        expect(text).toBe(TEXT)
        for (const event of events) if (event.type === 'text-delta') expect(event.text.isWellFormed()).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('is strings that were cut inside of a character', async () => {
    const { events, text } = await read(async function* () {
      for (let at = 0; at < TEXT.length; at++) yield TEXT.charAt(at)
    })
    expect(text).toBe(TEXT)
    for (const event of events) if (event.type === 'text-delta') expect(event.text.isWellFormed()).toBe(true)
  })

  it('may be nothing: the answer is complete and has no part', async () => {
    const { events } = await read(async function* () {})
    expect(events).toEqual([{ type: 'finish', reason: 'stop', usage: { basis: 'unknown' } }])
  })

  it('is not read ahead of the consumer', async () => {
    const { stream, state } = streamOf(WORDS, 'close')
    const iterator = of(() => stream)
      .stream(ask(), { signal: new AbortController().signal })
      [Symbol.asyncIterator]()
    for (let deltas = 0; deltas < 3; ) if ((await iterator.next()).value?.type === 'text-delta') deltas++
    await new Promise((resolve) => setImmediate(resolve))
    expect(state.pulled).toBe(3)
    await iterator.return?.()
    expect(state.cancelled).toBe(true)
  })
})

describe('an abort of a text source', () => {
  const reason = new AbortReason('cancel', 'enough')

  it('leaves an open that hangs, and lets go of what it opens afterwards', async () => {
    const gate = Promise.withResolvers<ReadableStream<string>>()
    const controller = new AbortController()
    const attempt = collect(
      of(() => gate.promise),
      ask(),
      { signal: controller.signal },
    )
    controller.abort(reason)
    expect((await attempt).thrown).toBe(reason)
    const { stream, state } = streamOf(WORDS, 'hang')
    gate.resolve(stream)
    while (!state.cancelled) await new Promise((resolve) => setImmediate(resolve))
  })

  it('does not wait for an iterator that hangs, and tells it to return', async () => {
    const returned = Promise.withResolvers<void>()
    const controller = new AbortController()
    const hanging: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return() {
          returned.resolve()
          return new Promise<never>(() => {})
        },
      }),
    }
    const attempt = collect(
      of(() => hanging),
      ask(),
      { signal: controller.signal },
    )
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect((await attempt).thrown).toBe(reason)
    await returned.promise
  })

  it('cancels the stream at once, also while the consumer is busy with an event', async () => {
    const { stream, state } = streamOf(WORDS, 'hang')
    const controller = new AbortController()
    const iterator = of(() => stream)
      .stream(ask(), { signal: controller.signal })
      [Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(reason)
    expect(state.cancelled).toBe(true)
    await expect(iterator.next()).rejects.toBe(reason)
  })

  it("comes out as its reason even when the iterator throws an AbortError of the host's", async () => {
    const controller = new AbortController()
    const { thrown } = await collect(
      of(async function* (_request, { signal }) {
        yield 'text'
        controller.abort(reason)
        signal.throwIfAborted()
        throw new DOMException('This operation was aborted', 'AbortError')
      }),
      ask(),
      { signal: controller.signal },
    )
    expect(thrown).toBe(reason)
  })

  it('is heard by the work also when the consumer only stops reading, and not when the answer is complete', async () => {
    const heard: boolean[] = []
    const source = of((_request, { signal }) => {
      signal.addEventListener('abort', () => heard.push(true))
      return streamOf(WORDS, 'close').stream
    })
    await collect(source, ask())
    expect(heard).toEqual([])
    for await (const _event of source.stream(ask(), { signal: new AbortController().signal })) break
    expect(heard).toEqual([true])
  })

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const counting = new Proxy(signal, {
      get(target, key) {
        if (key === 'addEventListener' || key === 'removeEventListener') {
          listeners += key === 'addEventListener' ? 1 : -1
        }
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    await collect(
      of(() => streamOf(WORDS, 'close').stream),
      ask(),
      { signal: counting },
    )
    expect(listeners).toBe(0)
  })
})
