/**
 * The embedded store: one SQLite file, no server. Appends of all streams that arrive within a turn of the event loop are one commit
 * (commits.ts) to a journal in arrival order (journal.ts), whose oldest end is packed into blocks (compact.ts).
 */
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import { type Observer, silent } from '../../ports/observer.ts'
import type { AppendOptions, AppendResult, CreateOptions, ReadLimit, ReadResult, Store } from '../../ports/store.ts'
import { startCheckpoints } from '../../sqlite/checkpoint.ts'
import { storageError } from '../../sqlite/errors.ts'
import { type FolderLock, lockFolder } from '../../sqlite/lock.ts'
import { openDatabase } from '../../sqlite/open.ts'
import { accept, appended, refuse } from '../shared/append.ts'
import { checkAppend, checkCreate, DEFAULT_LIMITS, readBounds, type StoreLimits, tooManyProducers } from '../shared/check.ts'
import { createNews } from '../shared/news.ts'
import { offsetAt, seqOf } from '../shared/positions.ts'
import { closedStore, deletedStream, isExpired, notFound, streamHead, takenName } from '../shared/stream.ts'
import { createWatchers } from '../shared/watchers.ts'
import { createBlocks } from './blocks.ts'
import { createCatalog, type Stream } from './catalog.ts'
import { createCommits } from './commits.ts'
import { createCompaction } from './compact.ts'
import { createJournal } from './journal.ts'
import { createMaintenance } from './maintenance.ts'
import { pack } from './pack.ts'
import { createReader } from './reader.ts'
import { MIGRATIONS } from './schema.ts'

export interface SqliteStoreOptions extends Partial<StoreLimits> {
  /** Data folder; made when missing. The file in it is `store.db`. */
  readonly folder: string
  readonly clock: Clock
  /** `full` survives a loss of power too, for one fsync per commit; default `normal`, which survives a kill -9. */
  readonly synchronous?: 'normal' | 'full'
  readonly observer?: Observer
  /** The caller's own lock on the folder, which then stays the caller's; by default the store takes one and gives it back at close. */
  readonly lock?: FolderLock
  /** Bytes that the file may grow to; more is `storage-full`. Default: as the disk allows. */
  readonly maxFileBytes?: number
  /** How long a commit waits for another program's lock on the file, in milliseconds, holding up the event loop; default 100. */
  readonly busyTimeoutMs?: number
  /** Streams kept in memory; default 10,000. Others are loaded when they are asked for. */
  readonly maxResidentStreams?: number
  /** Appends that the journal may hold: their packing into blocks begins at a fifth of it when there is time, and at this whether or not; default 1,000,000. Bounds memory and the time of a start. */
  readonly maxJournalRows?: number
  /** As that, in bytes; default 256 MiB. */
  readonly maxJournalBytes?: number
}

const MAX_RESIDENT_STREAMS = 10_000
const MAX_JOURNAL_ROWS = 1_000_000
const MAX_JOURNAL_BYTES = 256 * 1024 * 1024
const EXPIRED_PER_STEP = 100

/**
 * Opens the store of a data folder.
 * @throws {SluiceError} `storage-*` when it cannot be used, `storage-locked` also when another process owns the folder; `configuration` when a newer
 * release wrote it.
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const { clock, folder } = options
  /** Whole milliseconds, as the columns keep them. */
  const now = (): number => Math.floor(clock.now())
  const observer = options.observer ?? silent
  const limits: StoreLimits = { ...DEFAULT_LIMITS, ...options }
  const path = join(folder, 'store.db')
  const lock = options.lock ?? lockFolder(folder)
  const ownsLock = options.lock === undefined

  const open = (): ReturnType<typeof openDatabase> => {
    try {
      return openDatabase({
        path,
        name: 'store',
        migrations: MIGRATIONS,
        synchronous: options.synchronous ?? 'normal',
        ...(options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs }),
        ...(options.maxFileBytes === undefined ? {} : { maxFileBytes: options.maxFileBytes }),
      })
    } catch (error) {
      if (ownsLock) lock.release()
      throw error
    }
  }
  const database = open()
  const journal = createJournal(database)
  const blocks = createBlocks(database)
  const reader = createReader(journal, blocks)
  const catalog = createCatalog(database, journal, blocks, options.maxResidentStreams ?? MAX_RESIDENT_STREAMS, () => saveSoon())
  const watchers = createWatchers(observer)
  const news = createNews(watchers)
  const checkpoints = startCheckpoints({
    path,
    onError: (message) => observer({ type: 'trouble', what: 'A checkpoint of the store', error: new SluiceError('server', message) }),
  })

  const beginStatement = database.prepare('BEGIN IMMEDIATE')
  const commitStatement = database.prepare('COMMIT')
  const written = { records: 0, bytes: 0, since: 0 }
  let inTransaction = false
  let isClosed = false
  let closing: Promise<void> | undefined

  const commits = createCommits({
    begin() {
      written.since = clock.monotonic()
      beginStatement.run()
      inTransaction = true
    },
    commit() {
      catalog.save()
      commitStatement.run()
      inTransaction = false
      journal.committed()
      catalog.committed()
    },
    rollback() {
      inTransaction = false
      if (database.isTransaction) database.exec('ROLLBACK')
      journal.rolledBack()
      catalog.rolledBack()
      news.drop()
      written.records = written.bytes = 0
    },
    failure: (thrown) => storageError(thrown, `Writing to ${path}`),
    settled() {
      if (written.records > 0) {
        checkpoints.wrote(written.bytes)
        observer({ type: 'appended', records: written.records, bytes: written.bytes, durationMs: clock.monotonic() - written.since })
        written.records = written.bytes = 0
      }
      maintenance.check()
      news.tell()
    },
    gate: () => checkpoints.gate,
  })

  /** A write that nobody waits for: what goes wrong is reported. */
  const background = (what: string, run: () => void): void => {
    commits.write(0, run).catch((error: unknown) => observer({ type: 'trouble', what, error: storageError(error, what) }))
  }
  const saveSoon = (): void => {
    if (!inTransaction) background(`Saving times of access to ${path}`, () => {})
  }

  const maintenance = createMaintenance({
    database,
    journal,
    blocks,
    compaction: createCompaction(database, journal, blocks),
    expireSome: () =>
      commits.write(0, () => {
        catalog.saveAccesses()
        catalog.save()
        const ids = catalog.expired(now(), EXPIRED_PER_STEP)
        for (const id of ids) current(id)
        return ids.length
      }),
    gate: () => checkpoints.gate,
    busy: () => !commits.idle,
    failure: (thrown, what) => storageError(thrown, `${what} ${path}`),
    observer,
    maxJournalRows: options.maxJournalRows ?? MAX_JOURNAL_ROWS,
    maxJournalBytes: options.maxJournalBytes ?? MAX_JOURNAL_BYTES,
  })

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
    background(`Removing the expired stream ${id} from ${path}`, () => void current(id))
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
      written.records += records.length
      written.bytes += packed.byteLength
    }
    if (accept(stream, records.length, given)) stream.stale = true
    if (records.length > 0) news.added(stream, records)
    else news.closed(stream)
  }

  const sourceOf = (id: string, from: NonNullable<CreateOptions['from']>): { stream: Stream; seq: number; rest: readonly Uint8Array[] } => {
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

  const write = <T>(bytes: number, run: () => T): Promise<T> => {
    if (isClosed) return Promise.reject(closedStore())
    if (commits.waitingBytes + bytes > limits.maxWaitingBytes) {
      const message = `${commits.waitingBytes} bytes wait to be written to ${path}, and ${limits.maxWaitingBytes} may: ${bytes} more do not fit. Append slower.`
      return Promise.reject(new SluiceError('overloaded', message))
    }
    return commits.write(bytes, run)
  }

  /** Ahead of nothing that was asked for earlier: that is the order of calls. */
  const read = async <T>(what: string, run: () => T): Promise<T> => {
    if (isClosed) throw closedStore()
    const guarded = (): T => {
      try {
        return run()
      } catch (error) {
        throw storageError(error, `${what} from ${path}`)
      }
    }
    return commits.idle ? guarded() : commits.read(guarded)
  }

  const shutDown = async (): Promise<void> => {
    await maintenance.stop()
    background(`Saving times of access to ${path}`, () => catalog.saveAccesses())
    await commits.drained()
    await checkpoints.close()
    watchers.clear()
    database.close()
    if (ownsLock) lock.release()
  }

  return {
    capabilities: { durable: true, shared: false },

    async create(id, given) {
      checkCreate(id, given, limits)
      return write(0, () => {
        const present = current(id)
        if (present?.deleted) throw takenName(id)
        return { ...streamHead(present ?? createNow(id, given)), created: present === undefined }
      })
    },

    fence: (id) =>
      write(0, () => {
        const stream = alive(id, current(id))
        catalog.touch(stream)
        stream.term++
        stream.stale = true
        catalog.access(stream, now())
        return { term: stream.term, head: offsetAt(stream.spans, stream.headSeq), closed: stream.closed }
      }),

    append(id, records, given) {
      try {
        const bytes = checkAppend(id, records, given, limits)
        return write(bytes, () => appendNow(id, records, given))
      } catch (error) {
        return Promise.reject(error)
      }
    },

    read: (id, after, limit) => read(`Reading stream ${id}`, () => readNow(id, after, limit)),

    head: (id) =>
      read(`Reading the head of stream ${id}`, () => {
        const stream = glance(id)
        if (stream?.deleted) throw deletedStream(id)
        return stream && streamHead(stream)
      }),

    watch: (id, onHint) => watchers.watch(id, onHint),

    delete: (id) =>
      write(0, () => {
        const stream = current(id)
        if (stream === undefined) return false
        if (stream.deleted) throw deletedStream(id)
        drop(stream)
        return true
      }),

    async sweep(given) {
      if (isClosed) throw closedStore()
      return maintenance.sweep(given?.signal)
    },

    close() {
      isClosed = true
      closing ??= shutDown()
      return closing
    },
  }
}
