import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes, records, TEXT, textsOf } from '../../conformance/store/fixture.ts'
import { START } from '../../core/offset.ts'
import type { Store } from '../../ports/store.ts'
import { useWorkshop } from './testing.ts'

describe('memory and database', () => {
  const shop = useWorkshop()

  it('agree after any sequence of commits that cannot begin or that fail half-way', { timeout: 60_000 }, async () => {
    const id = fc.constantFrom('a', 'b')
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ call: fc.constant('append' as const), id }) },
      { weight: 2, arbitrary: fc.record({ call: fc.constant('large' as const), id }) },
      {
        weight: 2,
        arbitrary: fc.record({ call: fc.constantFrom('create' as const, 'fence' as const, 'delete' as const, 'fork' as const), id }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ call: fc.constantFrom('lock' as const, 'unlock' as const, 'settle' as const, 'sweep' as const), id }),
      },
    )
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const folder = `${shop.folder}/${round++}`
        // So small that a few large appends fill it, in the middle of whatever transaction they are in.
        const store = shop.open({ folder, maxJournalRows: 10, maxFileBytes: 400_000 })
        const intruder = shop.intruder(folder)
        let waiting: Promise<unknown>[] = []
        const settle = async (): Promise<void> => {
          // What fails is part of the plan: the states are compared below.
          await Promise.allSettled(waiting)
          waiting = []
        }
        for (const [index, { call, id: stream }] of steps.entries()) {
          if (call === 'append') waiting.push(store.append(stream, records(`${index}`), { producer: { id: `${index}`, epoch: 0, seq: 0 } }))
          else if (call === 'large')
            waiting.push(store.append(stream, [new Uint8Array(70_000 + index)], { streamSeq: `${index}`.padStart(3, '0') }))
          else if (call === 'create') waiting.push(store.create(stream, { ...TEXT, records: records(`new ${index}`) }))
          else if (call === 'fork') waiting.push(store.create(`fork of ${stream}`, { ...TEXT, from: { id: stream, after: START } }))
          else if (call === 'fence') waiting.push(store.fence(stream))
          else if (call === 'delete') waiting.push(store.delete(stream))
          else {
            await settle()
            if (call === 'sweep') waiting.push(store.sweep())
            if (call === 'lock' && !intruder.isTransaction) intruder.exec('BEGIN IMMEDIATE')
            if (call === 'unlock' && intruder.isTransaction) intruder.exec('ROLLBACK')
          }
        }
        await settle()
        const before = await snapshot(store)
        intruder.close()
        await store.close()
        const again = shop.open({ folder })
        expect(await snapshot(again)).toEqual(before)
        await again.close()
      }),
      { numRuns: 40 },
    )
  })

  it('agree though only a few streams are kept in memory', async () => {
    const store = shop.open({ maxResidentStreams: 3 })
    const ids = Array.from({ length: 50 }, (_, i) => `s${i}`)
    for (const id of ids) await store.create(id, { ...TEXT, expiry: { kind: 'sliding', ttlMs: 16_000 } })
    for (let turn = 0; turn < 3; turn++) {
      shop.clock.advance(900)
      await Promise.all(ids.map((id) => store.append(id, [bytes(`${turn}`)], { producer: { id: 'p', epoch: 0, seq: turn } })))
      for (const id of ids) await store.read(id, START)
    }
    shop.clock.advance(100)
    await Promise.all(ids.map((id) => store.read(id, START)))
    for (const id of ids) {
      expect(await store.head(id)).toMatchObject({ expiresAtMs: shop.clock.now() + 16_000 })
      expect(await textsOf(store, id)).toEqual(['0', '1', '2'])
      expect(await store.append(id, [bytes('2')], { producer: { id: 'p', epoch: 0, seq: 2 } })).toMatchObject({ result: 'duplicate' })
    }
  })

  it('agree within one transaction that touches more streams than are kept', async () => {
    const store = shop.open({ maxResidentStreams: 1 })
    const ids = Array.from({ length: 10 }, (_, i) => `s${i}`)
    for (const id of ids) await store.create(id, TEXT)
    const fences = ids.map((id) => store.fence(id))
    const others = ids.map((id) => store.head(id))
    const appends = ids.map((id) => store.append(id, records('x'), { owner: { term: 1, seq: 1 }, close: true }))
    await Promise.all([...fences, ...others])
    expect((await Promise.all(appends)).map((result) => result.result)).toEqual(ids.map(() => 'appended'))
    for (const id of ids) expect(await store.head(id)).toMatchObject({ term: 1, closed: true })
  })

  it('differ after a kill by a sixteenth of the ttl at most, though reads do not write', async () => {
    const store = shop.open()
    await store.create('a', { ...TEXT, expiry: { kind: 'sliding', ttlMs: 16_000 } })
    const saved = (): number => Number(shop.intruder().prepare('SELECT expires_at FROM streams').get()?.['expires_at'])
    for (let i = 0; i < 40; i++) {
      shop.clock.advance(300)
      await store.read('a', START)
      await store.head('a')
      expect(shop.clock.now() + 16_000 - saved()).toBeLessThanOrEqual(1000)
    }
    await store.close()
    expect(saved()).toBe(shop.clock.now() + 16_000)
  })
})

/** All that can be told of the streams, from outside. */
async function snapshot(store: Store): Promise<unknown> {
  const ids = ['a', 'b', 'fork of a', 'fork of b']
  return Promise.all(
    ids.map(async (id) => {
      const told = [store.head(id), store.read(id, START)]
      return (await Promise.allSettled(told)).map((result) => (result.status === 'fulfilled' ? result.value : result.reason.code))
    }),
  )
}
