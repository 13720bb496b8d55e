/** One stream, many readers, an event per turn of the event loop, as fast as the readers take them. */
import { withPair } from './pair.ts'
import { profileFile } from './profile.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import type { ContenderName } from './server/main.ts'
import { median } from './stats.ts'

const NAMES: readonly ContenderName[] = ['sluice sqlite', 'sluice memory', 'rawsock', 'raw', 'better-sse']
const READERS = [1, 100, 1000]
/** Events that may be under way to each reader: enough that nobody waits for the other, few enough that sockets take them at once. */
const WINDOW_ALONE = 128
const WINDOW = 16
const MAX_CPU_OF_RAWSOCK = 1.15
const MIN_RATE_OF_RAW = 1.3

interface Sample {
  /** Microseconds of server CPU per delivery. */
  readonly cpu: number
  /** Deliveries per second. */
  readonly rate: number
  /** Share of the time that the load generator was busy: near 1, it was the bottleneck and the rate says nothing. */
  readonly loadBusy: number
}

export async function fanOut(options: BenchOptions): Promise<Section> {
  const rows: string[][] = []
  const verdicts: Section['verdicts'][number][] = []
  const samples: Record<string, unknown> = {}
  for (const readers of options.quick ? [100] : READERS) {
    const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => {
      options.progress(`fan-out, ${readers} readers, ${name}, round ${round + 1}`)
      return measure(name, readers, options)
    })
    const column = (name: ContenderName, of: (sample: Sample) => number): number[] => (results.get(name) ?? []).map(of)
    const ratio = (name: ContenderName, other: ContenderName, of: (sample: Sample) => number): number => {
      const base = column(other, of)
      return median(column(name, of).map((value, round) => value / (base[round] ?? Number.NaN)))
    }
    for (const name of NAMES) {
      rows.push([
        `${readers}`,
        name,
        figure(median(column(name, ({ cpu }) => cpu))),
        figure(ratio(name, 'rawsock', ({ cpu }) => cpu)),
        figure(median(column(name, ({ rate }) => rate))),
        figure(ratio(name, 'raw', ({ rate }) => rate)),
        `${(median(column(name, ({ loadBusy }) => loadBusy)) * 100).toFixed(0)} %`,
      ])
    }
    if (readers >= 100) {
      for (const name of ['sluice sqlite', 'sluice memory'] as const) {
        verdicts.push({
          what: `Fan-out, ${readers} readers, ${name}: server CPU per delivery`,
          measured: ratio(name, 'rawsock', ({ cpu }) => cpu),
          limit: MAX_CPU_OF_RAWSOCK,
          wanted: 'at most',
          unit: 'x rawsock',
        })
        verdicts.push({
          what: `Fan-out, ${readers} readers, ${name}: deliveries per second of server CPU`,
          measured: 1 / ratio(name, 'raw', ({ cpu }) => cpu),
          limit: MIN_RATE_OF_RAW,
          wanted: 'at least',
          unit: 'x raw',
        })
      }
    }
    samples[`${readers} readers`] = Object.fromEntries(results)
  }
  return {
    name: 'fan-out',
    title: 'Live fan-out: one stream, N readers',
    note: 'CPU is the server process (user and system, all threads) per event and reader. Ratios are medians over rounds that ran side by side.',
    head: ['readers', 'server', 'CPU µs per delivery', 'x rawsock', 'deliveries/s', 'x raw', 'load generator busy'],
    rows,
    verdicts,
    samples,
  }
}

function measure(name: ContenderName, readers: number, { quick, profile }: BenchOptions): Promise<Sample> {
  return withPair({ name, streams: 1 }, async (pair) => {
    await pair.connect(readers)
    await pair.reach()
    const frameBytes = await pair.frameBytes()
    const window = readers === 1 ? WINDOW_ALONE : WINDOW
    await pair.load.call('count', { ackEvery: Math.max(1, Math.floor((frameBytes * readers * window) / 4)) })
    const file = profileFile(profile, `${name} ${readers}`)
    const load = { readers, frameBytes, window, warmMs: 700, measureMs: quick ? 1_000 : 1_200, profile: file }
    const { events, seconds, cpuMicros } = await pair.server.call('fanOut', load)
    const loadCpu = await pair.load.call('cpu', null)
    const deliveries = events * readers
    return { cpu: cpuMicros / deliveries, rate: deliveries / seconds, loadBusy: loadCpu / (seconds * 1e6 + load.warmMs * 1e3) }
  })
}
