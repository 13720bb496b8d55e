/** What the server says of itself each second: memory, file descriptors, readers. */
import { setInterval as every } from 'node:timers/promises'
import { nowMicros } from '../../bench/stamp.ts'
import type { Fetch } from '../../src/client/connection.ts'
import { waitedForProcessorMs } from './process.ts'
import type { SoakServer } from './server.ts'

export interface Sample {
  readonly life: number
  /** Milliseconds since this process began. */
  readonly atMs: number
  readonly rssBytes: number
  readonly heapBytes: number
  readonly openFds: number
  readonly readers: number
  /** How late the server's own timers were since the last sample, 99 of 100. */
  readonly lagP99Ms: number
  /** How long it has waited for a processor since its start, in milliseconds; `undefined` where the system does not tell. */
  readonly waitedMs: number | undefined
}

export interface Sampler {
  readonly samples: readonly Sample[]
  /** Asks now. @throws when the server does not answer. */
  look(): Promise<Sample>
  stop(): Promise<void>
}

const INTERVAL_MS = 1_000
/** A server that gets no processor answers late; that one is missed for so long is an error. */
const TIMEOUT_MS = 20_000

/** @param onFailure gets each failure while the server was there. */
export function startSampler(
  server: Pick<SoakServer, 'url' | 'life' | 'pid' | 'wasAway'>,
  fetch: Fetch,
  onFailure: (error: Error) => void,
): Sampler {
  const samples: Sample[] = []
  const stopping = new AbortController()
  const look = async (): Promise<Sample> => {
    const response = await fetch(`${server.url}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { ...readSample(await response.text(), server.life, performance.now()), waitedMs: await waitedForProcessorMs(server.pid) }
  }
  const run = async (): Promise<void> => {
    for await (const _ of every(INTERVAL_MS, undefined, { signal: stopping.signal })) {
      const asked = nowMicros()
      try {
        samples.push(await look())
      } catch (thrown) {
        if (!server.wasAway(asked) && !server.wasAway(nowMicros())) onFailure(thrown instanceof Error ? thrown : new Error(String(thrown)))
      }
    }
  }
  const running = run().catch((thrown: unknown) => {
    if (!stopping.signal.aborted) throw thrown
  })
  return {
    samples,
    look,
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** @throws when a figure is not there. */
export function readSample(text: string, life: number, atMs: number): Sample {
  const of = (name: string): number => {
    // A gauge with labels has a line for each; one that nobody has set yet has none.
    const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([^ \\n]+)$`, 'gm'))]
    if (lines.length === 0 && !text.includes(`# TYPE ${name} `)) throw new Error(`/metrics does not tell ${name}.`)
    return lines.reduce((sum, [, value]) => sum + Number(value), 0)
  }
  return {
    life,
    atMs,
    rssBytes: of('process_resident_memory_bytes'),
    heapBytes: of('nodejs_heap_size_used_bytes'),
    openFds: of('process_open_fds'),
    readers: of('sluice_readers'),
    lagP99Ms: of('nodejs_eventloop_lag_p99_seconds') * 1e3,
    waitedMs: undefined,
  }
}
