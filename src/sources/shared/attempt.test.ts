import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../core/errors.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { readAttempt } from './attempt.ts'
import type { Normaliser } from './reading.ts'
import type { Wire } from './wire.ts'

const FINISH: SourceEvent = { type: 'finish', reason: 'stop', usage: { basis: 'unknown' } }
const text = (value: string): SourceEvent => ({ type: 'text-delta', id: 'a', text: value })

/** Each frame says what it is: `{"say":"word"}`, `{"finish":true}` or `{"fail":true}`. */
const normaliser: Normaliser = {
  read: ({ say, finish, fail }: Wire) => ({
    events: [...(typeof say === 'string' ? [text(say)] : []), ...(finish ? [FINISH] : [])],
    ...(fail ? { error: new SluiceError('provider', 'It failed.') } : {}),
  }),
  end: () => [],
}

/** Chunks of frames, and what was done to them. */
function attemptOf(chunks: readonly (readonly Wire[])[], signal = new AbortController().signal) {
  const seen = { asked: 0, closed: 0 }
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (const frames of chunks) {
        seen.asked++
        yield new TextEncoder().encode(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''))
      }
    } finally {
      seen.closed++
    }
  }
  return { seen, events: readAttempt({ chunks: bytes(), label: 'The provider', normaliser, signal }) }
}

describe('one attempt', () => {
  it('ends right after finish, whatever comes behind it, and lets go of the bytes', async () => {
    const { seen, events } = attemptOf([[{ say: 'a' }, { finish: true }, { say: 'late' }, { fail: true }], [{ say: 'later' }]])
    expect(await Array.fromAsync(events)).toEqual([text('a'), FINISH])
    expect(seen).toEqual({ asked: 1, closed: 1 })
  })

  it('reads on only when the events of a chunk are taken', async () => {
    const { seen, events } = attemptOf([[{ say: 'a' }, { say: 'b' }], [{ finish: true }]])
    await events.next()
    await events.next()
    expect(seen.asked).toBe(1)
    expect(await events.next()).toEqual({ done: false, value: FINISH })
  })

  it('gives the events that came before an error, then the error, and lets go of the bytes', async () => {
    const { seen, events } = attemptOf([[{ say: 'a' }, { say: 'b' }, { fail: true }, { say: 'late' }], [{ say: 'later' }]])
    const found: SourceEvent[] = []
    const reading = async (): Promise<void> => {
      for await (const event of events) found.push(event)
    }
    await expect(reading()).rejects.toThrow('It failed.')
    expect(found).toEqual([text('a'), text('b')])
    expect(seen).toEqual({ asked: 1, closed: 1 })
  })

  it('is no success when the bytes end without finish', async () => {
    const { events } = attemptOf([[{ say: 'a' }]])
    expect(await events.next()).toEqual({ done: false, value: text('a') })
    await expect(events.next()).rejects.toMatchObject({ code: 'connection' })
  })

  it('gives nothing that was already read once its signal has aborted', async () => {
    const abort = new AbortController()
    const { seen, events } = attemptOf([[{ say: 'a' }, { say: 'b' }, { finish: true }]], abort.signal)
    await events.next()
    abort.abort(new Error('stopped'))
    await expect(events.next()).rejects.toThrow('stopped')
    expect(seen.closed).toBe(1)
  })

  it('lets go of the bytes when the consumer leaves', async () => {
    const { seen, events } = attemptOf([[{ say: 'a' }, { say: 'b' }], [{ finish: true }]])
    for await (const _event of events) break
    expect(seen).toEqual({ asked: 1, closed: 1 })
  })
})
