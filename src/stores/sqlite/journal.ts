/**
 * The journal: appends in the order in which they arrived, and where those of each stream are. The index lives in memory and is
 * rebuilt from the journal at open; it is bounded because the journal is (see compact.ts).
 */
import type { DatabaseSync } from 'node:sqlite'

/** The part of one stream that is in the journal, oldest first. */
export interface Tail {
  readonly ids: number[]
  /** Seq of the last record of each row. */
  readonly lasts: number[]
}

export interface JournalRow {
  readonly id: number
  readonly stream: number
  readonly last: number
  readonly data: Uint8Array
}

export interface Journal {
  readonly rows: number
  readonly bytes: number
  /** Id of the newest committed row. */
  readonly newestId: number
  tail(key: number): Tail | undefined
  /** As `tail`, made when there is none. */
  openTail(key: number): Tail
  /** Adds a row to a transaction that the caller has begun; `committed` or `rolledBack` must follow. */
  add(tail: Tail, key: number, last: number, data: Uint8Array): void
  committed(): void
  rolledBack(): void
  /** What these rows hold, up to the first that is missing. Ids rise. */
  read(ids: readonly number[]): readonly Uint8Array[]
  /** The oldest rows after row `after`, up to row `upTo`. */
  oldest(after: number, upTo: number, maxRows: number): JournalRow[]
  /** Takes the oldest rows of a stream out of the index, because they are in blocks now. */
  forgetRows(key: number, count: number): void
  /** Deletes rows that are the oldest and that nothing needs any more, in one statement. */
  deleteOldest(rows: readonly JournalRow[]): void
  /** Deletes any rows, in a transaction of the caller; `dropped` must follow when it is committed. */
  delete(rows: readonly JournalRow[]): void
  dropped(rows: readonly JournalRow[]): void
  /** Forgets a stream that is gone; its rows stay until they are the oldest. */
  forget(key: number): void
}

/** The columns are STRICT: SQLite itself vouches for their types. */
type DataRow = readonly [id: number, data: Uint8Array]

export function createJournal(database: DatabaseSync): Journal {
  const insert = database.prepare('INSERT INTO journal (id, stream, last, data) VALUES (?, ?, ?, ?)')
  const select = database.prepare('SELECT id, data FROM journal WHERE id = ?')
  // One statement for many rows costs a quarter of one for each.
  const selectMany = database.prepare('SELECT id, data FROM journal WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id')
  for (const statement of [select, selectMany]) statement.setReturnArrays(true)
  const selectOldest = database.prepare('SELECT id, stream, last, data FROM journal WHERE id > ? AND id <= ? ORDER BY id LIMIT ?')
  const deleteRow = database.prepare('DELETE FROM journal WHERE id = ?')
  const deleteRows = database.prepare('DELETE FROM journal WHERE id <= ?')

  const tails = new Map<number, Tail>()
  let newestId = 0
  let rows = 0
  let bytes = 0
  /** What the transaction under way has added. */
  let added: Tail[] = []
  let addedBytes = 0

  const openTail = (key: number): Tail => {
    let tail = tails.get(key)
    if (tail === undefined) {
      tail = { ids: [], lasts: [] }
      tails.set(key, tail)
    }
    return tail
  }

  const dropped = (gone: readonly JournalRow[]): void => {
    rows -= gone.length
    for (const row of gone) bytes -= row.data.byteLength
  }

  const scan = database.prepare('SELECT id, stream, last, length(data) FROM journal ORDER BY id')
  scan.setReturnArrays(true)
  // Rows come as arrays then, which the type of iterate() does not know; an object per row would double the time of a start.
  for (const row of scan.iterate() as Iterable<unknown> as Iterable<[number, number, number, number]>) {
    const tail = openTail(row[1])
    tail.ids.push(row[0])
    tail.lasts.push(row[2])
    newestId = row[0]
    rows++
    bytes += row[3]
  }

  return {
    get rows() {
      return rows
    },
    get bytes() {
      return bytes
    },
    get newestId() {
      return newestId
    },
    tail: (key) => tails.get(key),
    openTail,
    add(tail, key, last, data) {
      const id = newestId + added.length + 1
      insert.run(id, key, last, data)
      tail.ids.push(id)
      tail.lasts.push(last)
      added.push(tail)
      addedBytes += data.byteLength
    },
    committed() {
      newestId += added.length
      rows += added.length
      bytes += addedBytes
      added = []
      addedBytes = 0
    },
    rolledBack() {
      for (const tail of added) {
        tail.ids.pop()
        tail.lasts.pop()
      }
      added = []
      addedBytes = 0
    },
    read(ids) {
      const [first] = ids
      const found = (ids.length === 1 && first !== undefined
        ? select.all(first)
        : selectMany.all(JSON.stringify(ids))) as unknown as DataRow[]
      const missing = found.findIndex(([id], index) => id !== ids[index])
      return (missing < 0 ? found : found.slice(0, missing)).map(([, data]) => data)
    },
    // The columns are STRICT: SQLite itself vouches for their types.
    oldest: (after, upTo, maxRows) => selectOldest.all(after, upTo, maxRows) as unknown as JournalRow[],
    forgetRows(key, count) {
      const tail = tails.get(key)
      tail?.ids.splice(0, count)
      tail?.lasts.splice(0, count)
    },
    deleteOldest(gone) {
      deleteRows.run(gone.at(-1)?.id ?? 0)
      dropped(gone)
    },
    delete(gone) {
      for (const row of gone) deleteRow.run(row.id)
    },
    dropped,
    forget(key) {
      tails.delete(key)
    },
  }
}

/** Index of the first row that has record `seq` or later; `lasts.length` when there is none. */
export function firstRowWith(lasts: readonly number[], seq: number): number {
  let low = 0
  let high = lasts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lasts[middle] ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low
}
