/**
 * The store in memory: the contract in its plainest form, for tests, for trying things out, and to read first. Nothing
 * survives the process, so every call takes effect at once; hints follow in the same turn's end.
 */
import type { Clock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import { type Observer, silent } from '../../ports/observer.ts'
import type { CreateOptions, ForkPoint, ReadResult, Store, StoredRecord } from '../../ports/store.ts'
import { accept, appended, refuse } from '../shared/append.ts'
import { checkAppend, checkCreate, DEFAULT_LIMITS, readBounds, type StoreLimits, tooManyProducers } from '../shared/check.ts'
import { createNews } from '../shared/news.ts'
import { offsetAt, seqOf, spansUpTo, termAt } from '../shared/positions.ts'
import { closedStore, deletedStream, isExpired, notFound, type StreamState, streamHead, takenName } from '../shared/stream.ts'
import { createWatchers } from '../shared/watchers.ts'

export interface MemoryStoreOptions extends Partial<Pick<StoreLimits, 'maxAppendBytes' | 'maxProducers'>> {
  readonly clock: Clock
  /** Told of appends, and when a watcher throws. */
  readonly observer?: Observer
  /** Bytes of records that all streams together may hold; default 1 GiB. More is `storage-full`. */
  readonly maxBytes?: number
}

const MAX_BYTES = 1024 * 1024 * 1024

interface Stream extends StreamState {
  /** Those of the source first: a fork shares their bytes. */
  readonly records: Uint8Array[]
  readonly parent: Stream | undefined
}

/** Makes an empty store. */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  const { clock } = options
  const limits: StoreLimits = { ...DEFAULT_LIMITS, ...options }
  const maxBytes = options.maxBytes ?? MAX_BYTES
  const observer = options.observer ?? silent
  const watchers = createWatchers(observer)
  const news = createNews(watchers)
  const streams = new Map<string, Stream>()
  let heldBytes = 0
  let telling: NodeJS.Immediate | undefined
  let isClosed = false

  const tellSoon = (): void => {
    telling ??= setImmediate(() => {
      telling = undefined
      news.tell()
    })
  }

  const drop = (stream: Stream): void => {
    news.deleted(stream)
    tellSoon()
    if (stream.forks > 0) stream.deleted = true
    else free(stream)
  }

  const free = (stream: Stream): void => {
    streams.delete(stream.id)
    for (const record of stream.records.slice(stream.baseSeq)) heldBytes -= record.byteLength
    const { parent } = stream
    if (parent === undefined) return
    parent.forks--
    if (parent.deleted && parent.forks === 0) free(parent)
  }

  /** The stream of this id, deleted or not, once what expired is gone. */
  const find = (id: string): Stream | undefined => {
    const stream = streams.get(id)
    if (stream && !stream.deleted && isExpired(stream, clock.now())) drop(stream)
    return streams.get(id)
  }

  const need = (id: string): Stream => {
    const stream = find(id)
    if (stream === undefined) throw notFound(id)
    if (stream.deleted) throw deletedStream(id)
    return stream
  }

  const reserve = (bytes: number): void => {
    if (heldBytes + bytes > maxBytes) {
      throw new SluiceError(
        'storage-full',
        `The store in memory holds ${heldBytes} of ${maxBytes} bytes: ${bytes} more do not fit. Delete streams, or raise maxBytes.`,
      )
    }
    heldBytes += bytes
  }

  const inherit = (id: string, from: ForkPoint): { parent: Stream; seq: number; rest: readonly Uint8Array[] } => {
    const parent = need(from.id)
    const seq = seqOf(parent.spans, parent.headSeq, from.after)
    if (seq === undefined)
      throw new SluiceError('invalid-request', `Stream ${id} cannot fork ${from.id} after ${from.after}: it has no such position.`)
    const bytes = from.bytes ?? 0
    if (bytes === 0) return { parent, seq, rest: [] }
    const next = parent.records[seq]
    if (next === undefined || next.byteLength < bytes) {
      throw new SluiceError(
        'invalid-request',
        `Stream ${id} cannot take ${bytes} bytes of the record of ${from.id} after ${from.after}: it is shorter.`,
      )
    }
    return { parent, seq, rest: [next.slice(0, bytes)] }
  }

  const create = (id: string, given: CreateOptions): Stream => {
    const source = given.from && inherit(id, given.from)
    const records = [...(source?.rest ?? []), ...(given.records ?? [])].map((record) => record.slice())
    reserve(records.reduce((sum, record) => sum + record.byteLength, 0))
    const baseSeq = source?.seq ?? 0
    const spans = source ? spansUpTo(source.parent.spans, baseSeq) : []
    const stream: Stream = {
      id,
      contentType: given.contentType,
      expiry: given.expiry,
      from: given.from,
      baseSeq,
      accessedMs: clock.now(),
      term: termAt(spans, baseSeq) ?? 0,
      headSeq: baseSeq,
      spans,
      closed: false,
      deleted: false,
      forks: 0,
      streamSeq: undefined,
      producers: undefined,
      records: [...(source?.parent.records.slice(0, baseSeq) ?? []), ...records],
      parent: source?.parent,
    }
    accept(stream, records.length, given.closed ? { close: true } : {})
    if (source) source.parent.forks++
    streams.set(id, stream)
    news.added(stream, records)
    tellSoon()
    return stream
  }

  /** Every method is asynchronous in form only: what it throws becomes a rejection. */
  const call = async <T>(run: () => T): Promise<T> => {
    if (isClosed) throw closedStore()
    return run()
  }

  return {
    capabilities: { durable: false, shared: false },

    create: (id, given) =>
      call(() => {
        checkCreate(id, given, limits)
        const present = find(id)
        if (present?.deleted) throw takenName(id)
        return { ...streamHead(present ?? create(id, given)), created: present === undefined }
      }),

    fence: (id) =>
      call(() => {
        const stream = need(id)
        stream.term++
        stream.accessedMs = clock.now()
        return { term: stream.term, head: offsetAt(stream.spans, stream.headSeq), closed: stream.closed }
      }),

    append: (id, records, given) =>
      call(() => {
        const bytes = checkAppend(id, records, given, limits)
        const stream = need(id)
        const refused = refuse(stream, records.length, given)
        if (refused?.result === 'duplicate') stream.accessedMs = clock.now()
        if (refused) return refused
        if (given?.producer && !stream.producers?.has(given.producer.id) && (stream.producers?.size ?? 0) >= limits.maxProducers) {
          throw tooManyProducers(id, limits)
        }
        reserve(bytes)
        // Copied, because what the caller does with its buffer afterwards must not change the log.
        const copies = records.map((record) => record.slice())
        for (const copy of copies) stream.records.push(copy)
        accept(stream, records.length, given)
        stream.accessedMs = clock.now()
        if (copies.length > 0) news.added(stream, copies)
        else news.closed(stream)
        tellSoon()
        observer({ type: 'appended', records: copies.length, bytes, durationMs: 0 })
        return appended(stream)
      }),

    read: (id, after, limit) =>
      call((): ReadResult => {
        const stream = need(id)
        const seq = seqOf(stream.spans, stream.headSeq, after)
        if (seq === undefined) throw new SluiceError('gone', `Stream ${id} has no position ${after}. Read it again from its start.`)
        stream.accessedMs = clock.now()
        const { maxRecords, maxBytes } = readBounds(limit)
        const records: StoredRecord[] = []
        let bytes = 0
        for (let next = seq; next < stream.headSeq && records.length < maxRecords; next++) {
          const data = stream.records[next]
          if (data === undefined || (records.length > 0 && bytes + data.byteLength > maxBytes)) break
          bytes += data.byteLength
          records.push({ offset: offsetAt(stream.spans, next + 1), data })
        }
        return { records, next: records.at(-1)?.offset ?? after, atTail: seq + records.length === stream.headSeq, closed: stream.closed }
      }),

    head: (id) =>
      call(() => {
        const stream = find(id)
        if (stream?.deleted) throw deletedStream(id)
        return stream && streamHead(stream)
      }),

    watch: (id, onHint) => watchers.watch(id, onHint),

    delete: (id) =>
      call(() => {
        const stream = find(id)
        if (stream?.deleted) throw deletedStream(id)
        if (stream) drop(stream)
        return stream !== undefined
      }),

    sweep: (given) =>
      call(() => {
        let removed = 0
        for (const stream of [...streams.values()]) {
          if (given?.signal?.aborted) break
          if (stream.deleted || !isExpired(stream, clock.now())) continue
          drop(stream)
          removed++
        }
        return { removed, sealed: 0 }
      }),

    async close() {
      if (isClosed) return
      isClosed = true
      clearImmediate(telling)
      news.tell()
      watchers.clear()
      streams.clear()
    },
  }
}
