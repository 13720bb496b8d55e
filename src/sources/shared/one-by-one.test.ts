import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneByOne } from './one-by-one.ts'

/** Batches, and what was done to them. */
function batchesOf(batches: readonly (readonly number[] | Error)[]) {
  const seen = { asked: 0, closed: 0 }
  async function* generate(): AsyncGenerator<readonly number[], void, undefined> {
    try {
      for (const batch of batches) {
        seen.asked++
        if (batch instanceof Error) throw batch
        yield batch
      }
    } finally {
      seen.closed++
    }
  }
  return { seen, batches: generate() }
}

const { signal } = new AbortController()
const OVER = { done: true, value: undefined }
const item = (value: number) => ({ done: false, value })

describe('the items of batches, one by one', () => {
  it('come in order, however many each batch has', async () => {
    const lists = fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(lists, async (lists) => {
        expect(await Array.fromAsync(oneByOne(batchesOf(lists).batches, signal))).toEqual(lists.flat())
      }),
    )
  })

  it('are not asked for before the consumer has used up those that are here', async () => {
    const { seen, batches } = batchesOf([[1, 2], [3]])
    const items = oneByOne(batches, signal)
    expect(seen.asked).toBe(0)
    expect([await items.next(), await items.next(), seen.asked]).toEqual([item(1), item(2), 1])
    expect([await items.next(), seen.asked]).toEqual([item(3), 2])
    expect([await items.next(), await items.next()]).toEqual([OVER, OVER])
  })

  it('are answered in order when calls overlap, across batches and beyond the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 5 }), async (lists) => {
        const items = oneByOne(batchesOf(lists).batches, signal)
        const order: number[] = []
        const calls = Array.from({ length: lists.flat().length + 2 }, async (_, call) => {
          const result = await items.next()
          order.push(call)
          return result
        })
        expect(await Promise.all(calls)).toEqual([...lists.flat().map(item), OVER, OVER])
        expect(order).toEqual(calls.map((_, call) => call))
      }),
    )
  })

  it('come before the error that came after them, and end with it', async () => {
    const failure = new Error('broken')
    const { seen, batches } = batchesOf([[1, 2], failure])
    const items = oneByOne(batches, signal)
    const calls = [items.next(), items.next(), items.next(), items.next()]
    expect(await Promise.allSettled(calls)).toEqual([
      { status: 'fulfilled', value: item(1) },
      { status: 'fulfilled', value: item(2) },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: OVER },
    ])
    expect(seen.closed).toBe(1)
  })

  it('stop with the reason of an abort while some are here, after the batches are closed', async () => {
    const abort = new AbortController()
    const { seen, batches } = batchesOf([[1, 2, 3], [4]])
    const items = oneByOne(batches, abort.signal)
    await items.next()
    const reason = new Error('enough')
    abort.abort(reason)
    const closedAt = items.next().catch((thrown: unknown) => [thrown, seen.closed])
    expect(await closedAt).toEqual([reason, 1])
    expect(await items.next()).toEqual(OVER)
    expect(seen.asked).toBe(1)
  })

  it('stop with the reason of an abort that happened before the batch came', async () => {
    const abort = new AbortController()
    const { seen, batches } = batchesOf([[1]])
    const items = oneByOne(batches, abort.signal)
    const first = items.next()
    abort.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    expect(seen.closed).toBe(1)
  })

  it('close the batches when the consumer leaves, and give nothing afterwards', async () => {
    const { seen, batches } = batchesOf([[1, 2], [3]])
    const items = oneByOne(batches, signal)
    for await (const _first of items) break
    expect(seen).toEqual({ asked: 1, closed: 1 })
    expect(await items.next()).toEqual(OVER)
  })

  it('give nothing after a return that overlaps with the call before it', async () => {
    const { seen, batches } = batchesOf([[1, 2], [3]])
    const items = oneByOne(batches, signal)
    const results = await Promise.all([items.next(), items.return?.(), items.next()])
    expect(results).toEqual([item(1), OVER, OVER])
    expect(seen).toEqual({ asked: 1, closed: 1 })
  })

  it('pass on what fails while the batches are closed', async () => {
    async function* failing(): AsyncGenerator<readonly number[], void, undefined> {
      try {
        yield [1, 2]
      } finally {
        await Promise.reject(new Error('clean-up failed'))
      }
    }
    const items = oneByOne(failing(), signal)
    await items.next()
    await expect(items.return?.()).rejects.toThrow('clean-up failed')
  })
})
