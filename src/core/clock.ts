/** Time as a dependency: production passes `systemClock`, tests pass a clock that they advance by hand. */
import { abortError } from './abort.ts'

export interface Clock {
  /** Milliseconds since 1970, for time stamps. */
  now(): number
  /** Milliseconds from an arbitrary start that never go back, for durations. */
  monotonic(): number
  /**
   * Calls `callback` once after `delayMs`; the result cancels it and may be called again without effect.
   * @param keepsProcess whether the process stays alive for it. False, the default, is right for what only watches over other work; true for
   * what somebody awaits, as `sleep` does.
   */
  setTimer(delayMs: number, callback: () => void, keepsProcess?: boolean): () => void
}

/** The host's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback, keepsProcess = false) {
    // Hosts cap a timer at 2^31-1 ms and fire at once beyond it; a longer wait is cut into pieces.
    const deadline = performance.now() + delayMs
    let handle: ReturnType<typeof setTimeout>
    const arm = (): void => {
      const left = deadline - performance.now()
      handle = setTimeout(left > MAX_TIMER_MS ? arm : callback, Math.min(Math.max(left, 0), MAX_TIMER_MS))
      if (!keepsProcess) unref(handle)
    }
    arm()
    return () => clearTimeout(handle)
  },
}

const MAX_TIMER_MS = 2 ** 31 - 1

/** A timer is an object with `unref` in Node and a number in browsers. */
function unref(handle: unknown): void {
  if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function') handle.unref()
}

/** Waits `delayMs` on `clock`; rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError(signal))
      return
    }
    const onAbort = (): void => {
      cancel()
      reject(abortError(signal))
    }
    const onTime = (): void => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }
    const cancel = clock.setTimer(delayMs, onTime, true)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
