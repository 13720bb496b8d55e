/** A clock that only moves when a test moves it. */
import type { Clock } from '../clock.ts'

export interface FakeClock extends Clock {
  /** Moves time on and fires what falls due, in order; what a callback arms within the span fires too. */
  advance(ms: number): void
  /** Timers that are armed. */
  readonly pending: number
}

/** @param startMs what `now` says at first. `monotonic` starts at 0. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0
  let order = 0
  const timers = new Map<number, { readonly dueMs: number; readonly callback: () => void }>()

  const nextDue = (untilMs: number): number | undefined => {
    let best: number | undefined
    for (const [id, timer] of timers) {
      const bestDue = best === undefined ? Number.POSITIVE_INFINITY : (timers.get(best)?.dueMs ?? Number.POSITIVE_INFINITY)
      if (timer.dueMs <= untilMs && timer.dueMs < bestDue) best = id
    }
    return best
  }

  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    setTimer(delayMs, callback) {
      const id = order++
      timers.set(id, { dueMs: elapsed + Math.max(0, delayMs), callback })
      return () => timers.delete(id)
    },
    advance(ms) {
      const until = elapsed + ms
      for (let id = nextDue(until); id !== undefined; id = nextDue(until)) {
        const timer = timers.get(id)
        timers.delete(id)
        if (!timer) continue
        elapsed = Math.max(elapsed, timer.dueMs)
        timer.callback()
      }
      elapsed = until
    },
    get pending() {
      return timers.size
    },
  }
}
