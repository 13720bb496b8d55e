/**
 * The subscriptions' memory: a stream of the store itself, under an id that no address reaches, to which every change is added before it
 * takes effect. When it holds much that later changes made void it is written anew, under the next number; the index names the one in force.
 * One process at a time uses it, the one that owns the store.
 */
import { SluiceError } from '../../core/errors.ts'
import { START } from '../../core/offset.ts'
import type { Store } from '../../ports/store.ts'
import { begin, type Change, evolve, type SubscriptionState } from './subscription-state.ts'

/** Ids of the store that begin with it are this file's and `subscription-keys.ts`'s. */
export const INTERNAL = 'subscriptions/'
const INDEX = `${INTERNAL}index`
const CONTENT_TYPE = 'application/json'

/** Changes that are kept at least before the journal is written anew. */
const MIN_CHANGES = 2_000
/** Written anew when it has so many times the changes that would do. */
const WASTE = 4
/** Links in one record, and bytes in one append, of a journal that is written anew. */
const LINKS_PER_RECORD = 200
const APPEND_BYTES = 1024 * 1024

export interface Journal {
  /** By key. Only the journal changes them. */
  readonly states: ReadonlyMap<string, SubscriptionState>
  /** Keeps a change, then makes it. @throws {SluiceError} `storage-*`; nothing is changed then. */
  keep(key: string, change: Change): Promise<SubscriptionState>
  /** Forgets a subscription. */
  forget(key: string): Promise<void>
  /** Waits for what is under way. */
  settled(): Promise<void>
}

interface Entry {
  readonly key: string
  /** `null`: forget it. */
  readonly change: Change | null
}

export interface JournalOptions {
  readonly store: Store
  /** Default 2,000; tests take fewer. */
  readonly minChanges?: number
  readonly onTrouble: (error: unknown) => void
}

/** Reads the journal, or begins one. */
export async function openJournal({ store, minChanges = MIN_CHANGES, onTrouble }: JournalOptions): Promise<Journal> {
  const states = new Map<string, SubscriptionState>()
  const underWay = new Set<Promise<unknown>>()
  let written = 0
  /** Changes at which it is looked whether they are too many. */
  let tooMany = minChanges
  let rewriting: Promise<void> | undefined

  const apply = ({ key, change }: Entry): void => {
    if (change === null) states.delete(key)
    else {
      const known = states.get(key) ?? (change.made && begin(change.made))
      // A change of what was forgotten meanwhile is void.
      if (!known) return
      states.set(key, known)
      evolve(known, change)
    }
  }

  let number = 1
  if ((await store.head(INDEX)) !== undefined) {
    for await (const value of values(store, INDEX)) number = Number(value)
    await store.create(journalId(number), { contentType: CONTENT_TYPE })
    for await (const value of values(store, journalId(number))) {
      // Written by this file, in this form.
      apply(value as Entry)
      written++
    }
  }

  /** Made with the first change: a store without subscriptions has no trace of them. */
  let made = written > 0
  const make = async (): Promise<void> => {
    await store.create(INDEX, { contentType: CONTENT_TYPE, records: [encode(1)] })
    await store.create(journalId(number), { contentType: CONTENT_TYPE })
    made = true
  }

  const add = async (entry: Entry): Promise<void> => {
    if (!made) await make()
    while (rewriting) await rewriting
    const write = store.append(journalId(number), [encode(entry)]).then((appended) => {
      if (appended.result !== 'appended') {
        throw new SluiceError(
          'conflict',
          `The journal of the subscriptions does not take changes (${appended.result}). Restart the server.`,
        )
      }
      apply(entry)
      written++
    })
    underWay.add(write)
    try {
      await write
    } finally {
      underWay.delete(write)
    }
    if (rewriting || written <= tooMany) return
    const needed = [...states.values()].reduce((sum, { links }) => sum + 1 + links.size / LINKS_PER_RECORD, 0)
    tooMany = Math.max(minChanges, needed * WASTE)
    if (written > tooMany) {
      rewriting = rewrite()
        .catch(onTrouble)
        .finally(() => {
          rewriting = undefined
        })
    }
  }

  /** Everything as it is now, under the next number. Only the index's record makes it count. */
  const rewrite = async (): Promise<void> => {
    await Promise.allSettled(underWay)
    const next = number + 1
    // A number that a crash left behind is begun anew.
    await store.delete(journalId(next))
    await store.create(journalId(next), { contentType: CONTENT_TYPE })
    let count = 0
    for (const batch of batches(snapshot(states))) {
      await store.append(journalId(next), batch)
      count += batch.length
    }
    await store.append(INDEX, [encode(next)])
    const old = number
    number = next
    written = count
    await store.delete(journalId(old))
  }

  return {
    states,
    async keep(key, change) {
      await add({ key, change })
      const state = states.get(key)
      if (!state)
        throw new SluiceError('not-found', 'The subscription was deleted meanwhile.', { safeMessage: 'There is no such subscription.' })
      return state
    },
    forget: (key) => add({ key, change: null }),
    async settled() {
      await Promise.allSettled(underWay)
      await rewriting
    },
  }
}

function journalId(number: number): string {
  return `${INTERNAL}journal/${number}`
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

/** The values of a stream of JSON records. */
async function* values(store: Store, id: string): AsyncGenerator<unknown> {
  let after = START
  for (;;) {
    const { records, next, atTail } = await store.read(id, after)
    for (const { data } of records) yield JSON.parse(decoder.decode(data))
    if (atTail) return
    after = next
  }
}

function* snapshot(states: ReadonlyMap<string, SubscriptionState>): Generator<Uint8Array> {
  for (const [key, { made, wake, generation, links }] of states) {
    const one = (change: Change): Uint8Array => encode({ key, change } satisfies Entry)
    yield one({ made, generation, wake: wake ?? null })
    const all = [...links]
    for (let at = 0; at < all.length; at += LINKS_PER_RECORD) yield one({ links: all.slice(at, at + LINKS_PER_RECORD) })
  }
}

function* batches(records: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for (const record of records) {
    batch.push(record)
    bytes += record.byteLength
    if (bytes < APPEND_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
