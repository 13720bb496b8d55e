/** What an adapter gives to its conformance suite, and what the parts of the suite share. */
import { afterEach, beforeEach } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import type { Offset } from '../../core/offset.ts'
import { START } from '../../core/offset.ts'
import { createFakeClock, type FakeClock } from '../../core/testing/fake-clock.ts'
import type { CreateOptions, Store, StreamHint } from '../../ports/store.ts'

export interface StoreFixture {
  readonly name: string
  /** A new, empty store. The suite closes it. */
  create(clock: Clock): Promise<Store>
  /** Closes a store and opens its data again; for stores whose `capabilities.durable` is true. */
  reopen?(store: Store, clock: Clock): Promise<Store>
}

export interface Bench {
  readonly store: Store
  readonly clock: FakeClock
  /** Closes and reopens, when the store can; else leaves it as it is. */
  reopen(): Promise<void>
}

/** Makes a store for each test of the current `describe`, and closes it afterwards. */
export function useStore(fixture: StoreFixture): Bench {
  let store: Store | undefined
  let clock = createFakeClock()
  beforeEach(async () => {
    clock = createFakeClock()
    store = await fixture.create(clock)
  })
  afterEach(async () => {
    await store?.close()
    store = undefined
  })
  return {
    get store() {
      if (!store) throw new Error('useStore belongs to a describe: there is a store only within its tests')
      return store
    },
    get clock() {
      return clock
    },
    async reopen() {
      if (store && fixture.reopen) store = await fixture.reopen(store, clock)
    },
  }
}

export const TEXT: CreateOptions = { contentType: 'text/plain' }

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function records(...texts: readonly string[]): Uint8Array[] {
  return texts.map(bytes)
}

/** All records of a stream after an offset, as text. */
export async function textsOf(store: Store, id: string, after: Offset = START): Promise<string[]> {
  const texts: string[] = []
  for (let from = after; ; ) {
    const page = await store.read(id, from)
    for (const record of page.records) texts.push(new TextDecoder().decode(record.data))
    if (page.atTail) return texts
    from = page.next
  }
}

export interface Listener {
  readonly hints: StreamHint[]
  readonly stop: () => void
}

/** Collects the hints of a stream. */
export function listen(store: Store, id: string): Listener {
  const hints: StreamHint[] = []
  return { hints, stop: store.watch(id, (hint) => hints.push(hint)) }
}

/** Lets hints that are on their way arrive: a few turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
