/** What a secret costs: the same readers without one, with an API key, and with stream tokens. */
import { measureIdle } from './idle.ts'
import type { Visits } from './load/visits.ts'
import { measurePace, type PaceSample } from './pace.ts'
import { withPair } from './pair.ts'
import { profileFile } from './profile.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import type { ContenderName } from './server/main.ts'
import { median } from './stats.ts'

/** All with the store that a server has by default. */
const NAMES = ['sluice sqlite', 'sluice, API key', 'sluice, stream token'] as const satisfies readonly ContenderName[]
const STREAMS = 100
const EVENTS_PER_SECOND = 50
const READERS_PER_STREAM = 10
/** Fewer than in `idle`: each needs a token of its own, which is a durable commit. */
const IDLE_FIRST = 1_000
const IDLE_MORE = 2_000
const VISITS_WARM_MS = 1_500

interface Sample {
  readonly paced: PaceSample
  readonly connecting: Connecting
  readonly idleKiB: number
}

interface Connecting extends Visits {
  /** Of the server, for each visit. */
  readonly cpuMicros: number
}

export async function auth(options: BenchOptions): Promise<Section> {
  const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => measure(name, round, options))
  const row = (name: (typeof NAMES)[number]): string[] => {
    const middle = (of: (sample: Sample) => number): number => median((results.get(name) ?? []).map(of))
    return [
      name === 'sluice sqlite' ? 'nothing, no secret' : name.replace('sluice, ', ''),
      `${(middle(({ paced }) => paced.core) * 100).toFixed(0)} %`,
      figure(middle(({ paced }) => paced.p50Ms)),
      figure(middle(({ paced }) => paced.p99Ms)),
      figure(middle(({ paced }) => paced.maxMs)),
      figure(middle(({ connecting }) => connecting.cpuMicros)),
      figure(middle(({ connecting }) => connecting.p50Ms)),
      figure(middle(({ connecting }) => connecting.p99Ms)),
      figure(middle(({ idleKiB }) => idleKiB)),
    ]
  }
  return {
    name: 'auth',
    title: 'Authenticated readers: what a credential costs',
    note: `CPU of a core and latencies are those of the paced load (${STREAMS} streams x ${EVENTS_PER_SECOND} events/s x ${READERS_PER_STREAM} readers). "visit": one reader after the other opens a connection, asks for a stream, takes the first bytes of its body and goes; CPU is the server's for all of that. KiB are the growth from ${IDLE_FIRST} to ${IDLE_FIRST + IDLE_MORE} idle readers. All have the store.`,
    head: [
      'readers show',
      'CPU of a core',
      'p50 ms',
      'p99 ms',
      'max ms',
      'CPU µs per visit',
      'first byte p50 ms',
      'first byte p99 ms',
      'KiB per idle reader',
    ],
    rows: NAMES.map(row),
    verdicts: [],
    samples: Object.fromEntries(results),
  }
}

async function measure(name: ContenderName, round: number, { quick, profile, progress }: BenchOptions): Promise<Sample> {
  const tell = (what: string): void => progress(`authenticated readers, ${what}, ${name}, round ${round + 1}`)
  const load = { streams: STREAMS, eventsPerSecond: EVENTS_PER_SECOND, warmMs: 2_000, measureMs: quick ? 2_500 : 4_000 }
  tell('paced load')
  const paced = await measurePace({ name, readersPerStream: READERS_PER_STREAM, load, profile })
  tell('visits')
  const connecting = await measureVisits(name, quick ? 1_500 : 3_000, profile)
  tell('idle')
  return { paced, connecting, idleKiB: await measureIdle({ name, first: IDLE_FIRST, more: IDLE_MORE }) }
}

function measureVisits(name: ContenderName, forMs: number, profile: string | undefined): Promise<Connecting> {
  return withPair({ name, streams: STREAMS }, async ({ server, load, port, places: placesOf }) => {
    const places = await placesOf(1)
    await load.call('visit', { port, places, forMs: VISITS_WARM_MS })
    const [cpuMicros, visits] = await Promise.all([
      server.call('during', { forMs, profile: profileFile(profile, `${name} visits`) }),
      load.call('visit', { port, places, forMs }),
    ])
    return { ...visits, cpuMicros: cpuMicros / visits.visits }
  })
}
