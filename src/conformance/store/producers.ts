import { describe, expect, it } from 'vitest'
import { formatOffset } from '../../core/offset.ts'
import type { AppendResult, Store } from '../../ports/store.ts'
import { records, type StoreFixture, TEXT, textsOf, useStore } from './fixture.ts'

/** The Durable Streams protocol's own idempotence. */
export function producers(fixture: StoreFixture): void {
  describe('producers', () => {
    const bench = useStore(fixture)
    const send = (store: Store, epoch: number, seq: number, text = `${epoch}.${seq}`, id = 'p'): Promise<AppendResult> =>
      store.append('a', records(text), { producer: { id, epoch, seq } })

    it('count one seq per call, from 0', async () => {
      await bench.store.create('a', TEXT)
      expect(await send(bench.store, 0, 0)).toEqual({ result: 'appended', head: formatOffset(0, 1), closed: false })
      expect((await send(bench.store, 0, 1)).result).toBe('appended')
      expect(await textsOf(bench.store, 'a')).toEqual(['0.0', '0.1'])
    })

    it('get the highest accepted seq for anything that was accepted before', async () => {
      await bench.store.create('a', TEXT)
      for (const seq of [0, 1, 2]) await send(bench.store, 0, seq)
      for (const seq of [0, 1, 2]) {
        expect(await send(bench.store, 0, seq, 'again')).toEqual({ result: 'duplicate', head: formatOffset(0, 3), closed: false, seq: 2 })
      }
      expect(await textsOf(bench.store, 'a')).toEqual(['0.0', '0.1', '0.2'])
    })

    it('are told of a gap, also when they are new', async () => {
      await bench.store.create('a', TEXT)
      expect(await send(bench.store, 0, 1)).toEqual({ result: 'gap', expected: 0, received: 1 })
      await send(bench.store, 0, 0)
      expect(await send(bench.store, 0, 2)).toEqual({ result: 'gap', expected: 1, received: 2 })
    })

    it('start a new epoch at 0, and fence the old one', async () => {
      await bench.store.create('a', TEXT)
      await send(bench.store, 3, 0)
      expect(await send(bench.store, 4, 1)).toMatchObject({ result: 'mismatch', what: 'epoch-start' })
      expect((await send(bench.store, 4, 0)).result).toBe('appended')
      expect(await send(bench.store, 3, 1)).toEqual({ result: 'fenced', by: 'epoch', current: 4 })
      expect(await send(bench.store, 3, 0)).toEqual({ result: 'fenced', by: 'epoch', current: 4 })
    })

    it('are apart from each other, and from other streams', async () => {
      await bench.store.create('a', TEXT)
      await bench.store.create('b', TEXT)
      await send(bench.store, 0, 0, 'p', 'p')
      expect((await send(bench.store, 7, 0, 'q', 'q')).result).toBe('appended')
      expect((await bench.store.append('b', records('x'), { producer: { id: 'p', epoch: 0, seq: 0 } })).result).toBe('appended')
    })

    it('keep order when their calls are not awaited', async () => {
      await bench.store.create('a', TEXT)
      const results = await Promise.all([0, 1, 1, 3, 2].map((seq) => send(bench.store, 0, seq)))
      expect(results.map((result) => result.result)).toEqual(['appended', 'appended', 'duplicate', 'gap', 'appended'])
    })

    it('are remembered together with the records, over a restart', async () => {
      await bench.store.create('a', TEXT)
      await send(bench.store, 2, 0)
      await send(bench.store, 2, 1)
      await bench.reopen()
      expect(await send(bench.store, 2, 1)).toMatchObject({ result: 'duplicate', seq: 1 })
      expect((await send(bench.store, 2, 2)).result).toBe('appended')
    })

    it('are not moved by an append that is refused for another reason', async () => {
      await bench.store.create('a', TEXT)
      await bench.store.append('a', records('x'), { streamSeq: '5' })
      expect(await bench.store.append('a', records('y'), { streamSeq: '4', producer: { id: 'p', epoch: 0, seq: 0 } })).toMatchObject({
        result: 'mismatch',
        what: 'stream-seq',
      })
      expect((await send(bench.store, 0, 0)).result).toBe('appended')
    })

    it('have an id and whole numbers', async () => {
      await bench.store.create('a', TEXT)
      for (const bad of [
        { id: '', epoch: 0, seq: 0 },
        { id: 'p', epoch: -1, seq: 0 },
        { id: 'p', epoch: 0, seq: 0.5 },
      ]) {
        await expect(bench.store.append('a', records('x'), { producer: bad })).rejects.toMatchObject({ code: 'invalid-request' })
      }
    })
  })
}
