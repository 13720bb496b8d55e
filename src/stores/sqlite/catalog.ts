/**
 * The streams and what is known of each. Those in use are kept in memory, up to a bound; the others are loaded when they are asked for.
 * After a failed commit whatever it touched is forgotten, so that memory never says more than the database.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { CreateOptions, Expiry, ForkPoint } from '../../ports/store.ts'
import { spansUpTo, termAt, termSpan } from '../shared/positions.ts'
import { expiresAt, type ProducerState, type StreamState } from '../shared/stream.ts'
import type { Blocks } from './blocks.ts'
import type { Journal, Tail } from './journal.ts'

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

const COLUMNS =
  'key, id, content_type, ttl_ms, expires_at, term, spans, closed, deleted, forks, stream_seq, parent, base_seq, from_id, from_after, from_bytes'

export function createCatalog(
  database: DatabaseSync,
  journal: Journal,
  blocks: Blocks,
  maxResident: number,
  onOverdue: () => void,
): Catalog {
  const selectById = database.prepare(`SELECT ${COLUMNS} FROM streams WHERE id = ?`)
  const selectIdOf = database.prepare('SELECT id FROM streams WHERE key = ?')
  const selectParent = database.prepare('SELECT parent, base_seq FROM streams WHERE key = ?')
  const selectProducers = database.prepare('SELECT id, epoch, seq FROM producers WHERE stream = ?')
  const selectExpired = database.prepare('SELECT id FROM streams WHERE expires_at <= ? AND deleted = 0 LIMIT ?')
  const insert = database.prepare(
    `INSERT INTO streams (id, content_type, ttl_ms, expires_at, term, spans, closed, parent, base_seq, from_id, from_after, from_bytes)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)`,
  )
  const update = database.prepare(
    'UPDATE streams SET expires_at = ?, term = ?, spans = ?, closed = ?, deleted = ?, forks = ?, stream_seq = ? WHERE key = ?',
  )
  const upsertProducer = database.prepare(
    'INSERT INTO producers (stream, id, epoch, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq',
  )
  const deleteStream = database.prepare('DELETE FROM streams WHERE key = ?')
  const deleteProducers = database.prepare('DELETE FROM producers WHERE stream = ?')
  const addTrash = database.prepare('INSERT INTO trash (stream) VALUES (?)')

  const resident = new Map<string, Stream>()
  let transaction = 1
  let touched: Stream[] = []
  let removedKeys: number[] = []
  let overdue: Stream[] = []

  const load = (id: string): Stream | undefined => {
    const row = selectById.get(id)
    if (row === undefined) return undefined
    const key = Number(row['key'])
    const baseSeq = Number(row['base_seq'])
    const tail = journal.openTail(key)
    const expiry = expiryOf(row)
    const accessedMs = expiry?.kind === 'sliding' ? Number(row['expires_at']) - expiry.ttlMs : 0
    const stream: Stream = {
      key,
      parent: row['parent'] === null ? undefined : Number(row['parent']),
      id,
      contentType: String(row['content_type']),
      expiry,
      from: forkPointOf(row),
      baseSeq,
      accessedMs,
      savedAccessMs: accessedMs,
      term: Number(row['term']),
      headSeq: tail.lasts.at(-1) ?? Math.max(baseSeq, blocks.newestSeq(key)),
      spans: (JSON.parse(String(row['spans'])) as [number, number][]).map(([term, firstSeq]) => termSpan(term, firstSeq)),
      closed: row['closed'] === 1,
      deleted: row['deleted'] === 1,
      forks: Number(row['forks']),
      streamSeq: row['stream_seq'] === null ? undefined : String(row['stream_seq']),
      producers: producersOf(key),
      segments: segmentsOf(key, baseSeq, row['parent']),
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

  const producersOf = (key: number): Map<string, ProducerState> | undefined => {
    const rows = selectProducers.all(key)
    if (rows.length === 0) return undefined
    return new Map(rows.map((row) => [String(row['id']), { epoch: Number(row['epoch']), seq: Number(row['seq']) }]))
  }

  const segmentsOf = (key: number, baseSeq: number, parent: SQLOutputValue | undefined): Segment[] => {
    const segments: Segment[] = [{ key, lastSeq: Number.MAX_SAFE_INTEGER }]
    let limit = baseSeq
    let next = parent
    while (typeof next === 'number') {
      if (limit > 0) segments.unshift({ key: next, lastSeq: limit })
      const row = selectParent.get(next)
      limit = Math.min(limit, Number(row?.['base_seq'] ?? 0))
      next = row?.['parent']
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
      const id = selectIdOf.get(key)?.['id']
      return typeof id === 'string' ? find(id) : undefined
    },
    create(id, options, source, nowMs) {
      const baseSeq = source?.seq ?? 0
      const spans = source ? spansUpTo(source.stream.spans, baseSeq) : []
      const term = termAt(spans, baseSeq) ?? 0
      const { expiry, from } = options
      const result = insert.run(
        id,
        options.contentType,
        expiry?.kind === 'sliding' ? expiry.ttlMs : null,
        expiry === undefined ? null : expiry.kind === 'sliding' ? nowMs + expiry.ttlMs : expiry.atMs,
        term,
        spansJson(spans),
        source?.stream.key ?? null,
        baseSeq,
        from?.id ?? null,
        from?.after ?? null,
        from?.bytes ?? null,
      )
      const key = Number(result.lastInsertRowid)
      const stream: Stream = {
        key,
        parent: source?.stream.key,
        id,
        contentType: options.contentType,
        expiry,
        from,
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
      upsertProducer.run(stream.key, id, state.epoch, state.seq)
    },
    remove(stream) {
      touch(stream)
      deleteStream.run(stream.key)
      deleteProducers.run(stream.key)
      addTrash.run(stream.key)
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
        update.run(
          expiresAt(stream) ?? null,
          stream.term,
          spansJson(stream.spans),
          stream.closed ? 1 : 0,
          stream.deleted ? 1 : 0,
          stream.forks,
          stream.streamSeq ?? null,
          stream.key,
        )
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
    expired: (nowMs, limit) => selectExpired.all(nowMs, limit).map((row) => String(row['id'])),
  }
}

function spansJson(spans: readonly { readonly term: number; readonly firstSeq: number }[]): string {
  return JSON.stringify(spans.map(({ term, firstSeq }) => [term, firstSeq]))
}

function expiryOf(row: Record<string, SQLOutputValue>): Expiry | undefined {
  if (row['ttl_ms'] !== null) return { kind: 'sliding', ttlMs: Number(row['ttl_ms']) }
  return row['expires_at'] === null ? undefined : { kind: 'absolute', atMs: Number(row['expires_at']) }
}

function forkPointOf(row: Record<string, SQLOutputValue>): ForkPoint | undefined {
  if (row['from_id'] === null) return undefined
  const bytes = row['from_bytes'] === null ? {} : { bytes: Number(row['from_bytes']) }
  return { id: String(row['from_id']), after: String(row['from_after']), ...bytes }
}
