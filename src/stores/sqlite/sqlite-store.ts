/**
 * The embedded store: one SQLite file, no server. Appends of all streams that arrive within a turn of the event loop are one commit
 * (commits.ts) to a journal in arrival order (journal.ts), whose oldest end is packed into blocks (compact.ts).
 */
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import { type Observer, silent } from '../../ports/observer.ts'
import type { Store } from '../../ports/store.ts'
import { startCheckpoints } from '../../sqlite/checkpoint.ts'
import { storageError } from '../../sqlite/errors.ts'
import { type FolderLock, lockFolder } from '../../sqlite/lock.ts'
import { openDatabase } from '../../sqlite/open.ts'
import { checkAppend, checkCreate, DEFAULT_LIMITS, type StoreLimits } from '../shared/check.ts'
import { createNews } from '../shared/news.ts'
import { closedStore } from '../shared/stream.ts'
import { createWatchers } from '../shared/watchers.ts'
import { createBlocks } from './blocks.ts'
import { createCatalog } from './catalog.ts'
import { createCommits } from './commits.ts'
import { createCompaction } from './compact.ts'
import { createJournal } from './journal.ts'
import { createMaintenance } from './maintenance.ts'
import { createOperations } from './operations.ts'
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

/**
 * Opens the store of a data folder.
 * @throws {SluiceError} `storage-*` when it cannot be used, `storage-locked` also when another process owns the folder; `configuration` when a newer
 * release wrote it.
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const { clock, folder } = options
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
      checkpoints.wrote(written.bytes)
      if (written.records > 0) {
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

  const operations = createOperations({
    catalog,
    journal,
    reader: createReader(journal, blocks),
    news,
    limits,
    now: () => Math.floor(clock.now()),
    onWritten(records, bytes) {
      written.records += records
      written.bytes += bytes
    },
    onExpired: (id) => background(`Removing the expired stream ${id} from ${path}`, () => operations.expire(id)),
  })

  const maintenance = createMaintenance({
    database,
    journal,
    blocks,
    compaction: createCompaction(database, journal, blocks, checkpoints.wrote),
    expireSome: () => commits.write(0, operations.expireSome),
    gate: () => checkpoints.gate,
    busy: () => !commits.idle,
    failure: (thrown, what) => storageError(thrown, `${what} ${path}`),
    observer,
    maxJournalRows: options.maxJournalRows ?? MAX_JOURNAL_ROWS,
    maxJournalBytes: options.maxJournalBytes ?? MAX_JOURNAL_BYTES,
  })

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
    try {
      await maintenance.stop()
      background(`Saving times of access to ${path}`, () => catalog.saveAccesses())
      await commits.drained()
      await checkpoints.close()
    } finally {
      watchers.clear()
      database.close()
      if (ownsLock) lock.release()
    }
  }

  return {
    capabilities: { durable: true, shared: false },

    async create(id, given) {
      checkCreate(id, given, limits)
      return write(0, () => operations.create(id, given))
    },

    fence: (id) => write(0, () => operations.fence(id)),

    // Not `async`: this is the hot call, and a promise around the promise would cost it.
    append(id, records, given) {
      try {
        const bytes = checkAppend(id, records, given, limits)
        return write(bytes, () => operations.append(id, records, given))
      } catch (error) {
        return Promise.reject(error)
      }
    },

    read: (id, after, limit) => read(`Reading stream ${id}`, () => operations.read(id, after, limit)),

    head: (id) => read(`Reading the head of stream ${id}`, () => operations.head(id)),

    watch: (id, onHint) => watchers.watch(id, onHint),

    delete: (id) => write(0, () => operations.delete(id)),

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
