/** One of the process's outputs: waits for a slow reader, and knows when the reader is gone. */
import { abortError } from '../core/abort.ts'

/** What is asked of `process.stdout` and `process.stderr`. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

export interface Output extends Disposable {
  /** Whether a person looks at it. */
  readonly terminal: boolean
  /** Aborts with the error when nothing can be written any more. */
  readonly gone: AbortSignal
  /** Resolves when more may be written. @throws the error once it is gone. */
  write(text: string): Promise<void>
}

/** Disposing it stops listening, and leaves the stream open: it is the process's. */
export function createOutput(stream: OutputStream): Output {
  const gone = new AbortController()
  const onError = (error: Error): void => gone.abort(error)
  stream.on('error', onError)
  return {
    terminal: stream.isTTY === true,
    gone: gone.signal,
    write(text) {
      if (gone.signal.aborted) return Promise.reject(abortError(gone.signal))
      return stream.write(text) ? Promise.resolve() : drained(stream, gone.signal)
    },
    [Symbol.dispose]() {
      stream.removeListener('error', onError)
    },
  }
}

function drained(stream: OutputStream, gone: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = (): void => {
      gone.removeEventListener('abort', onGone)
      resolve()
    }
    const onGone = (): void => {
      stream.removeListener('drain', onDrain)
      reject(abortError(gone))
    }
    stream.once('drain', onDrain)
    gone.addEventListener('abort', onGone, { once: true })
  })
}

/** Whether the reader of a pipe left, as `head` does: the writer's work is done, and nothing is wrong. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
}
