/**
 * The subscriptions of this process: which there are, whose they are, and what wakes them.
 *
 * A stream is linked *before* the first write that the pattern means, so no kill between a write and its link can lose an event, and
 * the store need not list its streams. From then on the store's own hints tell what is new, and a slow check heals what no hint told. Runs are
 * written elsewhere, so new ones are looked for.
 */
import type { Clock } from '../../core/clock.ts'
import { SluiceError, toSluiceError } from '../../core/errors.ts'
import { START } from '../../core/offset.ts'
import type { Runs } from '../../generate/runs.ts'
import type { Observer } from '../../ports/observer.ts'
import type { Owner } from '../../ports/records.ts'
import type { Store } from '../../ports/store.ts'
import { RUNS, storeIdOf } from './place.ts'
import { meansByPattern } from './subscription-input.ts'
import { type Journal, openJournal } from './subscription-journal.ts'
import { openKeys, type SubscriptionKeys } from './subscription-keys.ts'
import { SubscriptionRefusal } from './subscription-refusal.ts'
import { findRuns } from './subscription-runs.ts'
import type { Link, SubscriptionConfig } from './subscription-state.ts'
import { createTeller } from './subscription-teller.ts'
import { createWorker, MAX_LINKS, type Worker } from './subscription-worker.ts'
import type { Webhooks } from './webhooks.ts'

/** Subscriptions of one principal. */
const MAX_SUBSCRIPTIONS = 1_000
/** How often everything is checked, in milliseconds: how long a lost hint can matter. */
const CHECK_MS = 30_000
/** How often new runs are looked for where a pattern means them, in milliseconds. */
const RUN_SCAN_MS = 2_000

export interface Subscriptions {
  /** Goes on with what an earlier process left. Everything else does it too, when it was not called. */
  start(): Promise<void>
  /** Stops timers and calls under way; what they were about is durable. May be called again. */
  close(): Promise<void>
  /** Makes the links that a write must have. `fresh`: the stream is not there yet. Call it before the write. */
  beforeWrite(owner: Owner, path: string, fresh: () => Promise<boolean>): Promise<void>
  /** @throws {SubscriptionRefusal} `SUBSCRIPTION_ALREADY_EXISTS`, `WEBHOOK_URL_REJECTED`, `LIMIT_REACHED`. */
  create(
    owner: Owner,
    id: string,
    config: SubscriptionConfig,
    origin: string,
    signal: AbortSignal,
  ): Promise<{ worker: Worker; created: boolean }>
  /** @throws {SubscriptionRefusal} `SUBSCRIPTION_NOT_FOUND`. */
  get(owner: Owner, id: string): Promise<Worker>
  /** False when there was none. */
  delete(owner: Owner, id: string): Promise<boolean>
  /** @throws {SluiceError} `not-found` for a run that is not the owner's. */
  addStreams(owner: Owner, id: string, paths: readonly string[]): Promise<void>
  keys(): Promise<SubscriptionKeys>
}

export interface SubscriptionsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly observer: Observer
  readonly runs: Pick<Runs, 'get' | 'list'>
  readonly webhooks?: Webhooks
}

export function createSubscriptions({ store, clock, observer, runs, webhooks }: SubscriptionsOptions): Subscriptions {
  /** By owner, then by id. */
  const owners = new Map<string, Map<string, Worker>>()
  const stop = new AbortController()
  let opening: Promise<Journal> | undefined
  let keysOpening: Promise<SubscriptionKeys> | undefined
  let exclusive: Promise<unknown> = Promise.resolve()
  const disarm = new Set<() => void>()

  const report = (what: string) => (thrown: unknown) => {
    if (!stop.signal.aborted) observer({ type: 'trouble', what, error: toSluiceError(thrown) })
  }

  const keys = (): Promise<SubscriptionKeys> => {
    keysOpening ??= openKeys(store).catch((error: unknown) => {
      // The next one tries again.
      keysOpening = undefined
      throw error
    })
    return keysOpening
  }

  const idOf = (owner: Owner, path: string): string => (path.startsWith(RUNS) ? path : storeIdOf(owner, path))
  const tell = createTeller({
    store,
    clock,
    keys,
    webhooks,
    idOf,
    beforeWrite: (owner, path) => beforeWrite(owner, path, async () => false),
  })

  const employ = (journal: Journal, owner: Owner, id: string): Worker => {
    const key = keyOf(owner, id)
    const state = journal.states.get(key)
    if (!state) throw new SluiceError('server', `Subscription ${id} is not in the journal.`)
    const worker = createWorker({ key, owner, id, state, store, clock, observer, journal, tell, idOf: (path) => idOf(owner, path) })
    const own = owners.get(ownerKey(owner)) ?? new Map<string, Worker>()
    owners.set(ownerKey(owner), own.set(id, worker))
    return worker
  }

  const open = async (): Promise<Journal> => {
    if (stop.signal.aborted) throw new SluiceError('unavailable', 'The server goes down.')
    opening ??= (async () => {
      const journal = await openJournal({
        store,
        onTrouble: report('The journal of the subscriptions could not be written anew; it is used on'),
      })
      for (const key of journal.states.keys()) {
        const { owner, id } = ownerOf(key)
        check(employ(journal, owner, id))
      }
      every(CHECK_MS, async () => {
        for (const worker of all()) await worker.check()
      })
      every(RUN_SCAN_MS, async () => {
        for (const worker of all()) await findRuns(worker, runs)
      })
      return journal
    })().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  const check = (worker: Worker): void => {
    worker.check().catch(report(`Subscription ${worker.id} could not be checked`))
  }

  const all = (): readonly Worker[] => [...owners.values()].flatMap((own) => [...own.values()])

  /** One round after the other, while there are subscriptions and until the end. */
  const every = (intervalMs: number, round: () => Promise<void>): void => {
    const disarmThis = clock.setTimer(intervalMs, () => {
      disarm.delete(disarmThis)
      round()
        .catch(report('A check of the subscriptions failed; the next one follows'))
        .finally(() => {
          if (!stop.signal.aborted) every(intervalMs, round)
        })
    })
    disarm.add(disarmThis)
  }

  /** Creating and deleting, one at a time: they are rare, and each looks at all there are. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = exclusive.then(work)
    exclusive = result.catch(() => {})
    return result
  }

  const find = async (owner: Owner, id: string): Promise<Worker | undefined> => {
    await open()
    return owners.get(ownerKey(owner))?.get(id)
  }

  const get = async (owner: Owner, id: string): Promise<Worker> => {
    const worker = await find(owner, id)
    if (worker) return worker
    throw new SubscriptionRefusal('SUBSCRIPTION_NOT_FOUND', 'There is no such subscription. Make it with PUT.')
  }

  const mayRead = async (owner: Owner, paths: readonly string[]): Promise<void> => {
    for (const path of paths) if (path.startsWith(RUNS)) await runs.get({ ...owner, scopes: [] }, path.slice(RUNS.length))
  }

  const checkWebhook = async (config: SubscriptionConfig, signal: AbortSignal): Promise<void> => {
    if (config.webhookUrl === undefined) return
    if (!webhooks)
      throw new SubscriptionRefusal('WEBHOOKS_UNAVAILABLE', 'This server calls no webhooks. Use a subscription of the type pull-wake.')
    const fault = await webhooks.fault(config.webhookUrl, signal)
    if (fault !== undefined) throw new SubscriptionRefusal('WEBHOOK_URL_REJECTED', fault)
  }

  const beforeWrite = async (owner: Owner, path: string, fresh: () => Promise<boolean>): Promise<void> => {
    if (stop.signal.aborted) return
    await open()
    const own = owners.get(ownerKey(owner))
    if (!own) return
    for (const worker of own.values()) {
      const link = worker.state.links.get(path)
      const meant = meansByPattern(worker.state.made.config, path)
      if (!meant && !link) continue
      if (link?.glob || !meant) {
        if (link && (await fresh())) await worker.link(path, link.explicit ? 'explicit' : 'glob', { fromStart: true })
        continue
      }
      await worker.link(path, 'glob', { fromStart: await fresh() }).catch((thrown: unknown) => {
        // A full subscription must not keep its owner from writing.
        if (!(thrown instanceof SluiceError) || (thrown.code !== 'overloaded' && thrown.code !== 'not-found')) throw thrown
        report(`Subscription ${worker.id} misses a stream`)(thrown)
      })
    }
  }

  return {
    async start() {
      await open()
    },
    async close() {
      stop.abort()
      for (const disarmOne of disarm) disarmOne()
      await Promise.allSettled([opening, exclusive])
      await Promise.all(all().map((worker) => worker.close()))
      await (await opening?.catch(() => undefined))?.settled()
    },
    beforeWrite,
    async create(owner, id, config, origin, signal) {
      const journal = await open()
      await mayRead(owner, config.streams)
      const known = owners.get(ownerKey(owner))?.get(id)
      if (!known) await checkWebhook(config, signal)
      return alone(async () => {
        const own = owners.get(ownerKey(owner))
        const worker = own?.get(id)
        if (worker) {
          if (JSON.stringify(worker.state.made.config) !== JSON.stringify(config)) {
            throw new SubscriptionRefusal(
              'SUBSCRIPTION_ALREADY_EXISTS',
              'There is a subscription of this id, made in another way. Delete it first, or take another id.',
            )
          }
          // Callbacks go where the caller knows this server now.
          if (worker.state.made.origin !== origin) await journal.keep(keyOf(owner, id), { made: { ...worker.state.made, origin } })
          return { worker, created: false }
        }
        if ((own?.size ?? 0) >= MAX_SUBSCRIPTIONS) {
          throw new SubscriptionRefusal(
            'LIMIT_REACHED',
            `There are ${MAX_SUBSCRIPTIONS} subscriptions already. Delete some that are not needed.`,
          )
        }
        const links: (readonly [string, Link])[] = []
        for (const path of config.streams) {
          const head = await store.head(idOf(owner, path))
          links.push([path, { explicit: true, glob: meansByPattern(config, path), acked: head?.head ?? START }])
        }
        await journal.keep(keyOf(owner, id), { made: { config, createdAtMs: clock.now(), origin }, links })
        const made = employ(journal, owner, id)
        check(made)
        return { worker: made, created: true }
      })
    },
    get,
    delete: (owner, id) =>
      alone(async () => {
        const worker = await find(owner, id)
        if (!worker) return false
        await worker.close()
        const own = owners.get(ownerKey(owner))
        own?.delete(id)
        if (own?.size === 0) owners.delete(ownerKey(owner))
        await (await open()).forget(keyOf(owner, id))
        return true
      }),
    async addStreams(owner, id, paths) {
      const worker = await get(owner, id)
      await mayRead(owner, paths)
      if (worker.state.links.size + paths.length > MAX_LINKS) {
        throw new SubscriptionRefusal('LIMIT_REACHED', `A subscription has at most ${MAX_LINKS} streams. Make another one for these.`)
      }
      const { wakeStream } = worker.state.made.config
      if (wakeStream !== undefined && paths.includes(wakeStream)) {
        throw new SubscriptionRefusal('INVALID_REQUEST', 'The wake stream cannot wake its own subscription: leave it out.')
      }
      for (const path of paths) await worker.link(path, 'explicit')
    },
    keys,
  }
}

function ownerKey({ tenant, user }: Owner): string {
  return JSON.stringify([tenant, user])
}

function keyOf({ tenant, user }: Owner, id: string): string {
  return JSON.stringify([tenant, user, id])
}

function ownerOf(key: string): { readonly owner: Owner; readonly id: string } {
  // Written by `keyOf`.
  const [tenant, user, id] = JSON.parse(key) as [string, string, string]
  return { owner: { tenant, user }, id }
}
