/** Whether the memory of the server stays flat: judged for each life of the process by itself. */
import { mebibytes, type Verdict } from '../section.ts'
import type { Sample } from '../server/sampler.ts'
import { type Point, slopeOf } from '../slope.ts'

/**
 * What memory may grow by in an hour. It is not nothing: an ended run stays in the index of its stream and in the caches until it expires, some
 * hundred bytes each, and the soak makes tens of thousands of runs in an hour. A leak of one reader's state (10 KiB) in each visit would be
 * gigabytes here, and one of a run's events (5 KiB) hundreds of megabytes.
 */
const MAX_GROWTH_PER_HOUR_BYTES = 96 * 2 ** 20
/** What it may grow by besides: pages that were touched once stay resident. */
const SPARE_BYTES = 32 * 2 ** 20
/**
 * The same for a look that is shorter than `LONG_LOOK_S`: the collector lets the heap of a young process grow to its working size, and a few
 * of its cycles are all that such a look sees.
 */
const SETTLING_BYTES = 160 * 2 ** 20
const LONG_LOOK_S = 300
/** A process's first time, in which code is compiled and all readers come: a quarter of its life, within these bounds. */
const WARM_UP_PART = 0.25
const MIN_WARM_UP_MS = 10_000
const MAX_WARM_UP_MS = 5 * 60_000

export interface LifeMemory {
  readonly life: number
  readonly seconds: number
  readonly rssPerHour: number | undefined
  readonly rssLowerPerHour: number | undefined
  readonly heapPerHour: number | undefined
  readonly peakRss: number
}

export function memoryVerdicts(samples: readonly Sample[]): {
  readonly lives: readonly LifeMemory[]
  readonly verdicts: readonly Verdict[]
} {
  const lives: LifeMemory[] = []
  const verdicts: Verdict[] = []
  for (const [life, all] of Map.groupBy(samples, (sample) => sample.life)) {
    const settled = afterWarmUp(all)
    const peakRss = Math.max(...all.map(({ rssBytes }) => rssBytes))
    const slopes = {
      rss: slopeOf(settled.map(({ atMs, rssBytes }): Point => ({ atMs, value: rssBytes }))),
      heap: slopeOf(settled.map(({ atMs, heapBytes }): Point => ({ atMs, value: heapBytes }))),
    }
    lives.push({
      life,
      seconds: slopes.rss?.seconds ?? 0,
      rssPerHour: slopes.rss && slopes.rss.perSecond * 3_600,
      rssLowerPerHour: slopes.rss && slopes.rss.lowerPerSecond * 3_600,
      heapPerHour: slopes.heap && slopes.heap.perSecond * 3_600,
      peakRss,
    })
    for (const [name, slope] of Object.entries(slopes)) {
      const figure = `Memory is flat: ${name}, life ${life + 1} of the server`
      if (slope === undefined) {
        verdicts.push({ figure, target: '-', measured: `${settled.length} samples`, judgement: 'not judged: too short' })
        continue
      }
      const allowed = (slope.seconds < LONG_LOOK_S ? SETTLING_BYTES : SPARE_BYTES) + (MAX_GROWTH_PER_HOUR_BYTES * slope.seconds) / 3_600
      const [grown, surely] = [slope.perSecond * slope.seconds, slope.lowerPerSecond * slope.seconds]
      verdicts.push({
        figure,
        target: `not surely more than ${mebibytes(allowed)} in ${slope.seconds.toFixed(0)} s`,
        measured: `${mebibytes(grown)}, surely ${mebibytes(surely)}; peak rss ${mebibytes(peakRss)}`,
        judgement: surely <= allowed ? 'met' : 'MISSED',
      })
    }
  }
  return { lives, verdicts }
}

function afterWarmUp(samples: readonly Sample[]): readonly Sample[] {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) return []
  const warmUpMs = Math.min(MAX_WARM_UP_MS, Math.max(MIN_WARM_UP_MS, (last.atMs - first.atMs) * WARM_UP_PART))
  return samples.filter(({ atMs }) => atMs >= first.atMs + warmUpMs)
}
