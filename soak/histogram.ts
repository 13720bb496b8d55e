/** Millions of latencies in little memory: buckets of a tenth of a millisecond. */

export interface Histogram {
  add(ms: number): void
  readonly count: number
  /** The value that `part` (0 to 1) of all do not exceed, to a tenth of a millisecond; NaN without any. */
  percentile(part: number): number
  readonly maxMs: number
}

export interface LatencyFigures {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const BUCKETS_PER_MS = 10
/** Longer ones count as this long; `maxMs` still knows. */
const MAX_MS = 20_000

export function createHistogram(): Histogram {
  const buckets = new Uint32Array(MAX_MS * BUCKETS_PER_MS + 1)
  let count = 0
  let maxMs = 0
  return {
    add(ms) {
      const bucket = Math.min(Math.max(0, Math.floor(ms * BUCKETS_PER_MS)), buckets.length - 1)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
      count++
      if (ms > maxMs) maxMs = ms
    },
    get count() {
      return count
    },
    get maxMs() {
      return count === 0 ? Number.NaN : maxMs
    },
    percentile(part) {
      let left = Math.ceil(count * part)
      if (left === 0) return Number.NaN
      for (const [bucket, inBucket] of buckets.entries()) {
        left -= inBucket
        if (left <= 0) return (bucket + 1) / BUCKETS_PER_MS
      }
      return MAX_MS
    },
  }
}

export function figuresOf(histogram: Histogram): LatencyFigures {
  return {
    count: histogram.count,
    p50Ms: histogram.percentile(0.5),
    p99Ms: histogram.percentile(0.99),
    maxMs: histogram.maxMs,
  }
}
