import { describe, expect, it } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { START } from '../../core/offset.ts'
import { createMemoryStore } from '../../stores/memory/memory-store.ts'
import { openJournal } from './subscription-journal.ts'
import type { Change, Made } from './subscription-state.ts'

const made: Made = { config: { type: 'pull-wake', streams: [], leaseTtlMs: 1_000 }, createdAtMs: 1, origin: 'http://localhost' }
const onTrouble = (error: unknown): void => {
  throw error
}
const link = (path: string): Change => ({ links: [[path, { explicit: true, glob: false, acked: START }]] })

describe('the journal of the subscriptions', () => {
  it('leaves no trace in a store without subscriptions', async () => {
    const store = createMemoryStore({ clock: systemClock })
    await openJournal({ store, onTrouble })
    expect(await store.head('subscriptions/index')).toBeUndefined()
  })

  it('has after any number of changes, rewritings and openings what was kept', async () => {
    const store = createMemoryStore({ clock: systemClock })
    const journal = await openJournal({ store, minChanges: 10, onTrouble })
    await journal.keep('a', { made })
    await journal.keep('b', { made })
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => journal.keep(n % 2 === 0 ? 'a' : 'b', { ...link(`s/${n % 7}`), generation: n })),
    )
    await journal.forget('b')
    await journal.settled()
    const again = await openJournal({ store, onTrouble })
    expect([...again.states]).toEqual([...journal.states].map(([key, state]) => [key, { ...state, tails: new Map() }]))
    expect([...again.states.keys()]).toEqual(['a'])
    expect(again.states.get('a')).toMatchObject({ generation: 298, made })
    // It was written anew, and the old one is gone.
    expect(await store.head('subscriptions/journal/1')).toBeUndefined()
  })

  it('goes on with the old one when a rewriting was cut off', async () => {
    const store = createMemoryStore({ clock: systemClock })
    const journal = await openJournal({ store, onTrouble })
    await journal.keep('a', { made })
    await store.create('subscriptions/journal/2', { contentType: 'application/json', records: [new TextEncoder().encode('half')] })
    const again = await openJournal({ store, minChanges: 3, onTrouble })
    for (let n = 0; n < 10; n++) await again.keep('a', { generation: n })
    await again.settled()
    expect((await openJournal({ store, onTrouble })).states.get('a')?.generation).toBe(9)
  })
})
