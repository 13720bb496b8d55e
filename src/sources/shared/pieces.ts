/** Reading what a stranger streams: one piece at a time, given up the moment our signal aborts, whatever the stranger does. */
import { abortError, orAbort } from '../../core/abort.ts'

/** What gives pieces. Browsers and hosts differ in whether a `ReadableStream` is iterable, so both are read in their own way. */
export type Pieces<T> = ReadableStream<T> | AsyncIterable<T>

/**
 * The pieces as they come; nothing is asked for before the consumer wants it. However this ends, the stream is cancelled or the iterator told to
 * return, at once when `signal` aborts, and neither is waited for: a stranger that hangs must not hold us.
 * @throws the signal's reason when it aborts; what the stranger throws passes through.
 */
export async function* pieces<T>(from: Pieces<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  const { next, release } = puller(from)
  let over = false
  const letGo = (): void => {
    if (over) return
    over = true
    // It rejects where the stream has failed already, which was reported where it was read; and nobody is left to hear of a failed clean-up.
    release().catch(() => {})
  }
  signal.addEventListener('abort', letGo, { once: true })
  try {
    for (;;) {
      if (signal.aborted) throw abortError(signal)
      const piece = next()
      // The stranger may abort our signal and fail in the same breath; then the failure is nobody's.
      piece.catch(() => {})
      const { done, value } = await orAbort(piece, signal)
      // A stream that is cancelled by our abort ends, and that is no end of its own.
      if (signal.aborted) throw abortError(signal)
      if (done === true) {
        over = true
        return
      }
      yield value
    }
  } finally {
    signal.removeEventListener('abort', letGo)
    letGo()
  }
}

/** Lets go of what came too late to be read. */
export function discard(from: Pieces<unknown>): void {
  // As above: nobody is left to hear of it.
  puller(from)
    .release()
    .catch(() => {})
}

interface Puller<T> {
  next(): Promise<IteratorResult<T, unknown>>
  release(): Promise<unknown>
}

function puller<T>(from: Pieces<T>): Puller<T> {
  if ('getReader' in from) {
    const reader = from.getReader()
    return {
      next: async () => {
        const { done, value } = await reader.read()
        return done ? { done, value: undefined } : { done, value }
      },
      release: () => reader.cancel(),
    }
  }
  const iterator = from[Symbol.asyncIterator]()
  // Async functions, so that what a hand-made iterator throws at once is a rejection like any other.
  return { next: async () => iterator.next(), release: async () => iterator.return?.() }
}
