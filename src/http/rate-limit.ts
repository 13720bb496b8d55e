/** Limits of requests per caller: a token bucket for each, in a table with a bound. */
import type { Clock } from '../core/clock.ts'
import { Refusal } from './problem.ts'

export interface RateLimit {
  /**
   * Takes one request of `who` into account.
   * @throws {Refusal} 429, with how long to wait.
   */
  take(who: string): void
  /** The same without taking: refuses whoever has nothing left. */
  check(who: string): void
}

export interface RateLimitOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  /** Requests in a minute, all of which may come at once; 0 limits nobody. */
  readonly perMinute: number
  /** What is limited, for the sentence of the refusal: `requests of this key`. */
  readonly what: string
  /** Callers that are remembered. Beyond it the one that was quiet for longest is forgotten, which only ever helps it. Default 10,000. */
  readonly maxCallers?: number
}

const MINUTE_MS = 60_000
const MAX_CALLERS = 10_000

interface Bucket {
  readonly left: number
  readonly at: number
}

export function createRateLimit({ clock, perMinute, what, maxCallers = MAX_CALLERS }: RateLimitOptions): RateLimit {
  // In the order of the last request, so that the first is the quietest.
  const buckets = new Map<string, Bucket>()

  const leftOf = (who: string, now: number): number => {
    const bucket = buckets.get(who)
    return bucket === undefined ? perMinute : Math.min(perMinute, bucket.left + ((now - bucket.at) * perMinute) / MINUTE_MS)
  }
  const refuse = (left: number): never => {
    throw new Refusal(429, 'overloaded', `There are too many ${what}: ${perMinute} in a minute are taken. Come back after Retry-After.`, {
      retryAfterMs: Math.ceil(((1 - left) * MINUTE_MS) / perMinute),
    })
  }

  return {
    take(who) {
      if (perMinute === 0) return
      const now = clock.monotonic()
      const left = leftOf(who, now)
      if (left < 1) refuse(left)
      buckets.delete(who)
      buckets.set(who, { left: left - 1, at: now })
      const [quietest] = buckets.keys()
      if (buckets.size > maxCallers && quietest !== undefined) buckets.delete(quietest)
    },
    check(who) {
      if (perMinute === 0) return
      const left = leftOf(who, clock.monotonic())
      if (left < 1) refuse(left)
    },
  }
}
