/** What is done beside the hot path, in steps of about a millisecond with a turn of the event loop between them. */
import type { DatabaseSync } from 'node:sqlite'
import type { SluiceError } from '../../core/errors.ts'
import type { Observer } from '../../ports/observer.ts'
import type { SweepResult } from '../../ports/store.ts'
import type { Blocks } from './blocks.ts'
import type { Compaction, RoundResult } from './compact.ts'
import type { Journal } from './journal.ts'

export interface MaintenanceOptions {
  readonly database: DatabaseSync
  readonly journal: Journal
  readonly blocks: Blocks
  readonly compaction: Compaction
  /** Removes some of the streams that expired, in a transaction; how many. */
  readonly expireSome: () => Promise<number>
  readonly gate: () => Promise<void> | undefined
  /** Whether writes are waiting. */
  readonly busy: () => boolean
  readonly failure: (thrown: unknown, what: string) => SluiceError
  readonly observer: Observer
  readonly maxJournalRows: number
  readonly maxJournalBytes: number
}

export interface Maintenance {
  /** Starts compacting when the journal has grown enough; cheap enough for every commit. */
  check(): void
  sweep(signal: AbortSignal | undefined): Promise<SweepResult>
  /** Ends at the next step; resolves when nothing runs any more. */
  stop(): Promise<void>
}

/**
 * Parts of the journal's bounds. From `IDLE_START` on it is packed in turns in which nobody writes, down to `IDLE_STOP`; packing costs
 * as much as appending, so a burst is left alone until the bound itself is reached, and then the journal is brought down to `LOW_WATER`.
 */
const IDLE_START = 0.2
const IDLE_STOP = 0.1
const LOW_WATER = 0.75
const BLOCKS_PER_STEP = 16

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { database, journal, blocks, compaction, observer } = options
  const selectTrash = database.prepare('SELECT stream FROM trash LIMIT 1')
  const deleteTrash = database.prepare('DELETE FROM trash WHERE stream = ?')
  let compacting: Promise<void> | undefined
  let sweeping: Promise<SweepResult> | undefined
  let stopped = false

  /** Lets everything else have a turn, and a checkpoint its moment. */
  const pause = async (): Promise<void> => {
    await new Promise<void>((resolve) => setImmediate(resolve))
    await options.gate()
  }

  /** One round of compaction; what a stop cuts short, a later one takes up. */
  const run = async (upTo: number, mayStep: () => boolean, goesOn: () => boolean): Promise<RoundResult> => {
    const round = compaction.round(upTo)
    for (;;) {
      do await pause()
      while (goesOn() && !mayStep())
      if (!goesOn()) return { moved: 0, sealed: 0 }
      const step = round.next()
      if (step.done) return step.value
    }
  }

  const exceeds = (part: number): boolean => journal.rows > options.maxJournalRows * part || journal.bytes > options.maxJournalBytes * part

  const compact = async (): Promise<void> => {
    let urgent = false
    const mayStep = (): boolean => {
      urgent = exceeds(urgent ? LOW_WATER : 1)
      return urgent || !options.busy()
    }
    try {
      while (!stopped && exceeds(IDLE_STOP)) await run(journal.newestId, mayStep, () => !stopped)
    } catch (thrown) {
      // The next commit that succeeds asks again.
      observer({ type: 'trouble', what: 'Packing the journal of the store', error: options.failure(thrown, 'Packing the journal') })
    }
  }

  /** Frees some blocks of one deleted stream; `freed` when it had no more, `nothing` when there is no such stream. */
  const emptyTrash = (): 'some' | 'freed' | 'nothing' => {
    const key = selectTrash.get()?.['stream']
    if (typeof key !== 'number') return 'nothing'
    if (blocks.removeSome(key, BLOCKS_PER_STEP) > 0) return 'some'
    deleteTrash.run(key)
    return 'freed'
  }

  const sweep = async (signal: AbortSignal | undefined): Promise<SweepResult> => {
    await compacting
    const goesOn = (): boolean => !stopped && signal?.aborted !== true
    let removed = 0
    let sealed = 0
    while (goesOn() && (await options.expireSome()) > 0) await pause()
    for (let found = ''; goesOn() && found !== 'nothing'; await pause()) {
      found = emptyTrash()
      if (found === 'freed') removed++
    }
    const upTo = journal.newestId
    for (let moved = 1; goesOn() && moved > 0; ) {
      const round = await run(upTo, () => true, goesOn)
      moved = round.moved
      sealed += round.sealed
    }
    return { removed, sealed }
  }

  return {
    check() {
      if (compacting || sweeping || stopped || !exceeds(IDLE_START)) return
      compacting = compact().finally(() => {
        compacting = undefined
      })
    },
    async sweep(signal) {
      // One at a time: a second one would only find what the first has not reached.
      while (sweeping) await sweeping.catch(() => undefined)
      sweeping = sweep(signal)
      try {
        return await sweeping
      } catch (thrown) {
        throw options.failure(thrown, 'Sweeping the store')
      } finally {
        sweeping = undefined
      }
    },
    async stop() {
      stopped = true
      await compacting
      await sweeping?.catch(() => undefined)
    },
  }
}
