/**
 * Whether a measurement grows: the Theil-Sen slope, the median of the slopes between all pairs of points, which peaks of the garbage
 * collector do not move. With its lower bound, so that a short look does not call noise a leak.
 */
import { median, percentile } from '../bench/stats.ts'

export interface Point {
  readonly atMs: number
  readonly value: number
}

export interface Slope {
  /** Growth per second. */
  readonly perSecond: number
  /** The growth per second that is exceeded with 99 % confidence. */
  readonly lowerPerSecond: number
  readonly seconds: number
}

/** Samples that follow each other within one cycle of the collector are not independent; their lowest ones nearly are. */
const MAX_BLOCKS = 30
const MIN_BLOCKS = 8
/** One-sided 99 % of the normal distribution. */
const Z = 2.326

/** @returns `undefined` when there are too few points to say anything. */
export function slopeOf(points: readonly Point[]): Slope | undefined {
  // The floor of each block: what is left after the collector, as far as it ran.
  const size = Math.max(1, Math.ceil(points.length / MAX_BLOCKS))
  const blocks: Point[] = []
  for (let at = 0; at + size <= points.length; at += size) {
    const block = points.slice(at, at + size)
    blocks.push({ atMs: median(block.map(({ atMs }) => atMs)), value: Math.min(...block.map(({ value }) => value)) })
  }
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (blocks.length < MIN_BLOCKS || !first || !last) return undefined
  const slopes: number[] = []
  for (const [index, a] of blocks.entries()) {
    for (const b of blocks.slice(index + 1)) slopes.push(((b.value - a.value) / (b.atMs - a.atMs)) * 1e3)
  }
  const sorted = Float64Array.from(slopes).sort()
  // Sen's interval: the ranks that Kendall's statistic allows.
  const n = blocks.length
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  const rank = Math.max(0, Math.floor((sorted.length - spread) / 2))
  return { perSecond: percentile(sorted, 0.5), lowerPerSecond: sorted[rank] ?? Number.NaN, seconds: (last.atMs - first.atMs) / 1e3 }
}
