import { describe, expect, it } from 'vitest'
import { bytes, records, TEXT, textsOf } from '../../conformance/store/fixture.ts'
import { parseOffset, START } from '../../core/offset.ts'
import { useWorkshop } from './testing.ts'

describe('sealing', () => {
  const shop = useWorkshop()
  const count = (table: string): unknown => shop.intruder().prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']

  it('packs finished streams, counts them once, and changes neither records nor offsets', async () => {
    const store = shop.open()
    for (const id of ['a', 'b', 'live']) {
      await store.create(id, TEXT)
      for (let i = 0; i < 50; i++) await store.append(id, records(`${id} ${i}`, 'and'))
    }
    for (const id of ['a', 'b']) await store.append(id, [], { close: true })
    const before = await store.read('a', START)
    expect(await store.sweep()).toEqual({ removed: 0, sealed: 2 })
    expect(await store.sweep()).toEqual({ removed: 0, sealed: 0 })
    expect(await store.read('a', START)).toEqual(before)
    expect([count('journal'), count('blocks')]).toEqual([0, 3])
    await store.append('live', records('more'), { close: true })
    expect((await textsOf(store, 'live')).at(-1)).toBe('more')
    expect(await store.sweep()).toEqual({ removed: 0, sealed: 1 })
    await store.close()
    const again = shop.open()
    expect(await again.read('a', START)).toEqual(before)
    expect((await textsOf(again, 'live')).length).toBe(101)
  })

  it('frees the space of deleted streams', async () => {
    const store = shop.open()
    for (let i = 0; i < 5; i++) await store.create(`s${i}`, { ...TEXT, records: records('x') })
    await store.sweep()
    await store.delete('s1')
    await store.create('s5', { ...TEXT, records: records('never packed') })
    await store.delete('s5')
    expect(await store.sweep()).toEqual({ removed: 2, sealed: 0 })
    expect([count('blocks'), count('journal'), count('trash'), count('streams')]).toEqual([4, 0, 0, 4])
  })

  it('keeps the journal within its bounds while streams are written, without any sweep', async () => {
    const store = shop.open({ maxJournalRows: 300 })
    const ids = ['a', 'b', 'c']
    for (const id of ids) await store.create(id, TEXT)
    for (let i = 0; i < 2000; i++) await Promise.all(ids.map((id) => store.append(id, records(`${id} ${i}`))))
    expect(Number(count('journal'))).toBeLessThan(2000)
    for (const id of ids) expect(await textsOf(store, id)).toEqual(Array.from({ length: 2000 }, (_, i) => `${id} ${i}`))
  })

  it('splits what is too large for one block, and keeps slow streams from a block per record', async () => {
    const store = shop.open()
    const large = Array.from({ length: 30 }, (_, i) => new Uint8Array(50_000).fill(i))
    await store.create('large', TEXT)
    for (const data of large) await store.append('large', [data])
    await store.create('slow', TEXT)
    for (let i = 0; i < 20; i++) {
      await store.append('slow', [bytes(`${i}`)])
      await store.sweep()
    }
    expect(await textsOf(store, 'slow')).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    expect((await store.read('large', START, { maxBytes: 10_000_000 })).records.map((record) => record.data[0])).toEqual(
      large.map((data) => data[0]),
    )
    expect(count('blocks')).toBe(7)
  })

  it('ends a read where a block ends when the next one would not fit, and goes on from there', async () => {
    const store = shop.open()
    const texts = Array.from({ length: 100 }, (_, i) => `${i} ${'.'.repeat(10_000)}`)
    await store.create('a', TEXT)
    for (const text of texts) await store.append('a', records(text))
    await store.sweep()
    const lasts = shop.intruder().prepare('SELECT last FROM blocks ORDER BY last').all()
    expect(lasts.length).toBeGreaterThan(3)
    const ends: unknown[] = []
    for (let [after, atTail] = [START, false]; !atTail; ) {
      const page = await store.read('a', after, { maxRecords: 40, maxBytes: 300_000 })
      after = page.next
      atTail = page.atTail
      ends.push({ last: parseOffset(after).seq })
    }
    expect(ends).toEqual(lasts)
    expect(await textsOf(store, 'a')).toEqual(texts)
  })

  it('drops rows that a round cut short has packed already', async () => {
    const store = shop.open()
    await store.create('a', TEXT)
    const texts = Array.from({ length: 10 }, (_, i) => `${i} ${'.'.repeat(1000)}`)
    for (const text of texts) await store.append('a', records(text))
    const intruder = shop.intruder()
    const saved = intruder.prepare('SELECT * FROM journal').all()
    await store.sweep()
    await store.close()
    // As if the process had died after the blocks were written and before the rows were deleted.
    const insert = intruder.prepare('INSERT INTO journal (id, stream, last, data) VALUES (?, ?, ?, ?)')
    for (const row of saved) insert.run(row['id'] ?? 0, row['stream'] ?? 0, row['last'] ?? 0, row['data'] ?? null)
    intruder.close()
    const again = shop.open()
    expect(await textsOf(again, 'a')).toEqual(texts)
    await again.sweep()
    await again.append('a', records('more'))
    await again.sweep()
    expect(await textsOf(again, 'a')).toEqual([...texts, 'more'])
    expect(count('journal')).toBe(0)
  })
})
