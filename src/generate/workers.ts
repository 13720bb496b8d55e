/**
 * The runs that this process works on: one worker each, from its turn to its end. Here live what a run waits for (the conversation's
 * earlier run, a free slot), what can stop it (cancel, deadline, unread, handover) and its lease.
 */
import { AbortReason, abortKind, orAbort } from '../core/abort.ts'
import { type BackoffPolicy, backoffDelayMs } from '../core/backoff.ts'
import { sleep } from '../core/clock.ts'
import { toSluiceError } from '../core/errors.ts'
import type { Owner, RunRecord } from '../ports/records.ts'
import type { RunLimits } from './limits.ts'
import { type Production, produce, type RunContext } from './run.ts'
import { createSlots } from './slots.ts'

export interface WorkersOptions extends Omit<RunContext, 'shutdown'> {
  readonly limits: RunLimits
  readonly readers: (streamId: string) => readonly unknown[]
  readonly cancelUnreadAfterMs: number
}

export interface Workers {
  readonly active: { readonly queued: number; readonly running: number }
  /** Queued, running and reserved runs of one owner. */
  activeOf(owner: Owner): number
  /** Counts a run that is being created, until disposed. */
  reserve(owner: Owner): Disposable
  /** Begins to work on a run. @param takeover whether an earlier owner may have begun. */
  start(run: RunRecord, takeover: boolean): void
  /** Ends a run whose cancel is durable. */
  cancel(run: RunRecord): void
  /** Resolves when nothing more will be done here for a run; at once for one that is not worked on. */
  done(id: string): Promise<void>
  drain(timeoutMs: number): Promise<{ readonly handedOver: number }>
}

interface Worker {
  readonly run: RunRecord
  readonly stop: AbortController
  readonly done: Promise<void>
  running: boolean
  lastReadAt: number
}

/** How long a lease holds without renewal. Long enough that a busy event loop does not lose it, short enough that nobody waits long for a dead process. */
const LEASE_MS = 30_000
/** Leases are renewed, and unread runs looked for, so often. */
const TICK_MS = 10_000
const RETRY: BackoffPolicy = { baseMs: 500, maxMs: 30_000, factor: 2, jitter: 'full' }
/** How long a hand-over may take to write what is pending before the store is let go. */
const HANDOVER_MS = 5_000

export function createWorkers(options: WorkersOptions): Workers {
  const { records, clock, observer, limits } = options
  const shutdown = new AbortController()
  const context: RunContext = { ...options, shutdown: shutdown.signal }
  const holder = crypto.randomUUID()
  const slots = createSlots(limits.maxConcurrentRuns)
  const workers = new Map<string, Worker>()
  /** The newest run of each conversation that has not ended: the next one waits for it. */
  const conversations = new Map<string, Promise<unknown>>()
  const reserved = new Map<string, number>()
  let handedOver = false

  const lease = (): { holder: string; untilMs: number } => ({ holder, untilMs: clock.now() + LEASE_MS })

  const work = async (worker: Worker, takeover: boolean, turn: Promise<unknown>): Promise<void> => {
    const { run } = worker
    const signal = worker.stop.signal
    let give = (): void => {}
    let disarm = (): void => {}
    try {
      give = await place(turn, signal)
      if (abortKind(signal) === 'handover') return
      disarm = clock.setTimer(limits.runDeadlineMs, () =>
        worker.stop.abort(new AbortReason('deadline', `Run ${run.id} reached its deadline.`)),
      )
      const production = await produceUntilPossible(worker, takeover)
      if (production.result === 'ended') await report(run, production)
    } catch (thrown) {
      observer({ type: 'trouble', what: `Run ${run.id} was left unfinished; the next start takes it over`, error: toSluiceError(thrown) })
    } finally {
      disarm()
      give()
    }
  }

  /** The run's turn and a slot. A run that is stopped while it waits needs neither: it only writes its end. */
  const place = async (turn: Promise<unknown>, signal: AbortSignal): Promise<() => void> => {
    try {
      await orAbort(turn, signal)
      return await slots.take(signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
      return () => {}
    }
  }

  /** Storage that does not answer is tried again, each time as a takeover of what the last try left. */
  const produceUntilPossible = async (worker: Worker, takeover: boolean): Promise<Production> => {
    const { run, stop } = worker
    for (let retry = 1; ; retry++) {
      try {
        if (!(await claim(worker, takeover))) return { result: 'handed-over' }
        return await produce(context, run, stop.signal, takeover || retry > 1)
      } catch (thrown) {
        const error = toSluiceError(thrown)
        if (!error.retryable || shutdown.signal.aborted) throw error
        observer({ type: 'trouble', what: `Run ${run.id} cannot be worked on now; trying again`, error })
        await sleep(clock, backoffDelayMs(RETRY, retry), shutdown.signal)
      }
    }
  }

  const claim = async (worker: Worker, takeover: boolean): Promise<boolean> => {
    const { run } = worker
    const now = clock.now()
    if (!(await records.claimRun(run.id, lease(), now))) return false
    if (!worker.running) observer({ type: 'run-started', runId: run.id, model: run.model, queuedMs: now - run.createdAt, takeover })
    worker.running = true
    return true
  }

  const report = async (run: RunRecord, production: Extract<Production, { result: 'ended' }>): Promise<void> => {
    const ended = await records.getRun(run.id)
    const now = clock.now()
    const outputTokens = ended?.usage?.outputTokens
    observer({
      type: 'run-ended',
      runId: run.id,
      model: run.model,
      outcome: production.outcome,
      durationMs: now - (ended?.startedAt ?? run.createdAt),
      ...(outputTokens === undefined ? {} : { outputTokens }),
      ...(ended?.error === undefined ? {} : { code: ended.error.code }),
    })
    if (production.outcome === 'cancelled' && ended?.cancelRequestedAt !== undefined) {
      observer({ type: 'cancelled', runId: run.id, latencyMs: now - ended.cancelRequestedAt })
    }
  }

  const start = (run: RunRecord, takeover: boolean): void => {
    // What comes too late for the hand-over is durable and waits for the next owner.
    if (handedOver || workers.has(run.id)) return
    const stop = new AbortController()
    const turn = (run.conversationId !== undefined && conversations.get(run.conversationId)) || Promise.resolve()
    const gate = Promise.withResolvers<void>()
    const worker: Worker = {
      run,
      stop,
      running: false,
      lastReadAt: clock.monotonic(),
      done: gate.promise.then(() => work(worker, takeover, turn)),
    }
    workers.set(run.id, worker)
    worker.done.finally(() => workers.delete(run.id))
    if (run.conversationId !== undefined) followInConversation(run.conversationId, Promise.all([turn, worker.done]))
    if (run.cancelRequestedAt !== undefined) abortForCancel(worker)
    gate.resolve()
  }

  /** `over`: the run and all that it waited for. A run that was cancelled while it waited ends before those, and the next one must not. */
  const followInConversation = (conversationId: string, over: Promise<unknown>): void => {
    conversations.set(conversationId, over)
    over.finally(() => {
      if (conversations.get(conversationId) === over) conversations.delete(conversationId)
    })
  }

  const abortForCancel = (worker: Worker): void => worker.stop.abort(new AbortReason('cancel', `Run ${worker.run.id} was cancelled.`))

  const renew = async (worker: Worker): Promise<void> => {
    try {
      if (await records.claimRun(worker.run.id, lease(), clock.now())) return
      if (workers.has(worker.run.id)) worker.stop.abort(new AbortReason('handover', `Run ${worker.run.id} has another owner.`))
    } catch (thrown) {
      observer({ type: 'trouble', what: `The lease of run ${worker.run.id} could not be renewed`, error: toSluiceError(thrown) })
    }
  }

  /** Cancels what nobody has read for too long (SPEC RN2). */
  const checkReaders = async (worker: Worker): Promise<void> => {
    const now = clock.monotonic()
    if (options.readers(worker.run.streamId).length > 0) worker.lastReadAt = now
    if (now - worker.lastReadAt < options.cancelUnreadAfterMs) return
    try {
      await records.requestCancel(worker.run.id, worker.run.owner, clock.now())
      abortForCancel(worker)
    } catch (thrown) {
      observer({ type: 'trouble', what: `Run ${worker.run.id}, which nobody reads, could not be cancelled`, error: toSluiceError(thrown) })
    }
  }

  let disarmTick = (): void => {}
  const tick = (): void => {
    disarmTick = clock.setTimer(options.cancelUnreadAfterMs > 0 ? Math.min(TICK_MS, options.cancelUnreadAfterMs) : TICK_MS, () => {
      for (const worker of workers.values()) {
        if (worker.running) renew(worker)
        if (options.cancelUnreadAfterMs > 0) checkReaders(worker)
      }
      tick()
    })
  }
  tick()

  const all = (): Promise<unknown> => Promise.allSettled([...workers.values()].map((worker) => worker.done))

  return {
    get active() {
      let running = 0
      for (const worker of workers.values()) if (worker.running) running += 1
      return { queued: workers.size - running, running }
    },
    activeOf(owner) {
      let count = reserved.get(ownerKey(owner)) ?? 0
      for (const { run } of workers.values()) if (ownerKey(run.owner) === ownerKey(owner)) count += 1
      return count
    },
    reserve(owner) {
      const key = ownerKey(owner)
      reserved.set(key, (reserved.get(key) ?? 0) + 1)
      return {
        [Symbol.dispose]() {
          const left = (reserved.get(key) ?? 1) - 1
          if (left === 0) reserved.delete(key)
          else reserved.set(key, left)
        },
      }
    },
    start,
    cancel(run) {
      start(run, true)
      const worker = workers.get(run.id)
      if (worker) abortForCancel(worker)
    },
    async done(id) {
      await workers.get(id)?.done
    },
    async drain(timeoutMs) {
      const timeout = Promise.withResolvers<void>()
      const disarm = clock.setTimer(timeoutMs, timeout.resolve)
      await Promise.race([all(), timeout.promise])
      disarm()
      handedOver = true
      const left = workers.size
      for (const worker of workers.values()) worker.stop.abort(new AbortReason('handover', 'This process goes down.'))
      const disarmHandover = clock.setTimer(HANDOVER_MS, () =>
        shutdown.abort(new AbortReason('handover', 'This process goes down and its store does not answer.')),
      )
      await all()
      disarmHandover()
      disarmTick()
      shutdown.abort(new AbortReason('handover', 'This process goes down.'))
      return { handedOver: left }
    },
  }
}

function ownerKey(owner: Owner): string {
  return JSON.stringify([owner.tenant, owner.user])
}
