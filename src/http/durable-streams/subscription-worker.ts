/** One subscription at work: its inputs one after the other, its timer, its watches, and the telling of its wakes. */
import { linkAbort } from '../../core/abort.ts'
import { type BackoffPolicy, backoffDelayMs } from '../../core/backoff.ts'
import type { Clock } from '../../core/clock.ts'
import { SluiceError, toSluiceError } from '../../core/errors.ts'
import { START } from '../../core/offset.ts'
import type { Observer } from '../../ports/observer.ts'
import type { Owner } from '../../ports/records.ts'
import type { Store, StreamHint } from '../../ports/store.ts'
import { decide, type Input } from './subscription-core.ts'
import type { Journal } from './subscription-journal.ts'
import { type Change, dueMs, type Link, type SubscriptionState, see, type Wake } from './subscription-state.ts'
import type { Teller } from './subscription-teller.ts'

/** Doubling from 1 s to 60 s, of which a fifth is left to chance. */
const RETRY: BackoffPolicy = { baseMs: 1_000, maxMs: 60_000, factor: 2, jitter: 'none' }
const JITTER = 0.2
/** Links of one subscription. Where the room is full, found ones without work make way; they come back with the next append. */
export const MAX_LINKS = 10_000

export interface WorkerOptions {
  readonly key: string
  readonly owner: Owner
  readonly id: string
  readonly state: SubscriptionState
  readonly store: Store
  readonly clock: Clock
  readonly observer: Observer
  readonly journal: Pick<Journal, 'keep'>
  readonly tell: Teller
  /** The store's id of a stream, by its name. */
  readonly idOf: (path: string) => string
}

export interface Worker {
  readonly owner: Owner
  readonly id: string
  readonly state: SubscriptionState
  /** Makes a step when those before it are made. @throws {SubscriptionRefusal}, `storage-*`. */
  act<T = void>(input: Input, then?: (state: SubscriptionState) => T): Promise<T>
  /** Links a stream from where it ends now. */
  link(path: string, how: 'explicit' | 'glob', options?: { readonly fromStart?: boolean }): Promise<void>
  /** Looks at these streams, by default all, and goes on with what is due. */
  check(paths?: Iterable<string>): Promise<void>
  /** Stops; what is under way is given up. May be called again. */
  close(): Promise<void>
}

export function createWorker({ key, owner, id, state, store, clock, observer, journal, tell, idOf }: WorkerOptions): Worker {
  const life = new AbortController()
  const watches = new Map<string, () => void>()
  const telling = new Map<string, Promise<void>>()
  let last: Promise<unknown> = Promise.resolve()
  let looking = false
  let disarm = (): void => {}

  const report = (thrown: unknown): void => {
    if (life.signal.aborted) return
    observer({ type: 'trouble', what: `Subscription ${id} stumbled; it goes on with the next check`, error: toSluiceError(thrown) })
  }

  const serial = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(() => {
      if (life.signal.aborted) throw new SluiceError('not-found', `Subscription ${id} was deleted, or the server goes down.`)
      return work()
    })
    // For the order only; whoever asked is told.
    last = result.catch(() => {})
    return result
  }

  const step = async (input: Input): Promise<void> => {
    const { change, tell: wake } = decide(state, input, { nowMs: clock.now(), wakeId: `w_${crypto.randomUUID()}` })
    if (change) await journal.keep(key, change)
    if (life.signal.aborted) return
    follow(change)
    arm()
    if (wake) startTelling(wake)
  }

  const follow = (change: Change | undefined): void => {
    for (const [path, link] of change?.links ?? []) watchLink(path, link)
  }

  const watchLink = (path: string, link: Link | null): void => {
    if (link === null) {
      watches.get(path)?.()
      watches.delete(path)
    } else if (!watches.has(path))
      watches.set(
        path,
        store.watch(idOf(path), (hint) => hear(path, hint)),
      )
  }

  const hear = (path: string, hint: StreamHint): void => {
    if (hint.deleted) background(() => refresh(path))
    else if (see(state, path, hint.head) && !state.wake) look()
  }

  const background = (work: () => Promise<void>): void => {
    serial(work).catch(report)
  }

  const look = (): void => {
    if (looking) return
    looking = true
    background(() => {
      looking = false
      return step({ type: 'look' })
    })
  }

  const arm = (): void => {
    disarm()
    const due = dueMs(state)
    disarm = due === undefined ? () => {} : clock.setTimer(Math.max(0, due - clock.now()), look)
  }

  /** What is known of a stream becomes what is. */
  const refresh = async (path: string): Promise<void> => {
    const link = state.links.get(path)
    if (!link) return
    const head = await headOf(store, idOf(path))
    if (head !== undefined && head >= link.acked) {
      see(state, path, head)
      return
    }
    // It is gone, or was made anew where nobody could tell: what was acknowledged is of another stream.
    state.tails.set(path, head ?? START)
    await step({ type: 'reset', path })
    if (head === undefined) await step({ type: 'unlink', path, how: 'glob' })
  }

  const startTelling = (wake: Wake): void => {
    if (telling.has(wake.id)) return
    const told = tellOnce(wake)
      .catch(report)
      .finally(() => telling.delete(wake.id))
    telling.set(wake.id, told)
  }

  const tellOnce = async (wake: Wake): Promise<void> => {
    using link = linkAbort(life.signal)
    let outcome: Input
    try {
      const done = await tell({ owner, id, state, wake, signal: link.signal })
      outcome = { type: 'told', wakeId: wake.id, ...(done ? { done } : {}) }
    } catch (thrown) {
      if (life.signal.aborted) return
      const delayMs = backoffDelayMs(RETRY, wake.failures + 1) * (1 - JITTER * Math.random())
      outcome = { type: 'untold', wakeId: wake.id, retryAtMs: Math.ceil(clock.now() + delayMs) }
      observer({ type: 'trouble', what: `Subscription ${id} could not tell its wake; it tries again`, error: toSluiceError(thrown) })
    }
    await serial(() => {
      // From here on the same wake may be told again.
      telling.delete(wake.id)
      return step(outcome)
    })
  }

  for (const [path, link] of state.links) watchLink(path, link)

  return {
    owner,
    id,
    state,
    act: <T>(input: Input, then?: (now: SubscriptionState) => T) =>
      serial(async () => {
        if (input.type === 'ack') {
          // A hint may be later than the worker that has read the record.
          for (const { path, offset } of input.acks) if (offset > (state.tails.get(path) ?? START)) await refresh(path)
        }
        await step(input)
        return then?.(state) as T
      }),
    link: (path, how, { fromStart = false } = {}) =>
      serial(async () => {
        const known = state.links.get(path)
        if (known?.[how] && !fromStart) return
        if (!known && state.links.size >= MAX_LINKS) await makeRoom(state, id, step)
        const head = fromStart ? START : ((await headOf(store, idOf(path))) ?? START)
        if (!known || fromStart) state.tails.set(path, head)
        if (known && fromStart) await step({ type: 'reset', path })
        await step({ type: 'link', path, at: head, how })
      }),
    check: (paths) =>
      serial(async () => {
        for (const path of [...(paths ?? state.links.keys())]) await refresh(path)
        await step({ type: 'look' })
        const { wake } = state
        // Nobody tells it: the process that did is gone, or its result could not be kept.
        if (wake?.phase === 'telling' && wake.retryAtMs === undefined) startTelling(wake)
      }),
    async close() {
      life.abort(new SluiceError('unavailable', `Subscription ${id} stops.`))
      disarm()
      for (const unwatch of watches.values()) unwatch()
      watches.clear()
      await Promise.allSettled([last, ...telling.values()])
    },
  }
}

async function makeRoom(state: SubscriptionState, id: string, step: (input: Input) => Promise<void>): Promise<void> {
  for (const [path, { explicit }] of state.links) {
    if (!explicit && !state.pending.has(path)) return step({ type: 'unlink', path, how: 'glob' })
  }
  throw new SluiceError(
    'overloaded',
    `Subscription ${id} has work in ${MAX_LINKS} streams; further ones cannot be linked until some is done.`,
  )
}

/** Where a stream ends; `undefined` when there is none. */
async function headOf(store: Store, id: string): Promise<string | undefined> {
  try {
    return (await store.head(id))?.head
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'gone') return undefined
    throw thrown
  }
}
