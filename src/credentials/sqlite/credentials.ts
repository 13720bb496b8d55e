/** Credentials in one SQLite file beside the records: the embedded default. */
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { SluiceError } from '../../core/errors.ts'
import type { Credentials } from '../../ports/credentials.ts'
import { storageError } from '../../sqlite/errors.ts'
import { openDatabase } from '../../sqlite/open.ts'
import { readGrant, readKey } from './rows.ts'
import { MIGRATIONS, QUERIES } from './schema.ts'

export interface SqliteCredentialsOptions {
  /** Data folder; the file in it is `credentials.db`. Made when missing. Its one owner holds the folder's lock. */
  readonly folder: string
}

/**
 * Opens `credentials.db`, migrated to the newest schema. It is flushed at every commit: a key that was revoked must not come back with the power.
 * @throws {SluiceError} `storage-*`; `configuration` when a newer release wrote the file.
 */
export function createSqliteCredentials({ folder }: SqliteCredentialsOptions): Credentials {
  const path = join(folder, 'credentials.db')
  const database = openDatabase({ path, name: 'credentials', migrations: MIGRATIONS, synchronous: 'full' })
  // Written rarely and little, so copying its log inside of a commit costs nothing that anybody could notice.
  database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`)
  const sql = prepare(database)

  const attempt = async <T>(what: string, work: () => T): Promise<T> => {
    if (!database.isOpen) throw new SluiceError('unavailable', `${what}: ${path} is closed. Open it anew to go on.`)
    try {
      return work()
    } catch (error) {
      throw storageError(error, `${what} (${path})`)
    }
  }
  const transaction = <T>(what: string, work: () => T): Promise<T> =>
    attempt(what, () => {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        // A full disk has SQLite roll back by itself.
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    })
  const key = (id: string) => {
    const row = sql.getKey.get({ id })
    return row && readKey(row)
  }
  const grant = (id: string) => {
    const row = sql.getGrant.get({ id })
    return row && readGrant(row)
  }

  return {
    addKey: (added, room) =>
      transaction(`Writing key ${added.id}`, () => {
        sql.forgetKeys.run({ before: room.forgetBefore })
        if (count(sql.countKeys.get()) >= room.max) return false
        if (key(added.id)) throw taken(added.id)
        const { principal, expiresAt = null, revokedAt = null, lastUsedAt = null, ...rest } = added
        const { tenant, user } = principal
        sql.addKey.run({ ...rest, tenant, user, scopes: JSON.stringify(principal.scopes), expiresAt, revokedAt, lastUsedAt })
        return true
      }),
    getKey: (id) => attempt(`Reading key ${id}`, () => key(id)),
    listKeys: () => attempt('Listing the keys', () => sql.listKeys.all().map(readKey)),
    revokeKey: (id, nowMs) =>
      transaction(`Revoking key ${id}`, () => {
        sql.revokeKey.run({ id, now: nowMs })
        return key(id)
      }),
    touchKey: (id, nowMs) => attempt(`Noting the use of key ${id}`, () => void sql.touchKey.run({ id, now: nowMs })),

    addGrant: (added, room) =>
      transaction(`Writing grant ${added.id}`, () => {
        sql.forgetExpiredGrants.run({ before: room.forgetBefore })
        sql.forgetRevokedGrants.run({ before: room.forgetBefore })
        const { principal, keyId = null, revokedAt = null, scopes, ...rest } = added
        const { tenant, user } = principal
        if (count(sql.countGrants.get({ tenant, user })) >= room.max) return false
        if (grant(added.id)) throw taken(added.id)
        const texts = { principalScopes: JSON.stringify(principal.scopes), scopes: JSON.stringify(scopes) }
        sql.addGrant.run({ ...rest, ...texts, tenant, user, keyId, revokedAt })
        return true
      }),
    getGrant: (id) => attempt(`Reading grant ${id}`, () => grant(id)),
    listGrants: ({ tenant, user }, streamId) =>
      attempt(`Listing the grants of stream ${streamId}`, () => sql.listGrants.all({ tenant, user, streamId }).map(readGrant)),
    renewGrant: (id, expiresAt) =>
      transaction(`Renewing grant ${id}`, () => (sql.renewGrant.run({ id, expiresAt }).changes > 0 ? grant(id) : undefined)),
    revokeGrant: (id, { tenant, user }, nowMs) =>
      transaction(`Revoking grant ${id}`, () => sql.revokeGrant.run({ id, tenant, user, now: nowMs }).changes > 0),

    async close() {
      if (database.isOpen) await attempt('Closing the credentials', () => database.close())
    },
  }
}

/** Pages of the write-ahead log at which it is copied into the file. */
const LOG_PAGES = 256

function prepare(database: DatabaseSync): { readonly [Name in keyof typeof QUERIES]: StatementSync } {
  // Object.fromEntries forgets the names of the keys, which are those of QUERIES.
  return Object.fromEntries(Object.entries(QUERIES).map(([name, text]) => [name, database.prepare(text)])) as {
    readonly [Name in keyof typeof QUERIES]: StatementSync
  }
}

function count(row: Record<string, unknown> | undefined): number {
  return Number(row?.['n'] ?? 0)
}

function taken(id: string): SluiceError {
  return new SluiceError('conflict', `There is a credential ${id} already.`)
}
