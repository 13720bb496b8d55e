/** What a busy server does all day: 100 answers at once, 50 tokens a second each, 10 readers each. */
import { measurePace, type PaceSample } from './pace.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import type { ContenderName } from './server/main.ts'
import { median } from './stats.ts'

const NAMES: readonly ContenderName[] = ['sluice sqlite', 'sluice memory', 'rawsock', 'raw', 'better-sse']
const STREAMS = 100
const EVENTS_PER_SECOND = 50
const READERS_PER_STREAM = 10
const MAX_P50_MS = 0.5
const MAX_P99_MS = 5
/** nchan, a module of nginx, took 58 % of a core where rawsock took 42 %, on one machine side by side. */
const NCHAN_OF_RAWSOCK = 58 / 42

export async function paced(options: BenchOptions): Promise<Section> {
  const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => {
    options.progress(`paced load, ${name}, round ${round + 1}`)
    return measure(name, options)
  })
  const column = (name: ContenderName, of: (sample: PaceSample) => number): number[] => (results.get(name) ?? []).map(of)
  const middle = (name: ContenderName, of: (sample: PaceSample) => number): number => median(column(name, of))
  const cpuRatio = (name: ContenderName): number => {
    const base = column('rawsock', ({ core }) => core)
    return median(column(name, ({ core }) => core).map((value, round) => value / (base[round] ?? Number.NaN)))
  }
  const ours = 'sluice sqlite'
  const what = 'Paced load, store on'
  return {
    name: 'paced',
    title: `Paced load: ${STREAMS} streams x ${EVENTS_PER_SECOND} events/s x ${READERS_PER_STREAM} readers`,
    note: 'Latency runs from the writing of the event to its arrival at the reader. "late" is how far the writing itself lagged behind its plan. Only sluice keeps anything.',
    head: ['server', 'CPU of a core', 'x rawsock', 'p50 ms', 'p99 ms', 'max ms', 'late p99 ms'],
    rows: NAMES.map((name) => [
      name,
      `${(middle(name, ({ core }) => core) * 100).toFixed(0)} %`,
      figure(cpuRatio(name)),
      figure(middle(name, ({ p50Ms }) => p50Ms)),
      figure(middle(name, ({ p99Ms }) => p99Ms)),
      figure(middle(name, ({ maxMs }) => maxMs)),
      figure(middle(name, ({ lateP99Ms }) => lateP99Ms)),
    ]),
    verdicts: [
      { what: `${what}: p50`, measured: middle(ours, ({ p50Ms }) => p50Ms), limit: MAX_P50_MS, wanted: 'at most', unit: 'ms' },
      { what: `${what}: p99`, measured: middle(ours, ({ p99Ms }) => p99Ms), limit: MAX_P99_MS, wanted: 'at most', unit: 'ms' },
      {
        what: `${what}: CPU (limit: what nchan takes, from the reference)`,
        measured: cpuRatio(ours),
        limit: NCHAN_OF_RAWSOCK,
        wanted: 'at most',
        unit: 'x rawsock',
      },
    ],
    samples: Object.fromEntries(results),
  }
}

function measure(name: ContenderName, { quick, profile }: BenchOptions): Promise<PaceSample> {
  const load = { streams: STREAMS, eventsPerSecond: EVENTS_PER_SECOND, warmMs: 2_000, measureMs: quick ? 2_000 : 3_000 }
  return measurePace({ name, readersPerStream: READERS_PER_STREAM, load, profile })
}
