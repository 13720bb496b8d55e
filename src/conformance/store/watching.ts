import { describe, expect, it } from 'vitest'
import { formatOffset, START } from '../../core/offset.ts'
import { bytes, listen, records, type StoreFixture, settle, TEXT, useStore } from './fixture.ts'

/** Hints: what they carry is committed, and one is enough for a turn. */
export function watching(fixture: StoreFixture): void {
  describe('watch', () => {
    const bench = useStore(fixture)

    it('tells of records with their place in the log', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x') })
      const { hints } = listen(bench.store, 'a')
      await bench.store.append('a', records('y', 'z'))
      await settle()
      expect(hints).toEqual([
        {
          records: [
            { offset: formatOffset(0, 2), data: bytes('y') },
            { offset: formatOffset(0, 3), data: bytes('z') },
          ],
          previous: formatOffset(0, 1),
          head: formatOffset(0, 3),
          closed: false,
          deleted: false,
        },
      ])
    })

    it('tells once per turn what many appends did', async () => {
      await bench.store.create('a', TEXT)
      const { hints } = listen(bench.store, 'a')
      await Promise.all([
        bench.store.append('a', records('x')),
        bench.store.append('a', records('y')),
        bench.store.append('a', records('z'), { close: true }),
      ])
      await settle()
      expect(hints).toHaveLength(1)
      expect(hints[0]).toMatchObject({ previous: START, head: formatOffset(0, 3), closed: true })
      expect(hints[0]?.records.map((record) => record.data)).toEqual(records('x', 'y', 'z'))
    })

    it('never tells what a reader could not read', async () => {
      await bench.store.create('a', TEXT)
      const heads: Promise<boolean>[] = []
      bench.store.watch('a', (hint) => heads.push(bench.store.head('a').then((state) => (state?.head ?? '') >= hint.head)))
      for (let i = 0; i < 20; i++) await bench.store.append('a', records('x'))
      await settle()
      expect(heads.length).toBeGreaterThan(0)
      expect(await Promise.all(heads)).not.toContain(false)
    })

    it('tells of the end, and of a deletion', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x') })
      const { hints } = listen(bench.store, 'a')
      await bench.store.append('a', [], { close: true })
      await settle()
      await bench.store.delete('a')
      await settle()
      const head = formatOffset(0, 1)
      expect(hints).toEqual([
        { records: [], previous: head, head, closed: true, deleted: false },
        { records: [], previous: head, head, closed: true, deleted: true },
      ])
    })

    it('may begin before the stream does', async () => {
      const { hints } = listen(bench.store, 'a')
      await bench.store.create('a', { ...TEXT, records: records('x') })
      await settle()
      expect(hints).toEqual([
        expect.objectContaining({ previous: START, head: formatOffset(0, 1), records: [expect.objectContaining({ data: bytes('x') })] }),
      ])
    })

    it('says nothing of what was refused, of fences, and of other streams', async () => {
      await bench.store.create('a', TEXT)
      await bench.store.create('b', TEXT)
      await settle()
      const { hints } = listen(bench.store, 'a')
      await bench.store.append('a', records('x'), { owner: { term: 7, seq: 1 } })
      await bench.store.fence('a')
      await bench.store.append('b', records('x'))
      await settle()
      expect(hints).toEqual([])
    })

    it('ends for one listener at a time, which may be told twice', async () => {
      await bench.store.create('a', TEXT)
      await settle()
      const first = listen(bench.store, 'a')
      const second = listen(bench.store, 'a')
      first.stop()
      first.stop()
      await bench.store.append('a', records('x'))
      await settle()
      expect([first.hints.length, second.hints.length]).toEqual([0, 1])
    })

    it('tells the other listeners when one throws', async () => {
      await bench.store.create('a', TEXT)
      await settle()
      bench.store.watch('a', () => {
        throw new Error('a listener that fails')
      })
      const { hints } = listen(bench.store, 'a')
      expect((await bench.store.append('a', records('x'))).result).toBe('appended')
      await settle()
      expect(hints).toHaveLength(1)
    })
  })
}
