/** Opens a SQLite database the way this project wants all of them: WAL, migrated, and with errors that say what to do. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../core/errors.ts'
import { storageError } from './errors.ts'

export interface OpenOptions {
  /** File; its folder is made when missing. `:memory:` is a private database that dies with its handle. */
  readonly path: string
  /** What it holds, for messages: `store`, `records`. */
  readonly name: string
  /** Scripts, oldest first; a database at version n has had the first n. Never change one that was released: add another. */
  readonly migrations: readonly string[]
  /**
   * `normal` (default): what is committed survives a kill of the process, and the last moments may be lost when the machine loses power.
   * `full`: also that is kept, for one fsync per commit.
   */
  readonly synchronous?: 'normal' | 'full'
  /**
   * How long a statement waits for another process's lock, in milliseconds; default 100. It blocks the event loop, so it is short: a data folder has one owner (lock.ts),
   * and only a tool that looks into the file from outside can be in the way.
   */
  readonly busyTimeoutMs?: number
  /** Bytes that the file may grow to, rounded down to pages; more is `storage-full`. Default: as the disk allows. */
  readonly maxFileBytes?: number
}

const BUSY_TIMEOUT_MS = 100

/**
 * Opens and migrates. Automatic checkpoints are off, because they would run inside a commit: see checkpoint.ts.
 * @throws {SluiceError} `storage-*`; `configuration` when the database was written by a newer version.
 */
export function openDatabase(options: OpenOptions): DatabaseSync {
  const what = `Opening the ${options.name} database ${options.path}`
  let database: DatabaseSync | undefined
  try {
    if (options.path !== ':memory:') mkdirSync(dirname(options.path), { recursive: true })
    database = new DatabaseSync(options.path, {
      timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    })
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(`PRAGMA synchronous = ${options.synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
    database.exec('PRAGMA wal_autocheckpoint = 0')
    migrate(database, options)
    if (options.maxFileBytes !== undefined) {
      const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.['page_size'])
      database.exec(`PRAGMA max_page_count = ${Math.floor(options.maxFileBytes / pageBytes)}`)
    }
    return database
  } catch (error) {
    database?.close()
    throw storageError(error, what)
  }
}

function migrate(database: DatabaseSync, { path, name, migrations }: OpenOptions): void {
  const version = userVersion(database)
  if (version > migrations.length) {
    throw new SluiceError(
      'configuration',
      `The ${name} database ${path} has version ${version}, and this program knows versions up to ${migrations.length}: it was written by a newer ` +
        'release. Run that release or a later one, or choose another data folder.',
    )
  }
  for (let next = version; next < migrations.length; next++) {
    // Reads the version again under the lock: another process may have migrated meanwhile.
    database.exec('BEGIN IMMEDIATE')
    try {
      if (userVersion(database) === next) {
        database.exec(migrations[next] ?? '')
        database.exec(`PRAGMA user_version = ${next + 1}`)
      }
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

function userVersion(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get()
  return Number(row?.['user_version'] ?? 0)
}
