import { describe, expect, it } from 'vitest'
import { formatOffset, START } from '../../core/offset.ts'
import { bytes, records, type StoreFixture, TEXT, textsOf, useStore } from './fixture.ts'

const fork = (id: string, seq: number, cut?: number, term = 0) => ({
  ...TEXT,
  from: { id, after: seq === 0 ? START : formatOffset(term, seq), ...(cut === undefined ? {} : { bytes: cut }) },
})

/** Streams that begin with what another one has. */
export function forks(fixture: StoreFixture): void {
  describe('forks', () => {
    const bench = useStore(fixture)

    it('begin with what the source has up to the point, under the same offsets', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('x', 'y', 'z'), closed: true })
      expect(await store.create('b', fork('a', 2))).toEqual({
        created: true,
        contentType: 'text/plain',
        term: 0,
        head: formatOffset(0, 2),
        closed: false,
        from: { id: 'a', after: formatOffset(0, 2) },
      })
      expect((await store.read('b', START)).records).toEqual((await store.read('a', START, { maxRecords: 2 })).records)
      await expect(store.read('b', formatOffset(0, 3))).rejects.toMatchObject({ code: 'gone' })
    })

    it('go their own way from there', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('x', 'y') })
      await store.create('b', { ...fork('a', 1), records: records('b2') })
      await store.append('a', records('a3'))
      expect(await store.append('b', records('b3'))).toMatchObject({ head: formatOffset(0, 3) })
      expect(await textsOf(store, 'a')).toEqual(['x', 'y', 'a3'])
      expect(await textsOf(store, 'b')).toEqual(['x', 'b2', 'b3'])
      expect(await textsOf(store, 'b', formatOffset(0, 1))).toEqual(['b2', 'b3'])
    })

    it('page over the seam', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('1', '2', '3') })
      await store.create('b', { ...fork('a', 2), records: records('3b', '4b') })
      expect(await store.read('b', formatOffset(0, 1), { maxRecords: 2 })).toMatchObject({
        records: [{ data: bytes('2') }, { data: bytes('3b') }],
        next: formatOffset(0, 3),
        atTail: false,
      })
    })

    it('may cut the next record', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('one', 'two') })
      await store.create('b', { ...fork('a', 1, 2), records: records('!') })
      expect(await textsOf(store, 'b')).toEqual(['one', 'tw', '!'])
      await store.create('c', fork('a', 1, 3))
      expect(await textsOf(store, 'c')).toEqual(['one', 'two'])
      await expect(store.create('d', fork('a', 1, 4))).rejects.toMatchObject({ code: 'invalid-request' })
      await expect(store.create('d', fork('a', 2, 1))).rejects.toMatchObject({ code: 'invalid-request' })
      await expect(store.create('d', fork('a', 1, -1))).rejects.toMatchObject({ code: 'invalid-request' })
      expect(await store.head('d')).toBeUndefined()
    })

    it('have a writer, producers and stream seqs of their own', async () => {
      const { store } = bench
      await store.create('a', TEXT)
      await store.fence('a')
      await store.append('a', records('x'), { producer: { id: 'p', epoch: 4, seq: 0 }, streamSeq: '9' })
      await store.create('b', fork('a', 1, undefined, 1))
      expect(await store.append('b', records('y'), { producer: { id: 'p', epoch: 0, seq: 0 }, streamSeq: '1' })).toMatchObject({
        result: 'appended',
      })
      const { term } = await store.fence('b')
      expect(await store.append('b', records('z'), { owner: { term, seq: 3 } })).toMatchObject({ result: 'appended' })
      expect(await store.head('a')).toMatchObject({ term: 1, head: formatOffset(1, 1) })
    })

    it('keep offsets rising over the terms of their source', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('x') })
      await store.fence('a')
      await store.append('a', records('y'))
      await store.create('b', { ...fork('a', 2, undefined, 1), records: records('z') })
      const offsets = (await store.read('b', START)).records.map((record) => record.offset)
      expect(offsets).toEqual([formatOffset(0, 1), formatOffset(1, 2), formatOffset(1, 3)])
      expect(offsets).toEqual([...offsets].sort())
    })

    it('may be made from forks, at any point of the ancestry', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('1', '2', '3') })
      await store.create('b', { ...fork('a', 2), records: records('3b', '4b') })
      await store.create('c', { ...fork('b', 3), records: records('4c') })
      await store.create('d', { ...fork('c', 1), records: records('2d') })
      await store.create('e', { ...fork('b', 0), records: records('1e') })
      expect(await textsOf(store, 'c')).toEqual(['1', '2', '3b', '4c'])
      expect(await textsOf(store, 'd')).toEqual(['1', '2d'])
      expect(await textsOf(store, 'e')).toEqual(['1e'])
      await bench.reopen()
      await bench.store.sweep()
      expect(await textsOf(bench.store, 'c')).toEqual(['1', '2', '3b', '4c'])
      expect(await textsOf(bench.store, 'd')).toEqual(['1', '2d'])
    })

    it('need a source that is there and has the point', async () => {
      const { store } = bench
      await expect(store.create('b', fork('a', 0))).rejects.toMatchObject({ code: 'not-found' })
      await store.create('a', { ...TEXT, records: records('x') })
      await expect(store.create('b', fork('a', 2))).rejects.toMatchObject({ code: 'invalid-request' })
      await expect(store.create('b', fork('a', 1, undefined, 3))).rejects.toMatchObject({ code: 'invalid-request' })
      await expect(store.create('b', { ...TEXT, from: { id: 'a', after: 'x' } })).rejects.toMatchObject({ code: 'invalid-request' })
    })
  })

  describe('a deleted source of forks', () => {
    const bench = useStore(fixture)

    it('is gone by name while its forks read on', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('x', 'y') })
      await store.create('b', fork('a', 1))
      expect(await store.delete('a')).toBe(true)
      const calls = [
        store.head('a'),
        store.read('a', START),
        store.append('a', records('z')),
        store.fence('a'),
        store.delete('a'),
        store.create('c', fork('a', 1)),
      ]
      for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'gone' } })
      await expect(store.create('a', TEXT)).rejects.toMatchObject({ code: 'conflict' })
      await store.sweep()
      await bench.reopen()
      expect(await textsOf(bench.store, 'b')).toEqual(['x'])
    })

    it('goes for good with the last of them, and so do its own sources', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('x') })
      await store.create('b', { ...fork('a', 1), records: records('y') })
      await store.create('c', fork('b', 2))
      await store.create('d', fork('a', 1))
      await store.delete('a')
      await store.delete('b')
      await store.delete('d')
      await expect(store.head('a')).rejects.toMatchObject({ code: 'gone' })
      expect(await textsOf(store, 'c')).toEqual(['x', 'y'])
      await store.delete('c')
      expect([await store.head('a'), await store.head('b')]).toEqual([undefined, undefined])
      expect(await store.create('a', { ...TEXT, records: records('new') })).toMatchObject({ created: true })
      await store.sweep()
      expect(await textsOf(store, 'a')).toEqual(['new'])
    })

    it('may have expired rather than been deleted', async () => {
      const { store, clock } = bench
      await store.create('a', { ...TEXT, records: records('x'), expiry: { kind: 'sliding', ttlMs: 1000 } })
      await store.create('b', fork('a', 1))
      clock.advance(1000)
      await expect(store.read('a', START)).rejects.toMatchObject({ code: 'gone' })
      await store.sweep()
      await expect(store.create('a', TEXT)).rejects.toMatchObject({ code: 'conflict' })
      expect(await textsOf(store, 'b')).toEqual(['x'])
    })

    it('is not read alive by its forks', async () => {
      const { store, clock } = bench
      await store.create('a', { ...TEXT, records: records('x'), expiry: { kind: 'sliding', ttlMs: 1000 } })
      await store.create('b', fork('a', 1))
      clock.advance(999)
      await store.read('b', START)
      clock.advance(1)
      await expect(store.head('a')).rejects.toMatchObject({ code: 'gone' })
    })
  })
}
