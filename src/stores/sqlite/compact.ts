/**
 * Compaction: moves the oldest rows of the journal into sealed blocks, stream by stream. Records are repacked, never merged or renumbered, so
 * offsets stay. Working from the oldest end makes both sides cheap: rows are read and deleted in one range, and what a stream loses
 * is always the beginning of its index.
 */
import type { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../../core/errors.ts'
import type { Blocks } from './blocks.ts'
import type { Journal, JournalRow } from './journal.ts'
import { pack, unpack } from './pack.ts'

/** Rows of one step, which is about a millisecond. */
const STEP_ROWS = 512
/** Bytes of one step, unless its first row alone has more. */
const STEP_BYTES = 1024 * 1024
/** A block takes no further records beyond this. */
const MAX_BLOCK_BYTES = 256 * 1024
/** A stream's newest block with fewer bytes is packed anew with what follows, so that slow streams do not end as a block per record. */
const SMALL_BLOCK_BYTES = 16 * 1024

export interface Compaction {
  /**
   * Packs some of the oldest rows, up to row `upTo`, in one transaction of its own.
   * @returns how many rows it moved, and how many closed streams are now wholly in blocks.
   */
  step(upTo: number): { readonly moved: number; readonly sealed: number }
}

export function createCompaction(database: DatabaseSync, journal: Journal, blocks: Blocks): Compaction {
  const selectClosed = database.prepare('SELECT closed FROM streams WHERE key = ?')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')

  const oldest = (upTo: number): JournalRow[] => {
    const rows = journal.oldest(STEP_ROWS)
    let bytes = 0
    let count = 0
    for (const row of rows) {
      bytes += row.data.byteLength
      if (row.id > upTo || (count > 0 && bytes > STEP_BYTES)) break
      count++
    }
    return rows.slice(0, count)
  }

  /** Whether the stream is closed and has nothing left in the journal. */
  const moveStream = (key: number, rows: readonly JournalRow[]): boolean => {
    const stream = selectClosed.get(key)
    // Deleted meanwhile: its rows go with the others.
    if (stream === undefined) return false
    let pending: Pending = { last: 0, records: [], bytes: 0 }
    const writePending = (): void => {
      if (pending.records.length > 0) blocks.add(key, pending.last, pack(key, pending.last, pending.records))
      pending = { last: 0, records: [], bytes: 0 }
    }
    const small = blocks.newestBelow(key, SMALL_BLOCK_BYTES)
    if (small && take(key, small.last, small.data.slice(), pending)) blocks.remove(small.id)
    for (const row of rows) {
      if (pending.bytes + row.data.byteLength > MAX_BLOCK_BYTES) writePending()
      if (take(key, row.last, row.data, pending)) continue
      // Damaged: it keeps its place and its bytes, so that reading it says so and nothing else is lost.
      writePending()
      blocks.add(key, row.last, row.data)
    }
    writePending()
    return stream['closed'] === 1 && journal.tail(key)?.ids.length === rows.length
  }

  return {
    step(upTo) {
      const rows = oldest(upTo)
      const newest = rows.at(-1)
      if (newest === undefined) return { moved: 0, sealed: 0 }
      let sealed = 0
      begin.run()
      try {
        for (const [key, own] of Map.groupBy(rows, (row) => row.stream)) if (moveStream(key, own)) sealed++
        journal.deleteUpTo(newest.id)
        commit.run()
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
      journal.deleted(rows)
      return { moved: rows.length, sealed }
    },
  }
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
