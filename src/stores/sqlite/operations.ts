/** What each call of the port does to the streams, synchronously, within a transaction that others begin and commit. */
import { SluiceError } from '../../core/errors.ts'
import type { Offset } from '../../core/offset.ts'
import type {
  AppendOptions,
  AppendResult,
  CreateOptions,
  CreateResult,
  ForkPoint,
  ReadLimit,
  ReadResult,
  StreamHead,
} from '../../ports/store.ts'
import { accept, appended, refuse } from '../shared/append.ts'
import { readBounds, type StoreLimits, tooManyProducers } from '../shared/check.ts'
import type { News } from '../shared/news.ts'
import { offsetAt, seqOf } from '../shared/positions.ts'
import { deletedStream, isExpired, notFound, streamHead, takenName } from '../shared/stream.ts'
import type { Catalog, Stream } from './catalog.ts'
import type { Journal } from './journal.ts'
import { pack } from './pack.ts'
import type { Reader } from './reader.ts'

export interface OperationsOptions {
  readonly catalog: Catalog
  readonly journal: Journal
  readonly reader: Reader
  readonly news: News
  readonly limits: StoreLimits
  /** Whole milliseconds since 1970, as the columns keep them. */
  readonly now: () => number
  readonly onWritten: (records: number, bytes: number) => void
  /** A read met a stream that has expired: it should be removed by a transaction. */
  readonly onExpired: (id: string) => void
}

export interface Operations {
  create(id: string, options: CreateOptions): CreateResult
  fence(id: string): { readonly term: number; readonly head: Offset; readonly closed: boolean }
  append(id: string, records: readonly Uint8Array[], options: AppendOptions | undefined): AppendResult
  delete(id: string): boolean
  /** Removes the stream if it has expired. */
  expire(id: string): void
  /** Removes some of the streams that have expired; how many. */
  expireSome(): number

  // These two write nothing and need no transaction.
  read(id: string, after: Offset, limit: ReadLimit | undefined): ReadResult
  head(id: string): StreamHead | undefined
}

const EXPIRED_PER_STEP = 100

export function createOperations({ catalog, journal, reader, news, limits, now, onWritten, onExpired }: OperationsOptions): Operations {
  const drop = (stream: Stream): void => {
    news.deleted(stream)
    if (stream.forks === 0) {
      free(stream)
      return
    }
    catalog.touch(stream)
    stream.deleted = true
    stream.stale = true
  }

  const free = (stream: Stream): void => {
    catalog.remove(stream)
    const parent = stream.parent === undefined ? undefined : catalog.findByKey(stream.parent)
    if (parent === undefined) return
    catalog.touch(parent)
    parent.forks--
    parent.stale = true
    if (parent.deleted && parent.forks === 0) free(parent)
  }

  /** The stream of this id, deleted or not, once it is removed if it has expired. Within a transaction only. */
  const current = (id: string): Stream | undefined => {
    const stream = catalog.find(id)
    if (stream === undefined || stream.deleted || !isExpired(stream, now())) return stream
    drop(stream)
    return catalog.find(id)
  }

  /** As `current`, for reads: an expired stream is removed by a transaction of its own. */
  const glance = (id: string): Stream | undefined => {
    const stream = catalog.find(id)
    if (stream === undefined || stream.deleted || !isExpired(stream, now())) return stream
    onExpired(id)
    if (stream.forks > 0) throw deletedStream(id)
    return undefined
  }

  const alive = (id: string, stream: Stream | undefined): Stream => {
    if (stream === undefined) throw notFound(id)
    if (stream.deleted) throw deletedStream(id)
    return stream
  }

  const addRecords = (stream: Stream, records: readonly Uint8Array[], given: AppendOptions | undefined): void => {
    catalog.touch(stream)
    if (records.length > 0) {
      const last = stream.headSeq + records.length
      const packed = pack(stream.key, last, records)
      journal.add(stream.tail, stream.key, last, packed)
      onWritten(records.length, packed.byteLength)
    }
    if (accept(stream, records.length, given)) stream.stale = true
    if (records.length > 0) news.added(stream, records)
    else news.closed(stream)
  }

  const sourceOf = (id: string, from: ForkPoint): { stream: Stream; seq: number; rest: readonly Uint8Array[] } => {
    const stream = alive(from.id, current(from.id))
    const seq = seqOf(stream.spans, stream.headSeq, from.after)
    if (seq === undefined) {
      throw new SluiceError('invalid-request', `Stream ${id} cannot fork ${from.id} after ${from.after}: it has no such position.`)
    }
    const bytes = from.bytes ?? 0
    if (bytes === 0) return { stream, seq, rest: [] }
    const [next] = reader.read(stream, seq, { maxRecords: 1, maxBytes: 0 })
    if (next === undefined || next.data.byteLength < bytes) {
      throw new SluiceError(
        'invalid-request',
        `Stream ${id} cannot take ${bytes} bytes of the record of ${from.id} after ${from.after}: it is shorter.`,
      )
    }
    return { stream, seq, rest: [next.data.subarray(0, bytes)] }
  }

  const createNow = (id: string, given: CreateOptions): Stream => {
    const source = given.from && sourceOf(id, given.from)
    const stream = catalog.create(id, given, source, now())
    if (source) {
      catalog.touch(source.stream)
      source.stream.forks++
      source.stream.stale = true
    }
    addRecords(stream, [...(source?.rest ?? []), ...(given.records ?? [])], given.closed ? { close: true } : undefined)
    return stream
  }

  const appendNow = (id: string, records: readonly Uint8Array[], given: AppendOptions | undefined): AppendResult => {
    const stream = alive(id, current(id))
    const refused = refuse(stream, records.length, given)
    if (refused) {
      if (refused.result === 'duplicate') catalog.access(stream, now())
      return refused
    }
    const producer = given?.producer
    if (producer && !stream.producers?.has(producer.id) && (stream.producers?.size ?? 0) >= limits.maxProducers)
      throw tooManyProducers(id, limits)
    addRecords(stream, records, given)
    if (producer) catalog.saveProducer(stream, producer.id, producer)
    catalog.access(stream, now())
    return appended(stream)
  }

  const readNow = (id: string, after: string, limit: ReadLimit | undefined): ReadResult => {
    const stream = alive(id, glance(id))
    const seq = seqOf(stream.spans, stream.headSeq, after)
    if (seq === undefined) throw new SluiceError('gone', `Stream ${id} has no position ${after}. Read it again from its start.`)
    const records = reader.read(stream, seq, readBounds(limit))
    catalog.access(stream, now())
    return { records, next: records.at(-1)?.offset ?? after, atTail: seq + records.length === stream.headSeq, closed: stream.closed }
  }

  return {
    create(id, given) {
      const present = current(id)
      if (present?.deleted) throw takenName(id)
      return { ...streamHead(present ?? createNow(id, given)), created: present === undefined }
    },
    fence(id) {
      const stream = alive(id, current(id))
      catalog.touch(stream)
      stream.term++
      stream.stale = true
      catalog.access(stream, now())
      return { term: stream.term, head: offsetAt(stream.spans, stream.headSeq), closed: stream.closed }
    },
    append: appendNow,
    delete(id) {
      const stream = current(id)
      if (stream === undefined) return false
      if (stream.deleted) throw deletedStream(id)
      drop(stream)
      return true
    },
    expire(id) {
      current(id)
    },
    expireSome() {
      // Rows first: what was read lately has not expired, whatever its row still says.
      catalog.saveAccesses()
      catalog.save()
      const ids = catalog.expired(now(), EXPIRED_PER_STEP)
      for (const id of ids) current(id)
      return ids.length
    },
    read: readNow,
    head(id) {
      const stream = glance(id)
      if (stream?.deleted) throw deletedStream(id)
      return stream && streamHead(stream)
    },
  }
}
