import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { openDatabase } from './open.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-open-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const failure = (run: () => unknown): SluiceError => {
  try {
    run()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('expected a failure')
}

describe('openDatabase', () => {
  it('runs the migrations that a database has not had, and keeps what is in it', () => {
    const path = join(folder, 'deep', 'a.db')
    const first = openDatabase({ path, name: 'a', migrations: ['CREATE TABLE t (x)'] })
    first.exec('INSERT INTO t VALUES (1)')
    first.close()
    const second = openDatabase({ path, name: 'a', migrations: ['CREATE TABLE t (x)', 'ALTER TABLE t ADD COLUMN y DEFAULT 2'] })
    expect({ ...second.prepare('SELECT x, y FROM t').get() }).toEqual({ x: 1, y: 2 })
    expect({ ...second.prepare('PRAGMA user_version').get() }).toEqual({ user_version: 2 })
    second.close()
  })

  it('undoes a migration that fails half-way', () => {
    const path = join(folder, 'a.db')
    expect(failure(() => openDatabase({ path, name: 'a', migrations: ['CREATE TABLE t (x); CREATE TABLE t (x)'] })).code).toBe('server')
    const again = openDatabase({ path, name: 'a', migrations: ['CREATE TABLE t (x)'] })
    expect(again.prepare('SELECT count(*) AS n FROM t').get()?.['n']).toBe(0)
    again.close()
  })

  it('refuses a database of a newer release and says what to do', () => {
    const path = join(folder, 'a.db')
    openDatabase({ path, name: 'store', migrations: ['CREATE TABLE t (x)', 'CREATE TABLE u (x)'] }).close()
    const error = failure(() => openDatabase({ path, name: 'store', migrations: ['CREATE TABLE t (x)'] }))
    expect(error.code).toBe('configuration')
    expect(error.message).toContain(path)
    expect(error.message).toContain('newer')
  })

  it('opens a private database in memory', () => {
    const database = openDatabase({ path: ':memory:', name: 'a', migrations: ['CREATE TABLE t (x)'] })
    expect(database.prepare('SELECT count(*) AS n FROM t').get()?.['n']).toBe(0)
    database.close()
  })

  it('writes through a log with automatic checkpoints off', () => {
    const database = openDatabase({ path: join(folder, 'a.db'), name: 'a', migrations: [], synchronous: 'full' })
    const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    expect([pragma('journal_mode'), pragma('wal_autocheckpoint'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 0, 2, 1])
    database.close()
  })

  it('says storage-corrupt for a file that is no database', () => {
    const path = join(folder, 'a.db')
    writeFileSync(path, 'this is not a database, whatever its name may say about it. '.repeat(100))
    const error = failure(() => openDatabase({ path, name: 'a', migrations: [] }))
    expect(error.code).toBe('storage-corrupt')
    expect(error.message).toContain(path)
  })

  it('says storage-read-only where no file can be made', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(failure(() => openDatabase({ path: join(folder, 'file', 'a.db'), name: 'a', migrations: [] })).code).toBe('storage-read-only')
  })

  it('says storage-locked while another holds the file', () => {
    const path = join(folder, 'a.db')
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE t (x); BEGIN EXCLUSIVE')
    const error = failure(() => openDatabase({ path, name: 'a', migrations: [], busyTimeoutMs: 0 }))
    expect(error.code).toBe('storage-locked')
    other.close()
  })
})
