/**
 * Copies the write-ahead log into records.db, off the event loop. Records are written rarely next to streams, so the thread for it is only
 * started once there is enough to copy; most processes never need it.
 */
import { statSync } from 'node:fs'
import { SluiceError } from '../../core/errors.ts'
import { type Checkpoints, startCheckpoints } from '../../sqlite/checkpoint.ts'

/** Length of the log at which the thread is started. */
const START_THREAD_BYTES = 4 * 1024 * 1024

export interface LogCopier {
  /** Set while the next commit should be held back; resolves when it may go on. */
  readonly gate: Promise<void> | undefined
  /** Tells that about so many bytes were committed. */
  wrote(bytes: number): void
  close(): Promise<void>
}

export function createLogCopier(path: string, onError: ((error: SluiceError) => void) | undefined): LogCopier {
  // What an earlier process left uncopied counts, or the log of one that is killed again and again would only grow.
  let untoldBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  let checkpoints: Checkpoints | undefined
  let closed = false
  return {
    get gate() {
      return checkpoints?.gate
    },
    wrote(bytes) {
      untoldBytes += bytes
      if (closed || (checkpoints === undefined && untoldBytes < START_THREAD_BYTES)) return
      checkpoints ??= startCheckpoints({ path, onError: (message) => onError?.(new SluiceError('server', message)) })
      checkpoints.wrote(untoldBytes)
      untoldBytes = 0
    },
    async close() {
      closed = true
      await checkpoints?.close()
    },
  }
}
