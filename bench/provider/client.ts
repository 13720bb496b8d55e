/** One client of a provider, in a process of its own, so that its CPU time is its own. */
import { answerCalls } from '../child.ts'
import { type Profiled, profiled } from '../profile.ts'
import { nowMicros } from '../stamp.ts'
import { cpuMicros } from '../stats.ts'
import type { ConsumerFactory, Endpoint } from './consumer.ts'

/** Each loads what it needs only. */
const CONSUMERS = {
  'fetch, bytes only': async (endpoint) => (await import('./floor.ts')).createFetchOnly(endpoint),
  'eventsource-parser + JSON.parse': async (endpoint) => (await import('./floor.ts')).createParserOnly(endpoint),
  'sluice source': async (endpoint) => (await import('./sluice.ts')).createSourceOnly(endpoint),
  'sluice run, sqlite': async (endpoint) => (await import('./sluice.ts')).createWholeRun(endpoint),
  'official SDK, raw stream': async (endpoint) => (await import('./sdks.ts')).createSdkStream(endpoint),
  'official SDK, helper': async (endpoint) => (await import('./sdks.ts')).createSdkHelper(endpoint),
  'AI SDK streamText': async (endpoint) => (await import('./sdks.ts')).createAiSdk(endpoint),
} as const satisfies Record<string, ConsumerFactory>

export type ConsumerName = keyof typeof CONSUMERS

export interface Asking extends Endpoint {
  readonly name: ConsumerName
  /** Responses that are read side by side. */
  readonly atOnce: number
  /** How long new responses are begun; those under way are read to their end. At least one round is made. */
  readonly warmMs: number
  readonly measureMs: number
  readonly chunks: number
  readonly chars: number
}

export interface ProviderSample {
  /** Microseconds of CPU per chunk of text, all threads. */
  readonly cpu: number
  /** Chunks per second. */
  readonly rate: number
  /** Stored records per chunk: below 1 where chunks were there already when the first could be written, and merged. */
  readonly stored: number
}

async function run({ name, atOnce, warmMs, measureMs, chunks, chars, profile, ...endpoint }: Asking & Profiled): Promise<ProviderSample> {
  const consumer = await CONSUMERS[name](endpoint)
  const lengths: (() => number | Promise<number>)[] = []
  const readFor = async (ms: number): Promise<number> => {
    const until = nowMicros() + ms * 1e3
    let asked = 0
    const one = async (): Promise<void> => {
      do {
        asked++
        lengths.push(await consumer.ask())
      } while (nowMicros() < until)
    }
    await Promise.all(Array.from({ length: atOnce }, one))
    return asked
  }
  await readFor(warmMs)
  const [cpu, start, before] = [cpuMicros(), nowMicros(), consumer.stored ?? 0]
  const asked = await profiled(profile, () => readFor(measureMs))
  const [usedMicros, tookMicros] = [cpuMicros() - cpu, nowMicros() - start]
  const stored = (consumer.stored ?? 0) - before
  for (const length of lengths) {
    const got = await length()
    if (got !== chars) throw new Error(`${name} got ${got} characters of a text of ${chars}.`)
  }
  await consumer.close()
  const all = asked * chunks
  return { cpu: usedMicros / all, rate: (all / tookMicros) * 1e6, stored: stored / all }
}

const calls = { run }

export type ClientCalls = typeof calls

answerCalls(calls, async () => {})
