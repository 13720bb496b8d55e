/** Many answers at once, one reader each, more than a core can carry: how much it does carry. */
import { measurePace, type PaceSample } from './pace.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import type { ContenderName } from './server/main.ts'
import { median } from './stats.ts'

const NAMES: readonly ContenderName[] = ['sluice sqlite', 'sluice memory', 'rawsock per turn', 'raw']
const STREAMS = 5_000
const EVENTS_PER_SECOND = 50
const MIN_RATE = 200_000

export async function many(options: BenchOptions): Promise<Section> {
  const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => {
    options.progress(`many streams, ${name}, round ${round + 1}`)
    return measure(name, options)
  })
  const middle = (name: ContenderName, of: (sample: PaceSample) => number): number => median((results.get(name) ?? []).map(of))
  const perCore = ({ rate, core }: PaceSample): number => rate / core
  return {
    name: 'many',
    title: `Many small streams: ${STREAMS} streams x ${EVENTS_PER_SECOND} events/s x 1 reader, ${figure(STREAMS * EVENTS_PER_SECOND)} events/s wanted`,
    note: 'More is offered than a core carries, so latencies are those of a queue. Deltas of one stream that wait for the same commit leave as one frame; `rawsock per turn` sends what came up in a turn together.',
    head: ['server', 'events/s', 'CPU of a core', 'events per second of CPU', 'p50 ms', 'p99 ms'],
    rows: NAMES.map((name) => [
      name,
      figure(middle(name, ({ rate }) => rate)),
      `${(middle(name, ({ core }) => core) * 100).toFixed(0)} %`,
      figure(middle(name, perCore)),
      figure(middle(name, ({ p50Ms }) => p50Ms)),
      figure(middle(name, ({ p99Ms }) => p99Ms)),
    ]),
    verdicts: [
      {
        what: 'Many small streams, store on: events per core',
        measured: middle('sluice sqlite', perCore),
        limit: MIN_RATE,
        wanted: 'at least',
        unit: 'events/s',
      },
    ],
    samples: Object.fromEntries(results),
  }
}

function measure(name: ContenderName, { profile }: BenchOptions): Promise<PaceSample> {
  const load = { streams: STREAMS, eventsPerSecond: EVENTS_PER_SECOND, warmMs: 700, measureMs: 1_500 }
  return measurePace({ name, readersPerStream: 1, load, profile })
}
