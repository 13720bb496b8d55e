/** What a chunk of a provider's stream costs its client, from the bytes on the socket to the stored event. */
import { startChild } from './child.ts'
import { withFolder } from './pair.ts'
import { profileFile } from './profile.ts'
import type { Api } from './provider/bodies.ts'
import type { ClientCalls, ConsumerName, ProviderSample } from './provider/client.ts'
import type { ProviderCalls } from './provider/server.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import { median } from './stats.ts'

const CLIENT = new URL('./provider/client.ts', import.meta.url)
const PROVIDER = new URL('./provider/server.ts', import.meta.url)
const BYTES: ConsumerName = 'fetch, bytes only'
const PARSED: ConsumerName = 'eventsource-parser + JSON.parse'
const SOURCE: ConsumerName = 'sluice source'
const WHOLE: ConsumerName = 'sluice run, sqlite'
const SDK: ConsumerName = 'official SDK, raw stream'
const AI_SDK: ConsumerName = 'AI SDK streamText'
const ALL: readonly ConsumerName[] = [BYTES, PARSED, SOURCE, WHOLE, SDK, 'official SDK, helper', AI_SDK]
const MAX_CPU_MICROS = 6

/** How the provider sends, and how many are asked at once. */
interface Load {
  readonly name: string
  readonly api: Api
  readonly chunks: number
  readonly eventsPerWrite: number
  readonly everyMs?: number
  readonly atOnce: number
  readonly consumers: readonly ConsumerName[]
  /** Whether the target speaks of it. */
  readonly judged: boolean
}

const FAST = { chunks: 5_000, eventsPerWrite: 4, atOnce: 1, consumers: ALL, judged: true } as const
const LOADS: readonly Load[] = [
  { ...FAST, name: 'Responses, 4 a write', api: 'openai-responses' },
  { ...FAST, name: 'Chat Completions, 4 a write', api: 'openai-chat' },
  { ...FAST, name: 'Anthropic, 4 a write', api: 'anthropic' },
  {
    ...FAST,
    name: 'Responses, 1 a write',
    api: 'openai-responses',
    eventsPerWrite: 1,
    consumers: [BYTES, PARSED, SOURCE, WHOLE, SDK, AI_SDK],
    judged: false,
  },
  {
    ...FAST,
    name: 'Responses, 100 at once, 100/s each',
    api: 'openai-responses',
    chunks: 200,
    eventsPerWrite: 1,
    everyMs: 10,
    atOnce: 100,
    consumers: [BYTES, PARSED, SOURCE, WHOLE, AI_SDK],
    judged: false,
  },
]

export async function provider(options: BenchOptions): Promise<Section> {
  const rows: string[][] = []
  const verdicts: Section['verdicts'][number][] = []
  const samples: Record<string, unknown> = {}
  for (const load of options.quick ? LOADS.slice(0, 1) : LOADS) {
    const results = await interleave(load.consumers, options.quick ? 1 : 3, (name, round) => {
      options.progress(`provider, ${load.name}, ${name}, round ${round + 1}`)
      return measure(name, load, options)
    })
    const column = (name: ConsumerName, of: (sample: ProviderSample) => number): number[] => (results.get(name) ?? []).map(of)
    const cpuOf = ({ cpu }: ProviderSample): number => cpu
    const ratio = (name: ConsumerName, other: ConsumerName): number => {
      const base = column(other, cpuOf)
      return median(column(name, cpuOf).map((value, round) => value / (base[round] ?? Number.NaN)))
    }
    for (const name of load.consumers) {
      const stored = median(column(name, (sample) => sample.stored))
      rows.push([
        load.name,
        name,
        figure(median(column(name, cpuOf))),
        figure(ratio(name, BYTES)),
        figure(ratio(name, PARSED)),
        figure(median(column(name, ({ rate }) => rate))),
        stored > 0 ? figure(stored) : '',
      ])
    }
    if (load.judged && load.consumers.includes(WHOLE)) {
      verdicts.push({
        what: `Provider chunk to stored event, ${load.name}: CPU`,
        measured: median(column(WHOLE, cpuOf)),
        limit: MAX_CPU_MICROS,
        wanted: 'at most',
        unit: 'µs',
      })
    }
    samples[load.name] = Object.fromEntries(results)
  }
  return {
    name: 'provider',
    title: 'Provider streams: CPU of the client per chunk of text',
    note: 'The provider is another process on the same machine; all clients get the same bytes and must find the whole text in them. "stored" is records per chunk: chunks that wait for a commit merge.',
    head: ['provider', 'client', 'CPU µs per chunk', 'x bytes only', 'x parser + JSON', 'chunks/s', 'stored'],
    rows,
    verdicts,
    samples,
  }
}

function measure(name: ConsumerName, load: Load, { quick, profile }: BenchOptions): Promise<ProviderSample> {
  return withFolder(async (folder) => {
    const server = startChild<ProviderCalls>(PROVIDER)
    const client = startChild<ClientCalls>(CLIENT)
    try {
      const { api, chunks, eventsPerWrite, everyMs, atOnce } = load
      const { origin, chars } = await server.call('open', { api, chunks, eventsPerWrite, everyMs })
      const file = profileFile(profile, `${load.name} ${name}`)
      const forMs = quick ? { warmMs: 300, measureMs: 500 } : { warmMs: 400, measureMs: 800 }
      return await client.call('run', { name, api, origin, folder, atOnce, ...forMs, chunks, chars, profile: file })
    } finally {
      await client.stop()
      await server.stop()
    }
  })
}
