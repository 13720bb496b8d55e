/** What SQLite and the file system say, in the project's own error codes, each with its remedy. */
import { type ErrorCode, SluiceError } from '../core/errors.ts'

interface Meaning {
  readonly code: ErrorCode
  readonly remedy: string
}

const LOCKED: Meaning = {
  code: 'storage-locked',
  remedy: 'Another process is using this file: stop it, or give this one another data folder.',
}
const FULL: Meaning = {
  code: 'storage-full',
  remedy: 'Free space on this disk; nothing that was acknowledged is lost, and writing goes on by itself.',
}
const READ_ONLY: Meaning = {
  code: 'storage-read-only',
  remedy: 'Give this process the right to write this file and its folder, or choose another data folder.',
}
const CORRUPT: Meaning = {
  code: 'storage-corrupt',
  remedy: 'The file is damaged or is not a database of this project: move it away and restore it from a backup.',
}
const OTHER: Meaning = { code: 'server', remedy: 'See the cause, and the health of the disk.' }

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BY_RESULT_CODE: ReadonlyMap<number, Meaning> = new Map([
  [3, READ_ONLY], // SQLITE_PERM
  [5, LOCKED], // SQLITE_BUSY
  [6, LOCKED], // SQLITE_LOCKED
  [8, READ_ONLY], // SQLITE_READONLY
  [11, CORRUPT], // SQLITE_CORRUPT
  [13, FULL], // SQLITE_FULL
  [14, READ_ONLY], // SQLITE_CANTOPEN
  [26, CORRUPT], // SQLITE_NOTADB
])

/** Codes of the file system, for folders and files that are not opened by SQLite. */
const BY_SYSTEM_CODE: ReadonlyMap<string, Meaning> = new Map([
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['EACCES', READ_ONLY],
  ['EPERM', READ_ONLY],
  ['EROFS', READ_ONLY],
  ['ENOTDIR', READ_ONLY],
  ['ENOENT', READ_ONLY],
  ['EEXIST', READ_ONLY], // a file where a folder should be
])

/**
 * A thrown value of SQLite or of the file system as a `SluiceError` with a `storage-*` code; `server` when it is neither.
 * @param what what was tried and on which file, as the beginning of a sentence: `Appending to /data/store.db`.
 */
export function storageError(thrown: unknown, what: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const { code, remedy } = meaningOf(thrown)
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new SluiceError(code, `${what} failed: ${detail}. ${remedy}`, { cause: thrown })
}

function meaningOf(thrown: unknown): Meaning {
  if (!(thrown instanceof Error)) return OTHER
  // SQLite's extended codes keep the primary code in the low byte.
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return BY_RESULT_CODE.get(thrown.errcode & 0xff) ?? OTHER
  if ('code' in thrown && typeof thrown.code === 'string') return BY_SYSTEM_CODE.get(thrown.code) ?? OTHER
  return OTHER
}
