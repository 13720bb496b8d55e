/** The thread of checkpoint.ts: its own connection, one passive checkpoint per request. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** What a checkpoint found; pages of the log that are not yet in the database stay for the next one. */
export interface CheckpointReport {
  readonly logPages: number
  readonly copiedPages: number
  /** What went wrong, if anything: the next request tries again. */
  readonly error?: string
}

const port = parentPort
if (port === null) throw new Error('checkpoint-worker.ts runs as a worker thread of checkpoint.ts only')

const { path } = workerData as { readonly path: string }
let database: DatabaseSync | undefined

port.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    database?.close()
    port.close()
    return
  }
  port.postMessage(checkpoint())
})

function checkpoint(): CheckpointReport {
  try {
    if (database === undefined) {
      database = new DatabaseSync(path, { timeout: 0 })
      database.exec('PRAGMA wal_autocheckpoint = 0')
    }
    const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
    return { logPages: Number(row?.['log'] ?? 0), copiedPages: Number(row?.['checkpointed'] ?? 0) }
  } catch (error) {
    return { logPages: 0, copiedPages: 0, error: error instanceof Error ? error.message : String(error) }
  }
}
