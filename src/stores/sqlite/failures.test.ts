import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listen, records, settle, TEXT, textsOf } from '../../conformance/store/fixture.ts'
import { formatOffset, START } from '../../core/offset.ts'
import { useWorkshop } from './testing.ts'

describe('the sqlite store, when it cannot be opened', () => {
  const shop = useWorkshop()

  it('says which folder another owner has, and is free once that one closes', async () => {
    const first = shop.open()
    expect(() => shop.open()).toThrow(expect.objectContaining({ code: 'storage-locked', message: expect.stringContaining(shop.folder) }))
    await first.close()
    shop.open()
  })

  it('says storage-locked when another program has locked the file, and gives the folder free', async () => {
    await shop.open().close()
    const intruder = shop.intruder()
    intruder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    expect(() => shop.open()).toThrow(expect.objectContaining({ code: 'storage-locked' }))
    intruder.close()
    shop.open()
  })

  it('says storage-corrupt for a file that is no database', () => {
    writeFileSync(join(shop.folder, 'store.db'), 'no database at all. '.repeat(1000))
    expect(() => shop.open()).toThrow(expect.objectContaining({ code: 'storage-corrupt', message: expect.stringContaining('store.db') }))
  })

  it('says storage-read-only for a folder that cannot be made', () => {
    writeFileSync(join(shop.folder, 'file'), '')
    expect(() => shop.open({ folder: join(shop.folder, 'file', 'data') })).toThrow(expect.objectContaining({ code: 'storage-read-only' }))
  })

  it('refuses what a newer release wrote', async () => {
    await shop.open().close()
    const intruder = shop.intruder()
    intruder.exec('PRAGMA user_version = 99')
    intruder.close()
    expect(() => shop.open()).toThrow(expect.objectContaining({ code: 'configuration', message: expect.stringContaining('newer') }))
  })
})

describe('the sqlite store, when it cannot write', () => {
  const shop = useWorkshop()

  it('rejects everyone who waits, shows nothing of it, reads on, and writes again when it can', async () => {
    const store = shop.open()
    await store.create('a', { ...TEXT, records: records('x') })
    const { hints } = listen(store, 'a')
    const intruder = shop.intruder()
    intruder.exec('BEGIN IMMEDIATE')
    const waiting = [
      store.append('a', records('lost'), { producer: { id: 'p', epoch: 0, seq: 0 } }),
      store.fence('a'),
      store.append('a', [], { close: true }),
      store.create('b', TEXT),
      store.delete('a'),
    ]
    const reading = store.read('a', START)
    for (const result of await Promise.allSettled(waiting))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'storage-locked' } })
    expect(await reading).toMatchObject({ next: formatOffset(0, 1), closed: false })
    expect(await textsOf(store, 'a')).toEqual(['x'])
    intruder.exec('ROLLBACK')
    expect(await store.head('a')).toMatchObject({ term: 0, closed: false, head: formatOffset(0, 1) })
    expect(await store.head('b')).toBeUndefined()
    expect(await store.append('a', records('y'), { producer: { id: 'p', epoch: 0, seq: 0 } })).toMatchObject({
      result: 'appended',
      head: formatOffset(0, 2),
    })
    await settle()
    expect(hints.map((hint) => hint.head)).toEqual([formatOffset(0, 2)])
    await store.close()
    expect(await textsOf(shop.open(), 'a')).toEqual(['x', 'y'])
  })

  it('says storage-full at its bound, keeps what was acknowledged, and goes on once a sweep has freed space', async () => {
    const store = shop.open({ maxFileBytes: 2 * 1024 * 1024 })
    await store.create('old', { ...TEXT, records: [new Uint8Array(1024 * 1024)], closed: true })
    await store.create('a', TEXT)
    const kept: string[] = []
    let failure: unknown
    for (let i = 0; failure === undefined; i++) {
      const text = `${i} ${'.'.repeat(10_000)}`
      await store.append('a', records(text)).then(
        () => kept.push(text),
        (error: unknown) => {
          failure = error
        },
      )
    }
    expect(failure).toMatchObject({ code: 'storage-full', message: expect.stringContaining('store.db') })
    expect(kept.length).toBeGreaterThan(10)
    expect(await textsOf(store, 'a')).toEqual(kept)
    expect(await store.head('a')).toMatchObject({ head: formatOffset(0, kept.length) })
    await store.delete('old')
    expect(await store.sweep()).toEqual({ removed: 1, sealed: 0 })
    const after = '!'.repeat(700_000)
    expect(await store.append('a', records(after))).toMatchObject({ result: 'appended', head: formatOffset(0, kept.length + 1) })
    await store.close()
    expect(await textsOf(shop.open(), 'a')).toEqual([...kept, after])
  })

  it('undoes all of a commit that fails half-way, and hints at nothing of it', async () => {
    const store = shop.open({ maxFileBytes: 200_000 })
    await store.create('a', TEXT)
    await settle()
    const { hints } = listen(store, 'a')
    const producer = { id: 'p', epoch: 0, seq: 0 }
    const waiting = [
      store.append('a', records('lost'), { producer, streamSeq: '5' }),
      store.fence('a'),
      store.create('b', { ...TEXT, from: { id: 'a', after: START } }),
      store.append('a', [new Uint8Array(300_000)]),
      store.append('a', records('lost too'), { close: true }),
    ]
    for (const result of await Promise.allSettled(waiting))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'storage-full' } })
    expect(await store.head('a')).toMatchObject({ term: 0, head: START, closed: false })
    expect(await store.head('b')).toBeUndefined()
    expect(await store.append('a', records('x'), { producer, streamSeq: '1' })).toMatchObject({
      result: 'appended',
      head: formatOffset(0, 1),
    })
    expect(await textsOf(store, 'a')).toEqual(['x'])
    await settle()
    expect(hints).toEqual([
      expect.objectContaining({ previous: START, head: formatOffset(0, 1), records: [expect.objectContaining({ data: records('x')[0] })] }),
    ])
  })

  it('refuses more than may wait, and takes appends again when that is written', async () => {
    const store = shop.open({ maxWaitingBytes: 100 })
    await store.create('a', TEXT)
    const first = store.append('a', [new Uint8Array(80)])
    await expect(store.append('a', [new Uint8Array(30)])).rejects.toMatchObject({ code: 'overloaded' })
    await first
    expect((await store.append('a', [new Uint8Array(30)])).result).toBe('appended')
    await expect(store.append('a', [new Uint8Array(17 * 1024 * 1024)])).rejects.toMatchObject({ code: 'too-large' })
  })

  it('reports a sweep that fails, and sweeps all of it the next time', async () => {
    const store = shop.open()
    await store.create('a', { ...TEXT, records: records('x', 'y'), closed: true })
    const intruder = shop.intruder()
    intruder.exec('BEGIN IMMEDIATE')
    await expect(store.sweep()).rejects.toMatchObject({ code: 'storage-locked' })
    intruder.exec('ROLLBACK')
    expect(await store.sweep()).toEqual({ removed: 0, sealed: 1 })
    expect(await textsOf(store, 'a')).toEqual(['x', 'y'])
  })
})

describe('the sqlite store, when its file was changed', () => {
  const shop = useWorkshop()

  for (const [table, sealed] of [
    ['journal', false],
    ['blocks', true],
  ] as const) {
    it(`says storage-corrupt for a flipped byte in the ${table}, and serves the other streams`, async () => {
      const store = shop.open()
      await store.create('a', { ...TEXT, records: records('one', 'two') })
      await store.create('b', { ...TEXT, records: records('three') })
      if (sealed) await store.sweep()
      await store.close()
      const intruder = shop.intruder()
      const row = intruder.prepare(`SELECT id, data FROM ${table} ORDER BY id LIMIT 1`).get()
      const data = Uint8Array.from(row?.['data'] as Uint8Array)
      data[data.length - 1] = 0
      intruder.prepare(`UPDATE ${table} SET data = ? WHERE id = ?`).run(data, row?.['id'] ?? 0)
      intruder.close()
      const again = shop.open()
      await expect(again.read('a', START)).rejects.toMatchObject({ code: 'storage-corrupt', message: expect.stringContaining('stream a') })
      expect(await textsOf(again, 'b')).toEqual(['three'])
      expect((await again.append('a', records('four'))).result).toBe('appended')
      await again.sweep()
      await expect(again.read('a', START)).rejects.toMatchObject({ code: 'storage-corrupt' })
      expect(await textsOf(again, 'a', formatOffset(0, 2))).toEqual(['four'])
    })
  }

  it('says storage-corrupt for a row that is missing', async () => {
    const store = shop.open()
    await store.create('a', { ...TEXT, records: records('one') })
    await store.append('a', records('two'))
    await store.close()
    const intruder = shop.intruder()
    intruder.exec('DELETE FROM journal WHERE last = 1')
    intruder.close()
    await expect(shop.open().read('a', START)).rejects.toMatchObject({ code: 'storage-corrupt' })
  })
})
