/** Asking the server until it answers. A page never gives up: what cannot pass now may pass when the person looks again. */
import { type BackoffPolicy, backoffDelayMs } from '../../../src/core/backoff.ts'
import { SluiceError, toSluiceError } from '../../../src/core/errors.ts'
import { onWake } from '../browser/wake.ts'

const DELAYS: BackoffPolicy = { baseMs: 500, maxMs: 10_000, factor: 2, jitter: 'full' }

/**
 * Repeats `task` while it fails with what may pass. Waits are cut short when the page is looked at or the network returns, except those that the server asked for.
 * @param onTrouble told of each failure that is going to be retried.
 * @throws {SluiceError} what the server refused for good; the signal's reason once it aborts.
 */
export async function persist<T>(
  task: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  onTrouble: (error: SluiceError) => void,
): Promise<T> {
  for (let retry = 1; ; retry++) {
    try {
      return await task(signal)
    } catch (thrown) {
      signal.throwIfAborted()
      const error = thrown instanceof SluiceError ? thrown : toSluiceError(thrown)
      if (!error.retryable) throw error
      onTrouble(error)
      await wait(backoffDelayMs(DELAYS, retry) + (error.retryAfterMs ?? 0), error.retryAfterMs === undefined, signal)
    }
  }
}

function wait(delayMs: number, wakeable: boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      unwatch()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    const unwatch = wakeable ? onWake(done) : () => {}
    signal.addEventListener('abort', done, { once: true })
  })
}
