import { describe, expect, it } from 'vitest'
import { discard, pieces } from './pieces.ts'

/** An iterator by hand, which counts what is asked of it. */
function byHand(results: readonly (IteratorResult<string> | Error)[]) {
  const asked = { next: 0, returned: 0 }
  const iterable: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = results[asked.next++]
        if (result instanceof Error) throw result
        return result ?? { done: true, value: undefined }
      },
      return() {
        asked.returned++
        throw new Error('clean-up failed')
      },
    }),
  }
  return { asked, iterable }
}

async function readAll<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const piece of from) found.push(piece)
  return found
}

const { signal } = new AbortController()

describe('pieces of a stranger', () => {
  it('come in order, and an iterator that ended by itself is not told to return', async () => {
    const { asked, iterable } = byHand([
      { done: false, value: 'a' },
      { done: false, value: 'b' },
    ])
    expect(await readAll(pieces(iterable, signal))).toEqual(['a', 'b'])
    expect(asked).toEqual({ next: 3, returned: 0 })
  })

  it('are asked for one at a time, and what its clean-up throws does not reach who stopped reading', async () => {
    const { asked, iterable } = byHand([
      { done: false, value: 'a' },
      { done: false, value: 'b' },
    ])
    for await (const piece of pieces(iterable, signal)) {
      expect(piece).toBe('a')
      break
    }
    expect(asked).toEqual({ next: 1, returned: 1 })
  })

  it('end with what the stranger throws', async () => {
    const failure = new Error('the pipe burst')
    await expect(readAll(pieces(byHand([{ done: false, value: 'a' }, failure]).iterable, signal))).rejects.toBe(failure)
  })

  it('end with the reason of an abort, and nothing is asked for when it came before', async () => {
    const { asked, iterable } = byHand([])
    const reason = new Error('enough')
    await expect(readAll(pieces(iterable, AbortSignal.abort(reason)))).rejects.toBe(reason)
    expect(asked).toEqual({ next: 0, returned: 1 })
  })

  it('are read from a stream that hosts cannot iterate', async () => {
    const stream = new ReadableStream<string>({
      start(controller) {
        controller.enqueue('a')
        controller.close()
      },
    })
    Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined })
    expect(await readAll(pieces(stream, signal))).toEqual(['a'])
  })

  it('that come too late are discarded: their stream is cancelled', async () => {
    let cancelled = false
    discard(
      new ReadableStream({
        cancel: () => {
          cancelled = true
        },
      }),
    )
    expect(cancelled).toBe(true)
  })
})
