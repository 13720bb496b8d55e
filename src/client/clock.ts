/**
 * The host's clock, for readers. Unlike `systemClock` its timers keep a Node process alive: a program that awaits an answer while the
 * server restarts has no socket open, only the timer of the next attempt, and must not end in the middle of its await.
 */
import { type Clock, systemClock } from '../core/clock.ts'

export const waitingClock: Clock = {
  ...systemClock,
  /** Waits here are bounded by the policy, far below the 2^31-1 ms that hosts cap a timer at. */
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, delayMs)
    return () => clearTimeout(handle)
  },
}
