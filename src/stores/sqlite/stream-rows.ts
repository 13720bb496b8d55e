/** The rows of streams and their producers, as statements and as plain values. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { CreateOptions, Expiry, ForkPoint } from '../../ports/store.ts'
import { type TermSpan, termSpan } from '../shared/positions.ts'
import { expiresAt, type ProducerState, type StreamState } from '../shared/stream.ts'

/** A stream as its row has it. */
export interface StreamRow {
  readonly key: number
  readonly id: string
  readonly contentType: string
  readonly expiry: Expiry | undefined
  readonly from: ForkPoint | undefined
  readonly baseSeq: number
  /** Last access for a sliding expiry; 0 for others. */
  readonly accessedMs: number
  readonly term: number
  readonly spans: TermSpan[]
  readonly closed: boolean
  readonly deleted: boolean
  readonly forks: number
  readonly streamSeq: string | undefined
  /** Key of the stream that it was forked from. */
  readonly parent: number | undefined
}

export interface NewStream {
  readonly id: string
  readonly options: CreateOptions
  readonly term: number
  readonly spans: readonly TermSpan[]
  readonly parent: number | undefined
  readonly baseSeq: number
}

export interface StreamRows {
  find(id: string): StreamRow | undefined
  idOf(key: number): string | undefined
  /** Where a stream was forked from. */
  parentOf(key: number): { readonly parent: number | undefined; readonly baseSeq: number }
  producersOf(key: number): Map<string, ProducerState> | undefined
  /** Ids of streams that have expired. */
  expired(nowMs: number, limit: number): string[]
  /** Adds a row and gives its key. */
  insert(stream: NewStream, nowMs: number): number
  update(stream: StreamState & { readonly key: number }): void
  saveProducer(key: number, id: string, state: ProducerState): void
  /** Deletes a stream and its producers; its blocks become trash. */
  remove(key: number): void
}

const COLUMNS =
  'key, id, content_type, ttl_ms, expires_at, term, spans, closed, deleted, forks, stream_seq, parent, base_seq, from_id, from_after, from_bytes'

export function createStreamRows(database: DatabaseSync): StreamRows {
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

  return {
    find(id) {
      const row = selectById.get(id)
      return row && streamRow(row)
    },
    idOf(key) {
      const id = selectIdOf.get(key)?.['id']
      return typeof id === 'string' ? id : undefined
    },
    parentOf(key) {
      const row = selectParent.get(key)
      return { parent: optionalNumber(row?.['parent']), baseSeq: Number(row?.['base_seq'] ?? 0) }
    },
    producersOf(key) {
      const rows = selectProducers.all(key)
      if (rows.length === 0) return undefined
      return new Map(rows.map((row) => [String(row['id']), { epoch: Number(row['epoch']), seq: Number(row['seq']) }]))
    },
    expired: (nowMs, limit) => selectExpired.all(nowMs, limit).map((row) => String(row['id'])),
    insert({ id, options: { contentType, expiry, from }, term, spans, parent, baseSeq }, nowMs) {
      const result = insert.run(
        id,
        contentType,
        expiry?.kind === 'sliding' ? expiry.ttlMs : null,
        expiry === undefined ? null : expiry.kind === 'sliding' ? nowMs + expiry.ttlMs : expiry.atMs,
        term,
        spansJson(spans),
        parent ?? null,
        baseSeq,
        from?.id ?? null,
        from?.after ?? null,
        from?.bytes ?? null,
      )
      return Number(result.lastInsertRowid)
    },
    update(stream) {
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
    },
    saveProducer(key, id, state) {
      upsertProducer.run(key, id, state.epoch, state.seq)
    },
    remove(key) {
      deleteStream.run(key)
      deleteProducers.run(key)
      addTrash.run(key)
    },
  }
}

function streamRow(row: Record<string, SQLOutputValue>): StreamRow {
  const expiry = expiryOf(row)
  return {
    key: Number(row['key']),
    id: String(row['id']),
    contentType: String(row['content_type']),
    expiry,
    from: forkPointOf(row),
    baseSeq: Number(row['base_seq']),
    accessedMs: expiry?.kind === 'sliding' ? Number(row['expires_at']) - expiry.ttlMs : 0,
    term: Number(row['term']),
    // Written by `spansJson` alone.
    spans: (JSON.parse(String(row['spans'])) as [number, number][]).map(([term, firstSeq]) => termSpan(term, firstSeq)),
    closed: row['closed'] === 1,
    deleted: row['deleted'] === 1,
    forks: Number(row['forks']),
    streamSeq: row['stream_seq'] === null ? undefined : String(row['stream_seq']),
    parent: optionalNumber(row['parent']),
  }
}

function optionalNumber(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
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
