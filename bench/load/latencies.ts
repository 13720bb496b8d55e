/** When each event was written and how long it took to arrive. */
import { percentile } from '../stats.ts'

export interface LatencySummary {
  readonly events: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Latencies {
  /** Events so far. */
  readonly count: number
  readonly add: (stampMicros: number, arrivedMicros: number) => void
  /** Of the events written from `fromMicros` until before `untilMicros`. */
  summary(fromMicros: number, untilMicros: number): LatencySummary
}

/** @param max events that are noted; further ones are only counted. */
export function createLatencies(max: number): Latencies {
  const stamps = new Float64Array(max)
  const taken = new Float64Array(max)
  let count = 0
  return {
    get count() {
      return count
    },
    add(stampMicros, arrivedMicros) {
      stamps[count] = stampMicros
      taken[count] = arrivedMicros - stampMicros
      count++
    },
    summary(fromMicros, untilMicros) {
      const chosen = taken.subarray(0, count).filter((_, index) => {
        const written = stamps[index] ?? 0
        return written >= fromMicros && written < untilMicros
      })
      chosen.sort()
      return {
        events: chosen.length,
        p50Ms: percentile(chosen, 0.5) / 1e3,
        p99Ms: percentile(chosen, 0.99) / 1e3,
        maxMs: (chosen.at(-1) ?? Number.NaN) / 1e3,
      }
    },
  }
}
