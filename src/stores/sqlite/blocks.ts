/** Sealed blocks: finished parts of streams, a few hundred records each. */
import type { DatabaseSync } from 'node:sqlite'

export interface Block {
  readonly id: number
  readonly last: number
  readonly data: Uint8Array
}

export interface Blocks {
  /** The block with record `seq`, or the next later one. */
  find(key: number, seq: number): Block | undefined
  /** Seq of the newest record in blocks; 0 when there is none. */
  newestSeq(key: number): number
  /** The newest block, when it has fewer bytes than this. */
  newestBelow(key: number, bytes: number): Block | undefined
  add(key: number, last: number, data: Uint8Array): void
  remove(id: number): void
  /** Removes up to `count` blocks of a stream; how many there were. */
  removeSome(key: number, count: number): number
}

export function createBlocks(database: DatabaseSync): Blocks {
  const selectFrom = database.prepare('SELECT id, last, data FROM blocks WHERE stream = ? AND last >= ? ORDER BY last LIMIT 1')
  const selectNewest = database.prepare('SELECT max(last) AS last FROM blocks WHERE stream = ?')
  const selectSmall = database.prepare('SELECT id, last, data FROM blocks WHERE stream = ? AND last = ? AND length(data) < ?')
  const insert = database.prepare('INSERT INTO blocks (stream, last, data) VALUES (?, ?, ?)')
  const deleteOne = database.prepare('DELETE FROM blocks WHERE id = ?')
  const deleteSome = database.prepare('DELETE FROM blocks WHERE id IN (SELECT id FROM blocks WHERE stream = ? LIMIT ?)')

  const newestSeq = (key: number): number => Number(selectNewest.get(key)?.['last'] ?? 0)
  return {
    // The columns are STRICT: SQLite itself vouches for their types, here and below.
    find: (key, seq) => selectFrom.get(key, seq) as Block | undefined,
    newestSeq,
    newestBelow: (key, bytes) => selectSmall.get(key, newestSeq(key), bytes) as Block | undefined,
    add(key, last, data) {
      insert.run(key, last, data)
    },
    remove(id) {
      deleteOne.run(id)
    },
    removeSome: (key, count) => Number(deleteSome.run(key, count).changes),
  }
}
