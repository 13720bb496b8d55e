/**
 * Ownership of a data folder: one process at a time. The lock is SQLite's own lock on a small file, held open, because
 * the system takes such a lock back the moment its process dies, also by kill -9; a file with a pid in it would stay.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../core/errors.ts'
import { storageError } from './errors.ts'

export interface FolderLock {
  readonly folder: string
  /** Gives the folder free. May be called again. */
  release(): void
}

/** Never open and close this file by other means in the owner's process: closing any handle of a file drops the process's POSIX locks on it. */
const LOCK_FILE = 'owner.lock'
/** Who holds the lock, for messages only. */
const PID_FILE = 'owner.pid'

/** The locks of this process: a handle that nobody refers to would be collected, and its lock given back with it. */
const held = new Set<DatabaseSync>()

/**
 * Takes a folder for this process; it is made when missing.
 * @throws {SluiceError} `storage-locked` when another one has it, naming the folder and, where known, the holder's pid; `storage-read-only`
 * when nothing can be written there.
 */
export function lockFolder(folder: string): FolderLock {
  const what = `Locking the data folder ${folder}`
  let database: DatabaseSync | undefined
  try {
    mkdirSync(folder, { recursive: true })
    database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
    writeFileSync(join(folder, PID_FILE), `${process.pid}\n`)
  } catch (error) {
    database?.close()
    const failure = storageError(error, what)
    throw failure.code === 'storage-locked' ? locked(folder, failure) : failure
  }
  const lock = database
  held.add(lock)
  return {
    folder,
    release() {
      if (!held.delete(lock)) return
      // The note goes first: after the lock is free it may be the next owner's.
      rmSync(join(folder, PID_FILE), { force: true })
      lock.close()
    },
  }
}

function locked(folder: string, cause: SluiceError): SluiceError {
  const pid = holderOf(folder)
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new SluiceError(
    'storage-locked',
    `The data folder ${folder} is in use by ${holder}. Stop that one, or choose another data folder for this one.`,
    { cause },
  )
}

function holderOf(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, PID_FILE), 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    // The note only makes the message better: its holder may be about to write it.
    return undefined
  }
}
