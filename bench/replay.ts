/** The past of ended streams, read as fast as one core gives it. */
import { startChild } from './child.ts'
import { withFolder } from './pair.ts'
import { profileFile } from './profile.ts'
import { charsOf, eventsOf } from './replay/events.ts'
import type { FillCalls } from './replay/fill.ts'
import type { LateCalls } from './replay/load.ts'
import type { Replayed } from './replay/places.ts'
import type { PastCalls, PastServerName } from './replay/server.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import { median } from './stats.ts'

const FILL = new URL('./replay/fill.ts', import.meta.url)
const SERVER = new URL('./replay/server.ts', import.meta.url)
const LOAD = new URL('./replay/load.ts', import.meta.url)
const STORE = 'sluice store.read'
const DEFAULT_VIEW: PastServerName = 'sluice, default view'
const RAW_VIEW: PastServerName = 'sluice, raw view'
const FLOOR: PastServerName = 'file in wire form'
const NAMES = [STORE, DEFAULT_VIEW, RAW_VIEW, FLOOR, 'res.write per stored event', 'encode and write each event'] as const
type Name = (typeof NAMES)[number]

const STREAMS = 1_000
const QUICK_STREAMS = 60
const EVENTS = 5_000
/** Few enough that the store does not begin to seal them by itself, so that the sweep tells of each. */
const STREAMS_PER_CALL = 50
const AT_ONCE = 8
const MIN_RATE = 10_000_000

interface Sample {
  /** Stored events per second of server CPU. */
  readonly perCore: number
  /** Stored events per second. */
  readonly rate: number
  /** Bytes on the wire for a stream. */
  readonly streamBytes: number
}

export function replay(options: BenchOptions): Promise<Section> {
  return withFolder(async (folder) => {
    const replayed: Replayed = { folder, streams: options.quick ? QUICK_STREAMS : STREAMS, events: EVENTS }
    options.progress(`replay, filling ${replayed.streams} streams`)
    await fill(replayed)
    const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => {
      options.progress(`replay, ${name}, round ${round + 1}`)
      return name === STORE ? measureStore(replayed, options) : measureServer(name, replayed, options)
    })
    return sectionOf(replayed, results)
  })
}

function sectionOf({ streams, events }: Replayed, results: ReadonlyMap<Name, readonly Sample[]>): Section {
  const middle = (name: Name, of: (sample: Sample) => number): number => median((results.get(name) ?? []).map(of))
  const perCore = (name: Name): number => middle(name, (sample) => sample.perCore)
  const verdict = (what: string, name: Name): Section['verdicts'][number] => ({
    what: `Replay of sealed streams, ${what}: stored events per core`,
    measured: perCore(name),
    limit: MIN_RATE,
    wanted: 'at least',
    unit: 'events/s',
  })
  return {
    name: 'replay',
    title: `Replay: ${streams} sealed streams of ${events} events, ${AT_ONCE} readers at a time`,
    note: '`store.read` gives records and sends nothing; the others answer `GET` up to the end of the stream, each reader on a connection of its own. Events are those stored: our views merge adjacent deltas of the past, the baselines send every event as a frame.',
    head: ['server', 'events per second of CPU', 'x file', 'events/s', 'KiB per stream'],
    rows: NAMES.map((name) => [
      name,
      figure(perCore(name)),
      figure(perCore(name) / perCore(FLOOR)),
      figure(middle(name, ({ rate }) => rate)),
      name === STORE ? '' : figure(middle(name, ({ streamBytes }) => streamBytes) / 1024),
    ]),
    verdicts: [
      verdict('store.read', STORE),
      verdict('default view to the socket', DEFAULT_VIEW),
      verdict('raw view to the socket', RAW_VIEW),
    ],
    samples: Object.fromEntries(results),
  }
}

async function fill(replayed: Replayed): Promise<void> {
  const child = startChild<FillCalls>(FILL)
  try {
    for (let from = 0; from < replayed.streams; from += STREAMS_PER_CALL) {
      const streams = Math.min(STREAMS_PER_CALL, replayed.streams - from)
      const { sealed } = await child.call('fill', { ...replayed, from, streams })
      if (sealed !== streams) throw new Error(`${sealed} of ${streams} streams were sealed.`)
    }
    await child.call('wire', replayed)
  } finally {
    await child.stop()
  }
}

async function measureStore(replayed: Replayed, { quick, profile }: BenchOptions): Promise<Sample> {
  const server = startChild<PastCalls>(SERVER)
  try {
    const forMs = quick ? 500 : 1_500
    const { events, cpuMicros, seconds } = await server.call('readStore', { ...replayed, forMs, profile: profileFile(profile, STORE) })
    return { perCore: (events / cpuMicros) * 1e6, rate: events / seconds, streamBytes: 0 }
  } finally {
    await server.stop()
  }
}

async function measureServer(name: PastServerName, replayed: Replayed, { quick, profile }: BenchOptions): Promise<Sample> {
  const server = startChild<PastCalls>(SERVER)
  const load = startChild<LateCalls>(LOAD)
  try {
    const where = await server.call('open', { ...replayed, name })
    const [chars, wanted] = [await load.call('chars', where), charsOf(eventsOf(replayed.events))]
    if (chars !== wanted) throw new Error(`${name} sent ${chars} characters of a text of ${wanted}.`)
    const forMs = quick ? 500 : 1_500
    await load.call('drain', { ...where, atOnce: AT_ONCE, forMs: forMs / 2 })
    const file = profileFile(profile, name)
    const profiling = file === undefined ? undefined : server.call('profile', { forMs, profile: file })
    const before = await server.call('cpu', null)
    const { streams, bytes, seconds } = await load.call('drain', { ...where, atOnce: AT_ONCE, forMs })
    const used = (await server.call('cpu', null)) - before
    await profiling
    const events = streams * replayed.events
    return { perCore: (events / used) * 1e6, rate: events / seconds, streamBytes: bytes / streams }
  } finally {
    await load.stop()
    await server.stop()
  }
}
