import { describe, expect, it } from 'vitest'
import { formatOffset, START } from '../../core/offset.ts'
import { bytes, records, type StoreFixture, TEXT, textsOf, useStore } from './fixture.ts'

/** Create, append, read, head, delete. */
export function basics(fixture: StoreFixture): void {
  describe('create', () => {
    const bench = useStore(fixture)

    it('makes an empty open stream at START', async () => {
      const made = await bench.store.create('a', TEXT)
      expect(made).toEqual({ created: true, contentType: 'text/plain', term: 0, head: START, closed: false })
      expect(await bench.store.head('a')).toEqual({ contentType: 'text/plain', term: 0, head: START, closed: false })
    })

    it('reports the stream that is there and changes nothing', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x') })
      const again = await bench.store.create('a', { contentType: 'other/type', records: records('y'), closed: true })
      expect(again).toEqual({ created: false, contentType: 'text/plain', term: 0, head: formatOffset(0, 1), closed: false })
      expect(await textsOf(bench.store, 'a')).toEqual(['x'])
    })

    it('of two at once, exactly one is the maker', async () => {
      const both = await Promise.all([bench.store.create('a', TEXT), bench.store.create('a', TEXT)])
      expect(both.map((result) => result.created)).toEqual([true, false])
    })

    it('takes first records and may be born closed', async () => {
      const made = await bench.store.create('a', { ...TEXT, records: records('x', 'y'), closed: true })
      expect([made.head, made.closed]).toEqual([formatOffset(0, 2), true])
      expect(await bench.store.read('a', formatOffset(0, 1))).toEqual({
        records: [{ offset: formatOffset(0, 2), data: bytes('y') }],
        next: formatOffset(0, 2),
        atTail: true,
        closed: true,
      })
    })

    it('keeps the content type as given and ids as they are', async () => {
      for (const id of ['runs/1', 'Ünï/✓ 𝄞', "it's; --", ' ', 'a'.repeat(200)]) {
        await bench.store.create(id, { contentType: `Text/X; a="${id.length}"`, records: records(id) })
        expect((await bench.store.head(id))?.contentType).toBe(`Text/X; a="${id.length}"`)
        expect(await textsOf(bench.store, id)).toEqual([id])
      }
    })

    it('refuses an expiry that is none', async () => {
      await expect(bench.store.create('a', { ...TEXT, expiry: { kind: 'sliding', ttlMs: -1 } })).rejects.toMatchObject({
        code: 'invalid-request',
      })
      await expect(bench.store.create('a', { ...TEXT, expiry: { kind: 'absolute', atMs: Number.NaN } })).rejects.toMatchObject({
        code: 'invalid-request',
      })
      expect(await bench.store.head('a')).toBeUndefined()
    })
  })

  describe('append and read', () => {
    const bench = useStore(fixture)

    it('gives records rising seq without holes, from 1', async () => {
      await bench.store.create('a', TEXT)
      expect(await bench.store.append('a', records('x'))).toEqual({ result: 'appended', head: formatOffset(0, 1), closed: false })
      expect(await bench.store.append('a', records('y', 'z'))).toEqual({ result: 'appended', head: formatOffset(0, 3), closed: false })
      const page = await bench.store.read('a', START)
      expect(page.records.map((record) => record.offset)).toEqual([1, 2, 3].map((seq) => formatOffset(0, seq)))
      expect(page).toMatchObject({ next: formatOffset(0, 3), atTail: true, closed: false })
    })

    it('keeps bytes exactly, of any value and length', async () => {
      const odd = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, i) => i), new Uint8Array(700_000).fill(7), new Uint8Array(0)]
      await bench.store.create('a', TEXT)
      await bench.store.append('a', odd)
      const read: Buffer[] = []
      for (let at = START; ; ) {
        const page = await bench.store.read('a', at)
        read.push(...page.records.map((record) => Buffer.from(record.data)))
        if (page.atTail) break
        at = page.next
      }
      expect(read.map((data, index) => data.equals(odd[index] ?? new Uint8Array(1)))).toEqual([true, true, true, true])
    })

    it('lets calls on one stream take effect in the order in which they were made', async () => {
      const { store } = bench
      const calls = [
        store.create('a', TEXT),
        store.read('a', START),
        store.append('a', records('x')),
        store.read('a', START),
        store.append('a', records('y')),
        store.head('a'),
        store.delete('a'),
        store.head('a'),
        store.create('a', { ...TEXT, records: records('new') }),
        store.read('a', START),
      ]
      const [, empty, , one, , two, deleted, none, again, fresh] = await Promise.all(calls)
      expect(empty).toMatchObject({ records: [], next: START, atTail: true })
      expect(one).toMatchObject({ records: [{ data: bytes('x') }], next: formatOffset(0, 1), atTail: true })
      expect(two).toMatchObject({ head: formatOffset(0, 2) })
      expect([deleted, none]).toEqual([true, undefined])
      expect(again).toMatchObject({ created: true, head: formatOffset(0, 1) })
      expect(fresh).toMatchObject({ records: [{ data: bytes('new') }] })
    })

    it('keeps the order of many appends that are not awaited', async () => {
      await bench.store.create('a', TEXT)
      const texts = Array.from({ length: 500 }, (_, i) => `record ${i}`)
      await Promise.all(texts.map((text) => bench.store.append('a', records(text))))
      expect(await textsOf(bench.store, 'a')).toEqual(texts)
    })

    it('pages by records and by bytes, always at least one', async () => {
      await bench.store.create('a', { ...TEXT, records: records('aaaa', 'bb', 'cc', 'dddddddd') })
      const byRecords = await bench.store.read('a', START, { maxRecords: 3 })
      expect(byRecords).toMatchObject({ next: formatOffset(0, 3), atTail: false })
      const byBytes = await bench.store.read('a', START, { maxBytes: 6 })
      expect(byBytes).toMatchObject({ next: formatOffset(0, 2), atTail: false })
      const large = await bench.store.read('a', formatOffset(0, 3), { maxBytes: 1 })
      expect(large).toMatchObject({ next: formatOffset(0, 4), atTail: true })
      expect((await bench.store.read('a', formatOffset(0, 4))).records).toEqual([])
    })

    it('gives at most 1,000 records or 1 MiB unless told otherwise', async () => {
      await bench.store.create('a', { ...TEXT, records: Array.from({ length: 1500 }, () => bytes('x')) })
      expect((await bench.store.read('a', START)).records).toHaveLength(1000)
      await bench.store.create('b', { ...TEXT, records: Array.from({ length: 3 }, () => new Uint8Array(500_000)) })
      expect((await bench.store.read('b', START)).records).toHaveLength(2)
    })

    it('says gone for a position that the stream does not have, and invalid-request for none at all', async () => {
      await bench.store.create('a', { ...TEXT, records: records('x') })
      for (const foreign of [formatOffset(0, 2), formatOffset(1, 1), formatOffset(1, 0)]) {
        await expect(bench.store.read('a', foreign)).rejects.toMatchObject({ code: 'gone' })
      }
      await expect(bench.store.read('a', 'now')).rejects.toMatchObject({ code: 'invalid-request' })
    })

    it('refuses an append that does nothing, and one of another content type', async () => {
      await bench.store.create('a', TEXT)
      await expect(bench.store.append('a', [])).rejects.toMatchObject({ code: 'invalid-request' })
      expect(await bench.store.append('a', records('x'), { contentType: 'application/json' })).toEqual({
        result: 'mismatch',
        what: 'content-type',
        expected: 'text/plain',
      })
      expect((await bench.store.append('a', records('x'), { contentType: 'text/plain' })).result).toBe('appended')
    })

    it('demands that stream seqs rise, byte by byte', async () => {
      await bench.store.create('a', TEXT)
      expect((await bench.store.append('a', records('x'), { streamSeq: '09' })).result).toBe('appended')
      expect(await bench.store.append('a', records('y'), { streamSeq: '09' })).toMatchObject({ result: 'mismatch', what: 'stream-seq' })
      expect(await bench.store.append('a', records('y'), { streamSeq: '0' })).toMatchObject({ result: 'mismatch', what: 'stream-seq' })
      expect((await bench.store.append('a', records('y'))).result).toBe('appended')
      expect((await bench.store.append('a', records('z'), { streamSeq: '1' })).result).toBe('appended')
      expect(await textsOf(bench.store, 'a')).toEqual(['x', 'y', 'z'])
    })
  })

  describe('what is not there', () => {
    const bench = useStore(fixture)

    it('is not-found for those who need it, and undefined or false for those who ask', async () => {
      const { store } = bench
      for (const call of [store.append('a', records('x')), store.read('a', START), store.fence('a')]) {
        await expect(call).rejects.toMatchObject({ code: 'not-found' })
      }
      expect(await store.head('a')).toBeUndefined()
      expect(await store.delete('a')).toBe(false)
    })

    it('is what a deleted stream is, until its id is used anew for another stream', async () => {
      const { store } = bench
      await store.create('a', { ...TEXT, records: records('old', 'older') })
      expect(await store.delete('a')).toBe(true)
      expect(await store.delete('a')).toBe(false)
      await expect(store.read('a', START)).rejects.toMatchObject({ code: 'not-found' })
      await store.create('a', { contentType: 'b', records: records('new') })
      expect(await textsOf(store, 'a')).toEqual(['new'])
      await store.sweep()
      expect(await textsOf(store, 'a')).toEqual(['new'])
    })
  })

  describe('close', () => {
    const bench = useStore(fixture)

    it('finishes what is under way, may be called again, and every method rejects with closed after it', async () => {
      const { store } = bench
      await store.create('a', TEXT)
      const last = store.append('a', records('x'))
      await Promise.all([store.close(), store.close()])
      await store.close()
      expect((await last).result).toBe('appended')
      const calls = [
        store.create('b', TEXT),
        store.fence('a'),
        store.append('a', records('y')),
        store.read('a', START),
        store.head('a'),
        store.delete('a'),
        store.sweep(),
      ]
      for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } })
    })
  })
}
