import { describe, expect, it } from 'vitest'
import { formatOffset, START } from '../../core/offset.ts'
import { records, type StoreFixture, TEXT, textsOf, useStore } from './fixture.ts'

/** The end of a stream. */
export function closure(fixture: StoreFixture): void {
  describe('closure', () => {
    const bench = useStore(fixture)

    it('comes with the last records, in one step', async () => {
      await bench.store.create('a', TEXT)
      expect(await bench.store.append('a', records('x'), { close: true })).toEqual({
        result: 'appended',
        head: formatOffset(0, 1),
        closed: true,
      })
      expect(await bench.store.head('a')).toMatchObject({ closed: true, head: formatOffset(0, 1) })
      expect(await bench.store.read('a', START)).toMatchObject({ atTail: true, closed: true })
    })

    it('comes alone, and is idempotent then', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x') })
      expect(await bench.store.append('a', [], { close: true })).toEqual({ result: 'appended', head: formatOffset(0, 1), closed: true })
      expect(await bench.store.append('a', [], { close: true })).toEqual({ result: 'duplicate', head: formatOffset(0, 1), closed: true })
    })

    it('ignores the content type when it comes alone', async () => {
      await bench.store.create('a', TEXT)
      expect((await bench.store.append('a', [], { close: true, contentType: 'application/json' })).result).toBe('appended')
    })

    it('refuses whatever follows, before it looks at anything else', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x'), closed: true })
      const closed = { result: 'closed', head: formatOffset(0, 1) }
      expect(await bench.store.append('a', records('y'))).toEqual(closed)
      expect(await bench.store.append('a', records('y'), { contentType: 'other' })).toEqual(closed)
      expect(await bench.store.append('a', records('y'), { close: true })).toEqual(closed)
      expect(await bench.store.append('a', records('y'), { owner: { term: 9, seq: 9 } })).toEqual(closed)
      expect(await bench.store.append('a', records('y'), { producer: { id: 'p', epoch: 0, seq: 0 } })).toEqual(closed)
      expect(await textsOf(bench.store, 'a')).toEqual(['x'])
    })

    it('recognises the producer position that closed it', async () => {
      await bench.store.create('a', TEXT)
      const producer = { id: 'p', epoch: 1, seq: 0 }
      expect((await bench.store.append('a', records('x'), { close: true, producer })).result).toBe('appended')
      expect(await bench.store.append('a', records('x'), { close: true, producer })).toEqual({
        result: 'duplicate',
        head: formatOffset(0, 1),
        closed: true,
        seq: 0,
      })
      expect((await bench.store.append('a', records('x'), { close: true, producer: { ...producer, seq: 1 } })).result).toBe('closed')
      expect((await bench.store.append('a', [], { close: true, producer: { ...producer, id: 'q' } })).result).toBe('closed')
    })

    it('does not happen when the append is refused', async () => {
      await bench.store.create('a', TEXT)
      expect((await bench.store.append('a', records('x'), { close: true, contentType: 'other' })).result).toBe('mismatch')
      expect((await bench.store.append('a', records('x'), { close: true, owner: { term: 0, seq: 2 } })).result).toBe('gap')
      expect(await bench.store.head('a')).toMatchObject({ closed: false, head: START })
    })

    it('survives a restart and a sweep', async () => {
      await bench.store.create('a', TEXT)
      await bench.store.append('a', records('x', 'y'), { close: true })
      await bench.reopen()
      await bench.store.sweep()
      expect(await bench.store.head('a')).toMatchObject({ closed: true, head: formatOffset(0, 2) })
      expect(await textsOf(bench.store, 'a')).toEqual(['x', 'y'])
      expect((await bench.store.append('a', records('z'))).result).toBe('closed')
    })
  })
}
