/**
 * The streams and what is known of each. Those in use are kept in memory, up to a bound; the others are loaded when they are asked for.
 * After a failed commit whatever it touched is forgotten, so that memory never says more than the database.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { CreateOptions } from '../../ports/store.ts'
import { spansUpTo, termAt } from '../shared/positions.ts'
import type { ProducerState, StreamState } from '../shared/stream.ts'
import type { Blocks } from './blocks.ts'
import type { Journal, Tail } from './journal.ts'
import { createStreamRows } from './stream-rows.ts'

export interface Stream extends StreamState {
  readonly key: number
  /** Key of the stream that it was forked from. */
  readonly parent: number | undefined
  /** Where its records are, oldest first; the last segment is its own and open-ended. */
  readonly segments: readonly Segment[]
  readonly tail: Tail
  /** What its row says of the last access. */
  savedAccessMs: number
  /** Its row is out of date. */
  stale: boolean
  /** Number of the transaction that last touched it. */
  transaction: number
  /** Used since the last look of the eviction. */
  used: boolean
  /** Its last access is to be written with the next commit. */
  overdue: boolean
}

/** Records of one key that a stream consists of, up to this seq. */
export interface Segment {
  readonly key: number
  readonly lastSeq: number
}

export interface Catalog {
  /** The stream of this id, deleted or not. */
  find(id: string): Stream | undefined
  findByKey(key: number): Stream | undefined
  create(id: string, options: CreateOptions, source: { readonly stream: Stream; readonly seq: number } | undefined, nowMs: number): Stream
  /** Remembers a read or write, for sliding expiry; its row follows now and then. */
  access(stream: Stream, nowMs: number): void
  /** Says that this transaction touches the stream; before the first change. */
  touch(stream: Stream): void
  saveProducer(stream: Stream, id: string, state: ProducerState): void
  /** Takes the stream out for good; its blocks are left to the sweep. */
  remove(stream: Stream): void
  /** Writes all rows that are out of date. */
  save(): void
  committed(): void
  rolledBack(): void
  /** Marks the rows of all streams in memory whose last access is newer than its row says; in a transaction. */
  saveAccesses(): void
  expired(nowMs: number, limit: number): string[]
}

/**
 * A row's time of access lags behind by at most this part of the ttl, so that reads do not write: a kill -9 makes a stream expire that much
 * early at worst.
 */
const ACCESS_GRAIN = 16

export function createCatalog(
  database: DatabaseSync,
  journal: Journal,
  blocks: Blocks,
  maxResident: number,
  onOverdue: () => void,
): Catalog {
  const rows = createStreamRows(database)
  const resident = new Map<string, Stream>()
  let transaction = 1
  let touched: Stream[] = []
  let removedKeys: number[] = []
  let overdue: Stream[] = []

  const load = (id: string): Stream | undefined => {
    const row = rows.find(id)
    if (row === undefined) return undefined
    const tail = journal.openTail(row.key)
    const stream: Stream = {
      ...row,
      savedAccessMs: row.accessedMs,
      headSeq: tail.lasts.at(-1) ?? Math.max(row.baseSeq, blocks.newestSeq(row.key)),
      producers: rows.producersOf(row.key),
      segments: segmentsOf(row.key, row.baseSeq, row.parent),
      tail,
      stale: false,
      transaction: 0,
      used: true,
      overdue: false,
    }
    resident.set(id, stream)
    if (resident.size > maxResident) evict()
    return stream
  }

  const segmentsOf = (key: number, baseSeq: number, parent: number | undefined): Segment[] => {
    const segments: Segment[] = [{ key, lastSeq: Number.MAX_SAFE_INTEGER }]
    let limit = baseSeq
    let next = parent
    while (next !== undefined) {
      if (limit > 0) segments.unshift({ key: next, lastSeq: limit })
      const above = rows.parentOf(next)
      limit = Math.min(limit, above.baseSeq)
      next = above.parent
    }
    return segments
  }

  const find = (id: string): Stream | undefined => {
    const stream = resident.get(id)
    if (stream === undefined) return load(id)
    stream.used = true
    return stream
  }

  const touch = (stream: Stream): void => {
    if (stream.transaction === transaction) return
    stream.transaction = transaction
    touched.push(stream)
  }

  const evict = (): void => {
    // Second chance: what was used since the last look stays. What this transaction changed stays too, as memory is ahead of its row.
    let looks = resident.size
    for (const [id, stream] of resident) {
      if (resident.size <= maxResident || looks-- === 0) return
      resident.delete(id)
      const unsaved = stream.accessedMs !== stream.savedAccessMs
      if (!stream.used && !unsaved && stream.transaction !== transaction) continue
      resident.set(id, stream)
      stream.used = false
      if (unsaved) saveSoon(stream)
    }
  }

  const saveSoon = (stream: Stream): void => {
    if (stream.overdue) return
    stream.overdue = true
    overdue.push(stream)
    onOverdue()
  }

  return {
    find,
    findByKey(key) {
      const id = rows.idOf(key)
      return id === undefined ? undefined : find(id)
    },
    create(id, options, source, nowMs) {
      const baseSeq = source?.seq ?? 0
      const spans = source ? spansUpTo(source.stream.spans, baseSeq) : []
      const term = termAt(spans, baseSeq) ?? 0
      const key = rows.insert({ id, options, term, spans, parent: source?.stream.key, baseSeq }, nowMs)
      const stream: Stream = {
        key,
        parent: source?.stream.key,
        id,
        contentType: options.contentType,
        expiry: options.expiry,
        from: options.from,
        baseSeq,
        accessedMs: nowMs,
        savedAccessMs: nowMs,
        term,
        headSeq: baseSeq,
        spans,
        closed: false,
        deleted: false,
        forks: 0,
        streamSeq: undefined,
        producers: undefined,
        segments: [
          ...(source?.stream.segments.map((segment) => ({ key: segment.key, lastSeq: Math.min(segment.lastSeq, baseSeq) })) ?? []),
          { key, lastSeq: Number.MAX_SAFE_INTEGER },
        ],
        tail: journal.openTail(key),
        stale: false,
        transaction: 0,
        used: true,
        overdue: false,
      }
      resident.set(id, stream)
      touch(stream)
      return stream
    },
    access(stream, nowMs) {
      if (stream.expiry?.kind !== 'sliding') return
      stream.accessedMs = nowMs
      if (nowMs - stream.savedAccessMs >= stream.expiry.ttlMs / ACCESS_GRAIN) saveSoon(stream)
    },
    touch,
    saveProducer(stream, id, state) {
      rows.saveProducer(stream.key, id, state)
    },
    remove(stream) {
      touch(stream)
      rows.remove(stream.key)
      stream.stale = false
      resident.delete(stream.id)
      removedKeys.push(stream.key)
    },
    save() {
      const due = overdue
      overdue = []
      for (const stream of due) {
        stream.overdue = false
        if (resident.get(stream.id) !== stream) continue
        touch(stream)
        stream.stale = true
      }
      for (const stream of touched) {
        if (!stream.stale) continue
        rows.update(stream)
        stream.stale = false
        stream.savedAccessMs = stream.accessedMs
      }
    },
    committed() {
      for (const key of removedKeys) journal.forget(key)
      removedKeys = []
      touched = []
      transaction++
      if (resident.size > maxResident) evict()
    },
    rolledBack() {
      for (const stream of touched) if (resident.get(stream.id) === stream) resident.delete(stream.id)
      removedKeys = []
      touched = []
      transaction++
    },
    saveAccesses() {
      for (const stream of resident.values()) {
        if (stream.accessedMs === stream.savedAccessMs) continue
        touch(stream)
        stream.stale = true
      }
    },
    expired: rows.expired,
  }
}
