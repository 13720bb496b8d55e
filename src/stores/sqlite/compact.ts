/**
 * Compaction: moves the oldest rows of the journal into sealed blocks, stream by stream. Records are repacked, never merged or
 * renumbered, so offsets stay.
 *
 * A round takes many rows at once, so that a block gets many records of its stream also when hundreds of streams take turns; its work is cut
 * into steps of about a millisecond. First blocks are written, then rows deleted, in transactions of their own: a crash between them
 * leaves rows that a block has too, and the next round drops those.
 */
import type { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../../core/errors.ts'
import type { Block, Blocks } from './blocks.ts'
import type { Journal, JournalRow } from './journal.ts'
import { pack, unpack } from './pack.ts'

/** Rows of one round, and their bytes unless a single step has more: what a round holds in memory. */
const ROUND_ROWS = 16_384
const ROUND_BYTES = 4 * 1024 * 1024
/** Rows that one step reads or deletes, and bytes that it writes. */
const STEP_ROWS = 512
const STEP_BYTES = 128 * 1024
/** A block takes no further records beyond this. */
const MAX_BLOCK_BYTES = 256 * 1024
/** A newest block with fewer bytes is packed anew with what follows, so that a slow stream does not end as a block per record. */
const SMALL_BLOCK_BYTES = 2 * 1024

export interface RoundResult {
  /** Rows that left the journal. */
  readonly moved: number
  /** Closed streams that are now wholly in blocks. */
  readonly sealed: number
}

export interface Compaction {
  /** One round over the oldest rows, up to row `upTo`. Let others have a turn at each `yield`; one round at a time. */
  round(upTo: number): Generator<void, RoundResult>
}

/** @param onWritten told of each commit's bytes. */
export function createCompaction(database: DatabaseSync, journal: Journal, blocks: Blocks, onWritten: (bytes: number) => void): Compaction {
  const selectClosed = database.prepare('SELECT closed FROM streams WHERE key = ?')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')

  const transact = (run: () => void): void => {
    begin.run()
    try {
      run()
      commit.run()
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  /** Writes the blocks for some rows of a stream. */
  const writeBlocks = (key: number, rows: readonly JournalRow[]): void => {
    const newestSeq = blocks.newestSeq(key)
    let pending: Pending = { last: 0, records: [], bytes: 0 }
    const writePending = (): void => {
      if (pending.records.length > 0) blocks.add(key, pending.last, pack(key, pending.last, pending.records))
      pending = { last: 0, records: [], bytes: 0 }
    }
    const small: Block | undefined = newestSeq > 0 ? blocks.newestBelow(key, SMALL_BLOCK_BYTES) : undefined
    if (small && take(key, small.last, small.data, pending)) blocks.remove(small.id)
    for (const row of rows) {
      // In a block already, since a round that a crash cut short.
      if (row.last <= newestSeq) continue
      if (pending.bytes + row.data.byteLength > MAX_BLOCK_BYTES) writePending()
      if (take(key, row.last, row.data, pending)) continue
      // Damaged: it keeps its place and its bytes, so that reading it says so and nothing else is lost.
      writePending()
      blocks.add(key, row.last, row.data)
    }
    writePending()
  }

  function* gather(upTo: number): Generator<void, JournalRow[]> {
    const rows: JournalRow[] = []
    let bytes = 0
    for (let after = 0; rows.length < ROUND_ROWS && bytes < ROUND_BYTES; ) {
      const step = journal.oldest(after, upTo, STEP_ROWS)
      for (const row of step) {
        rows.push(row)
        bytes += row.data.byteLength
      }
      after = rows.at(-1)?.id ?? 0
      if (step.length < STEP_ROWS) break
      yield
    }
    return rows
  }

  return {
    *round(upTo) {
      const rows = yield* gather(upTo)
      let sealed = 0
      const groups: Group[] = []
      for (const group of Map.groupBy(rows, (row) => row.stream)) {
        if (selectClosed.get(group[0]) !== undefined) {
          groups.push(group)
          continue
        }
        // What deleted streams left goes first, one row at a time: on a full disk it makes the room that the blocks need.
        for (const step of inSteps(group[1])) {
          transact(() => journal.delete(step))
          journal.dropped(step)
          yield
        }
      }
      for (let next = 0; next < groups.length; ) {
        const moved: Group[] = []
        let bytes = 0
        transact(() => {
          for (; next < groups.length && bytes < STEP_BYTES; next++) {
            const group = groups[next]
            const stream = group && selectClosed.get(group[0])
            // Deleted since it was looked at: its rows are deleted with the others below.
            if (!group || !stream) continue
            writeBlocks(...group)
            moved.push(group)
            for (const row of group[1]) bytes += row.data.byteLength
            if (stream['closed'] === 1 && journal.tail(group[0])?.ids.length === group[1].length) sealed++
          }
        })
        for (const [key, own] of moved) journal.forgetRows(key, own.length)
        onWritten(bytes)
        yield
      }
      for (const step of inSteps(groups.flatMap(([, own]) => own).sort((a, b) => a.id - b.id))) {
        journal.deleteOldest(step)
        yield
      }
      return { moved: rows.length, sealed }
    },
  }
}

type Group = readonly [key: number, rows: readonly JournalRow[]]

function* inSteps(rows: readonly JournalRow[]): Generator<readonly JournalRow[]> {
  for (let from = 0; from < rows.length; from += STEP_ROWS) yield rows.slice(from, from + STEP_ROWS)
}

interface Pending {
  last: number
  readonly records: Uint8Array[]
  bytes: number
}

/** Adds the records of a pack to `pending`; false when the pack is damaged. */
function take(key: number, last: number, data: Uint8Array, pending: Pending): boolean {
  try {
    const { count, record } = unpack(key, last, data, () => 'A pack')
    for (let index = 0; index < count; index++) pending.records.push(record(index))
    pending.last = last
    pending.bytes += data.byteLength
    return true
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'storage-corrupt') return false
    throw error
  }
}
