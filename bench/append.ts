/** Durable appends in a closed loop: each writer sends its next event when the last one is safe. */
import type { AppendCalls, AppendName } from './append/main.ts'
import { startChild } from './child.ts'
import { withFolder } from './pair.ts'
import { profileFile } from './profile.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import { median } from './stats.ts'

const PROGRAM = new URL('./append/main.ts', import.meta.url)
const WRITERS = [1, 100, 1000]
const NAMES: readonly AppendName[] = ['sluice sqlite', 'file + fdatasync', 'sqlite row per event']
const MIN_RATE = 150_000
const MAX_P99_MS = 5
/** The writers of the target. */
const TARGET_WRITERS = 100

export interface AppendSample {
  readonly eventsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Microseconds of CPU per event, all threads. */
  readonly cpu: number
}

export async function append(options: BenchOptions): Promise<Section> {
  const rows: string[][] = []
  const verdicts: Section['verdicts'][number][] = []
  const samples: Record<string, unknown> = {}
  for (const writers of options.quick ? [TARGET_WRITERS] : WRITERS) {
    const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => {
      options.progress(`append, ${writers} writers, ${name}, round ${round + 1}`)
      return measure(name, writers, options)
    })
    const middle = (name: AppendName, of: (sample: AppendSample) => number): number => median((results.get(name) ?? []).map(of))
    const rate = (name: AppendName): number => middle(name, ({ eventsPerSecond }) => eventsPerSecond)
    for (const name of NAMES) {
      rows.push([
        `${writers}`,
        name,
        figure(rate(name)),
        figure(rate(name) / rate('sqlite row per event')),
        figure(middle(name, ({ p50Ms }) => p50Ms)),
        figure(middle(name, ({ p99Ms }) => p99Ms)),
        figure(middle(name, ({ cpu }) => cpu)),
      ])
    }
    if (writers === TARGET_WRITERS) {
      const p99 = middle('sluice sqlite', ({ p99Ms }) => p99Ms)
      verdicts.push(
        {
          what: `Append, ${writers} writers: rate`,
          measured: rate('sluice sqlite'),
          limit: MIN_RATE,
          wanted: 'at least',
          unit: 'events/s',
        },
        { what: `Append, ${writers} writers: p99`, measured: p99, limit: MAX_P99_MS, wanted: 'at most', unit: 'ms' },
      )
    }
    samples[`${writers} writers`] = Object.fromEntries(results)
  }
  return {
    name: 'append',
    title: 'Durable append: N writers in a closed loop, 60-byte events, a stream each',
    note: '"file + fdatasync" survives a loss of power, the two SQLite ones (WAL, NORMAL) a kill -9. "row per event" is plain node:sqlite, 200 events a transaction, nobody waiting.',
    head: ['writers', 'store', 'events/s', 'x row per event', 'p50 ms', 'p99 ms', 'CPU µs per event'],
    rows,
    verdicts,
    samples,
  }
}

function measure(name: AppendName, writers: number, { profile }: BenchOptions): Promise<AppendSample> {
  return withFolder(async (folder) => {
    const child = startChild<AppendCalls>(PROGRAM)
    try {
      return await child.call('run', {
        name,
        writers,
        folder,
        warmMs: 300,
        measureMs: 1_200,
        profile: profileFile(profile, `${name} ${writers}`),
      })
    } finally {
      await child.stop()
    }
  })
}
