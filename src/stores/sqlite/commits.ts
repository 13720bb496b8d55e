/**
 * Group commit: everything that asked since the last turn of the event loop is one transaction. There is no timer: one writer alone is
 * committed at once, and a thousand share one commit because they all arrived while the last one ran.
 */
import { SluiceError } from '../../core/errors.ts'

export interface CommitHooks {
  begin(): void
  /** Writes what was left for the end of the transaction, and commits. */
  commit(): void
  /** Undoes the transaction and everything in memory that ran ahead of it. */
  rollback(): void
  /** What SQLite threw, as the error of whoever waited. */
  failure(thrown: unknown): SluiceError
  /** After a commit, when everyone who waited has an answer. */
  settled(): void
  /** Set while commits should be held; see sqlite/checkpoint.ts. */
  gate(): Promise<void> | undefined
}

export interface Commits {
  /** Whether nothing waits: then a read may go ahead without waiting its turn. */
  readonly idle: boolean
  /** Bytes that wait. */
  readonly waitingBytes: number
  /**
   * Runs a change in the next transaction and resolves when that is committed. A `SluiceError` thrown by `run` is the caller's own and
   * must come before its first write; anything else undoes the whole transaction.
   */
  write<T>(bytes: number, run: () => T): Promise<T>
  /** Runs a read between the changes that were asked for before and after it. */
  read<T>(run: () => T): Promise<T>
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>
}

interface Task {
  readonly writes: boolean
  readonly bytes: number
  readonly run: () => unknown
  // The promise's own functions; that the value fits is the business of `write` and `read`, which alone make tasks.
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  value: unknown
  error: SluiceError | undefined
}

/** One transaction takes no more than this, so that a flood does not hold the event loop. */
const MAX_TRANSACTION_BYTES = 8 * 1024 * 1024
const MAX_TRANSACTION_TASKS = 4096

export function createCommits(hooks: CommitHooks): Commits {
  let queue: Task[] = []
  let waitingBytes = 0
  let scheduled = false
  let drainWaiters: (() => void)[] = []

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }

  const flush = (): void => {
    const gate = hooks.gate()
    if (gate) {
      void gate.then(() => setImmediate(flush))
      return
    }
    scheduled = false
    const batch = take()
    if (queue.length > 0) schedule()
    const failure = transact(batch)
    for (const task of batch) settle(task, failure)
    if (failure === undefined) hooks.settled()
    if (queue.length === 0) {
      const waiters = drainWaiters
      drainWaiters = []
      for (const resolve of waiters) resolve()
    }
  }

  const take = (): Task[] => {
    let bytes = 0
    let count = 0
    for (const task of queue) {
      if (count > 0 && (count >= MAX_TRANSACTION_TASKS || bytes + task.bytes > MAX_TRANSACTION_BYTES)) break
      bytes += task.bytes
      count++
    }
    waitingBytes -= bytes
    if (count === queue.length) {
      const all = queue
      queue = []
      return all
    }
    return queue.splice(0, count)
  }

  /** Runs all of it; `undefined` when it is committed. */
  const transact = (batch: readonly Task[]): SluiceError | undefined => {
    try {
      hooks.begin()
      for (const task of batch) attempt(task)
      hooks.commit()
      return undefined
    } catch (thrown) {
      const failure = hooks.failure(thrown)
      hooks.rollback()
      return failure
    }
  }

  const settle = (task: Task, failure: SluiceError | undefined): void => {
    // A read has nothing to do with the failed write, but may have seen it: it is made again.
    if (failure && !task.writes) attemptAgain(task)
    const error = failure && task.writes ? failure : task.error
    if (error) task.reject(error)
    else task.resolve(task.value as never)
  }

  const attemptAgain = (task: Task): void => {
    try {
      attempt(task)
    } catch (thrown) {
      task.error = hooks.failure(thrown)
    }
  }

  const enqueue = <T>(writes: boolean, bytes: number, run: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      queue.push({ writes, bytes, run, resolve, reject, value: undefined, error: undefined })
      waitingBytes += bytes
      schedule()
    })

  return {
    get idle() {
      return queue.length === 0
    },
    get waitingBytes() {
      return waitingBytes
    },
    write: (bytes, run) => enqueue(true, bytes, run),
    read: (run) => enqueue(false, 0, run),
    drained: () =>
      new Promise((resolve) => {
        if (queue.length === 0) resolve()
        else drainWaiters.push(resolve)
      }),
  }
}

function attempt(task: Task): void {
  task.error = undefined
  try {
    task.value = task.run()
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    task.error = thrown
  }
}
