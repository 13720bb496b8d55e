/**
 * Checkpoints off the hot turn. Copying the write-ahead log into the database costs milliseconds of fsync, so a worker thread
 * does it while the event loop goes on.
 *
 * A log that is written without pause never ends up wholly copied, and only then can SQLite start it over. So when it has
 * outgrown its bound, `gate` asks the writer to hold its next commit for the moment that the worker needs for the rest: the
 * appends wait a few milliseconds, the event loop does not.
 */
import { Worker } from 'node:worker_threads'
import type { CheckpointReport } from './checkpoint-worker.ts'

export interface CheckpointOptions {
  /** The database file, opened by the caller with openDatabase and kept open for longer than this. */
  readonly path: string
  /** A checkpoint follows when so much was written; default 4 MiB. */
  readonly everyBytes?: number
  /** The log is held up to be started over when it is longer; default 64 MiB. It may exceed this by what one commit writes. */
  readonly maxLogBytes?: number
  /** Told when a checkpoint fails; the next one tries again. */
  readonly onError?: (message: string) => void
}

export interface Checkpoints {
  /** Tells of a commit of so many bytes, not counting pages written anew around them; cheap enough for every commit. */
  wrote(bytes: number): void
  /** Set while the writer should hold its next commit; resolves when it may go on. */
  readonly gate: Promise<void> | undefined
  /** Runs one now and waits for it. */
  run(): Promise<void>
  /** Waits for the one under way and ends the thread. May be called again. */
  close(): Promise<void>
}

const EVERY_BYTES = 4 * 1024 * 1024
const MAX_LOG_BYTES = 64 * 1024 * 1024
/** SQLite's default; only used to turn pages into bytes. */
const PAGE_BYTES = 4096
/** What a commit adds to the log beside its own bytes: the pages that it changes are written whole. */
const COMMIT_BYTES = 2 * PAGE_BYTES

/** Watches over the log of one database file. The thread starts with the first checkpoint and does not keep the process alive. */
export function startCheckpoints(options: CheckpointOptions): Checkpoints {
  const everyBytes = options.everyBytes ?? EVERY_BYTES
  const maxLogBytes = options.maxLogBytes ?? MAX_LOG_BYTES
  let worker: Worker | undefined
  let writtenBytes = 0
  let running: PromiseWithResolvers<void> | undefined
  let gate: PromiseWithResolvers<void> | undefined
  let exited = false
  let closing: Promise<void> | undefined

  const start = (): Promise<void> => {
    if (exited || closing) return Promise.resolve()
    if (running === undefined) {
      running = Promise.withResolvers()
      writtenBytes = 0
      worker ??= startWorker()
      worker.postMessage('checkpoint')
    }
    return running.promise
  }

  const finish = (): void => {
    const done = running
    running = undefined
    gate?.resolve()
    gate = undefined
    done?.resolve()
  }

  const startWorker = (): Worker => {
    const started = new Worker(workerUrl(), { workerData: { path: options.path } })
    started.unref()
    started.on('message', onReport)
    started.on('error', (error) => options.onError?.(`The checkpoint thread of ${options.path} failed: ${error.message}`))
    started.on('exit', () => {
      exited = true
      finish()
    })
    return started
  }

  const onReport = (report: CheckpointReport): void => {
    if (report.error !== undefined) options.onError?.(`Checkpointing ${options.path} failed: ${report.error}`)
    const held = gate !== undefined
    const behind = report.copiedPages < report.logPages || writtenBytes > 0
    finish()
    if (!held && behind && report.logPages * PAGE_BYTES > maxLogBytes && !closing) {
      gate = Promise.withResolvers()
      void start()
    }
  }

  return {
    wrote(bytes) {
      writtenBytes += bytes + COMMIT_BYTES
      if (writtenBytes >= everyBytes && running === undefined) void start()
    },
    get gate() {
      return gate?.promise
    },
    run: start,
    close() {
      closing ??= new Promise((resolve) => {
        if (exited || worker === undefined) {
          resolve()
          return
        }
        // From here on somebody waits for the thread's end.
        worker.ref()
        worker.once('exit', () => resolve())
        worker.postMessage('close')
      })
      return closing
    },
  }
}

/** The compiler rewrites the paths of imports, not those of URLs. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.js', import.meta.url)
}
