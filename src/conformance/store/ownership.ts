import { describe, expect, it } from 'vitest'
import { formatOffset, START } from '../../core/offset.ts'
import { records, type StoreFixture, TEXT, textsOf, useStore } from './fixture.ts'

/** Terms: one writer, and a zombie is refused. */
export function ownership(fixture: StoreFixture): void {
  describe('ownership', () => {
    const bench = useStore(fixture)

    it('raises the term by one with each fence', async () => {
      await bench.store.create('a', TEXT)
      expect(await bench.store.fence('a')).toEqual({ term: 1, head: START, closed: false })
      expect(await bench.store.fence('a')).toEqual({ term: 2, head: START, closed: false })
      expect(await bench.store.head('a')).toMatchObject({ term: 2, head: START })
    })

    it('shuts out every earlier owner, and one that never was', async () => {
      await bench.store.create('a', TEXT)
      await bench.store.fence('a')
      expect((await bench.store.append('a', records('x'), { owner: { term: 1, seq: 1 } })).result).toBe('appended')
      await bench.store.fence('a')
      for (const term of [0, 1, 3]) {
        expect(await bench.store.append('a', records('y'), { owner: { term, seq: 2 } })).toEqual({
          result: 'fenced',
          by: 'term',
          current: 2,
        })
      }
      expect(await textsOf(bench.store, 'a')).toEqual(['x'])
    })

    it('goes on with the seq under the new term', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x') })
      const { term, head } = await bench.store.fence('a')
      expect(head).toBe(formatOffset(0, 1))
      expect(await bench.store.append('a', records('y'), { owner: { term, seq: 2 } })).toMatchObject({ head: formatOffset(1, 2) })
      const page = await bench.store.read('a', formatOffset(0, 1))
      expect(page.records.map((record) => record.offset)).toEqual([formatOffset(1, 2)])
      await expect(bench.store.read('a', formatOffset(0, 2))).rejects.toMatchObject({ code: 'gone' })
    })

    it('recognises records that the log already has under this term', async () => {
      await bench.store.create('a', TEXT)
      const { term } = await bench.store.fence('a')
      await bench.store.append('a', records('x', 'y', 'z'), { owner: { term, seq: 1 } })
      expect(await bench.store.append('a', records('x', 'y', 'z'), { owner: { term, seq: 1 } })).toEqual({
        result: 'duplicate',
        head: formatOffset(1, 3),
        closed: false,
      })
      expect((await bench.store.append('a', records('y'), { owner: { term, seq: 2 } })).result).toBe('duplicate')
      expect(await textsOf(bench.store, 'a')).toEqual(['x', 'y', 'z'])
    })

    it('calls a hole a gap, and so records of which it has only some or that an earlier owner wrote', async () => {
      await bench.store.create('a', { ...TEXT, records: records('old') })
      const { term } = await bench.store.fence('a')
      await bench.store.append('a', records('x'), { owner: { term, seq: 2 } })
      expect(await bench.store.append('a', records('z'), { owner: { term, seq: 4 } })).toEqual({ result: 'gap', expected: 3, received: 4 })
      expect(await bench.store.append('a', records('x', 'y'), { owner: { term, seq: 2 } })).toEqual({
        result: 'gap',
        expected: 3,
        received: 2,
      })
      expect(await bench.store.append('a', records('old'), { owner: { term, seq: 1 } })).toEqual({
        result: 'gap',
        expected: 3,
        received: 1,
      })
    })

    it('lets those append who are not owners, under the current term', async () => {
      await bench.store.create('a', TEXT)
      await bench.store.fence('a')
      expect(await bench.store.append('a', records('x'))).toMatchObject({ head: formatOffset(1, 1) })
    })

    it('may change hands after the end, which changes nothing but the term', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x'), closed: true })
      expect(await bench.store.fence('a')).toEqual({ term: 1, head: formatOffset(0, 1), closed: true })
      expect(await textsOf(bench.store, 'a')).toEqual(['x'])
    })

    it('takes effect between the appends that were made before and after it', async () => {
      await bench.store.create('a', TEXT)
      const [before, , after] = await Promise.all([
        bench.store.append('a', records('x'), { owner: { term: 0, seq: 1 } }),
        bench.store.fence('a'),
        bench.store.append('a', records('y'), { owner: { term: 0, seq: 2 } }),
      ])
      expect([before.result, after.result]).toEqual(['appended', 'fenced'])
    })
  })
}
