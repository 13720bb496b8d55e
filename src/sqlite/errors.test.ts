import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { storageError } from './errors.ts'

/** What SQLite throws for these statements. */
function thrownBy(...statements: readonly string[]): unknown {
  const database = new DatabaseSync(':memory:')
  try {
    for (const statement of statements) database.exec(statement)
  } catch (error) {
    return error
  } finally {
    database.close()
  }
  throw new Error('expected a failure')
}

describe('storageError', () => {
  it('names a full disk, and the remedy', () => {
    const thrown = thrownBy('CREATE TABLE t (x)', 'PRAGMA max_page_count = 3', 'INSERT INTO t VALUES (zeroblob(100000))')
    const error = storageError(thrown, 'Appending to /data/store.db')
    expect(error).toMatchObject({ code: 'storage-full', retryable: true, cause: thrown })
    expect(error.message).toMatch(/^Appending to \/data\/store\.db failed: .*\. Free space/)
  })

  it('names a database that cannot be written', () => {
    expect(storageError(thrownBy('CREATE TABLE t (x)', 'PRAGMA query_only = 1', 'INSERT INTO t VALUES (1)'), 'x').code).toBe(
      'storage-read-only',
    )
  })

  it('understands what the file system says', () => {
    const codes = ['ENOSPC', 'EACCES', 'EROFS', 'EMFILE'].map((code) => storageError(Object.assign(new Error(code), { code }), 'x').code)
    expect(codes).toEqual(['storage-full', 'storage-read-only', 'storage-read-only', 'server'])
  })

  it('calls everything else a failure of the server, and leaves our own errors alone', () => {
    expect(storageError(thrownBy('CREATE nonsense'), 'x').code).toBe('server')
    expect(storageError('text', 'x').code).toBe('server')
    const own = new SluiceError('gone', 'x')
    expect(storageError(own, 'y')).toBe(own)
  })
})
