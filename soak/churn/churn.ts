/** Phase A: a server as users start it, for minutes or hours, with runs, readers, faults and two restarts. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Child, startChild } from '../../bench/child.ts'
import { withFolder } from '../../bench/pair.ts'
import type { Client } from '../../src/client/client.ts'
import { createRandom } from '../../src/sources/simulated/random.ts'
import { watchDelay } from '../delay.ts'
import { createHistogram } from '../histogram.ts'
import { createOwnHttp, type OwnHttp } from '../http.ts'
import { createLedger } from '../ledger.ts'
import { createPlans } from '../plan.ts'
import type { ProviderCalls } from '../provider/main.ts'
import type { PhaseResult, SoakOptions } from '../section.ts'
import { complaintsIn } from '../server/log.ts'
import { descriptorsOf } from '../server/process.ts'
import { type Sampler, startSampler } from '../server/sampler.ts'
import { createSoakServer, type SoakServer } from '../server/server.ts'
import { driveRuns, keepReading } from './actors.ts'
import { soakClient } from './library-reader.ts'
import { type ChurnFacts, reportChurn } from './report.ts'
import type { World } from './world.ts'

const PROVIDER = new URL('../provider/main.ts', import.meta.url)
const RUNS = 100
const READERS = 1_000
/** Of the readers, those that use the client library: it parses every event, which a load generator must not do a thousand times. */
const LIBRARY_READERS = 40
/** The last part of the phase belongs to the runs that still go on. */
const WIND_DOWN_MS = 30_000
/** What everything may take to come to its end after that, before whoever is left is counted as waiting for ever. */
const MAX_WIND_DOWN_MS = 90_000
const PROGRESS_MS = 10_000
/** Actors begin one after the other, as people do. */
const RAMP_UP_MS = 5_000
/** Until readers' sockets and connections to the provider are closed on the server's side, too. */
const SETTLE_MS = 15_000
const KEY = 'sk-soak-0000000000000000000000000000'

export function churn(options: SoakOptions): Promise<PhaseResult> {
  return withFolder(async (folder) => {
    const http = createOwnHttp()
    const provider: Child<ProviderCalls> = startChild(PROVIDER)
    let server: SoakServer | undefined
    try {
      const { port } = await provider.call('open', null)
      server = await createSoakServer(folder, settings(port))
      await server.start()
      return reportChurn(await perform(options, server, provider, http))
    } finally {
      await http.close()
      await server?.close()
      await provider.stop()
    }
  })
}

/** No limit is raised. Sources that this version does not have ignore their settings. */
function settings(port: number): Readonly<Record<string, string>> {
  const base = `http://127.0.0.1:${port}`
  return {
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `${base}/v1`,
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: base,
    COMPATIBLE_SOAK_BASE_URL: `${base}/v1`,
    COMPATIBLE_SOAK_API_KEY: KEY,
    COMPATIBLE_SOAK_MODELS: 'soak',
  }
}

/** One model of each source that reaches the provider. */
async function providerModels(client: Client): Promise<readonly string[]> {
  const { items } = await client.models()
  const bySource = Map.groupBy(items, ({ id }) => id.split('/')[0])
  bySource.delete('simulated')
  return [...bySource.values()].flatMap(([first]) => first?.id ?? [])
}

async function perform(options: SoakOptions, server: SoakServer, provider: Child<ProviderCalls>, http: OwnHttp): Promise<ChurnFacts> {
  const { fetch } = http
  const { seed, progress } = options
  const ledger = createLedger()
  const counts = new Map<string, number>()
  const giveUp = new AbortController()
  const closing = new AbortController()
  const models = await providerModels(soakClient(server.url, fetch))
  const world: World = {
    server,
    fetch,
    ledger,
    latencies: {
      tokens: createHistogram(),
      tokensAroundRestarts: createHistogram(),
      created: createHistogram(),
      firstStatus: createHistogram(),
    },
    random: createRandom(seed, 'readers'),
    live: new Map(),
    finished: [],
    stop: AbortSignal.any([giveUp.signal, options.signal]),
    count: (what, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),
  }
  const delay = watchDelay()
  const sampler = startSampler(server, fetch, (error) => ledger.wrong('look', `/metrics: ${error.message}`, ''))
  const floor = await sampler.look()
  const floorDescriptors = await descriptorsOf(server.pid)
  const lengthMs = options.minutes * 60_000
  const begin = performance.now()
  const sleepUntil = (ms: number): Promise<unknown> =>
    wait(Math.max(0, begin + ms - performance.now()), undefined, { signal: options.signal })
  const tell = setInterval(() => progress(statusLine(world, begin, sampler)), PROGRESS_MS)

  progress(`churn: ${RUNS} runs, ${READERS} readers, ${options.minutes} minutes, models ${['simulated', ...models].join(' ')}`)
  const nextPlan = createPlans(seed, models)
  const driver = { world, provider, nextPlan, keyPrefix: `soak-${process.pid}-${Date.now()}`, closing: closing.signal }
  const client = soakClient(server.url, fetch)
  const actors = Array.from({ length: READERS }, async (_, index) => {
    await wait((index / READERS) * RAMP_UP_MS)
    if (index % (READERS / RUNS) === 0) await driveRuns(driver)
    else await keepReading(world, index % (READERS / LIBRARY_READERS) === 1 ? client : undefined, closing.signal)
  })
  try {
    await sleepUntil(lengthMs / 3)
    progress('churn: SIGTERM to the server')
    await server.restart('SIGTERM')
    progress(`churn: it serves again after ${away(server)} s, draining included`)
    await sleepUntil((lengthMs * 2) / 3)
    progress('churn: kill -9 to the server')
    await server.restart('SIGKILL')
    progress(`churn: it serves again after ${away(server)} s`)
    await sleepUntil(Math.max(lengthMs - WIND_DOWN_MS, (lengthMs * 3) / 4))
    progress('churn: no new runs from here on')
    closing.abort()
    const tooLong = setTimeout(() => giveUp.abort(), MAX_WIND_DOWN_MS)
    await Promise.all(actors)
    clearTimeout(tooLong)
  } finally {
    closing.abort()
    giveUp.abort()
    clearInterval(tell)
    await Promise.allSettled(actors)
    await sampler.stop()
  }
  const seconds = (performance.now() - begin) / 1e3
  await http.close()
  const end = await atTheFloor(sampler, floor.openFds)
  const providerDelay = await provider.call('delay', null)
  const endDescriptors = await descriptorsOf(server.pid)
  const exitCode = await server.stop()
  return {
    options,
    models,
    seconds,
    ledger: ledger.summary,
    counts: Object.fromEntries(counts),
    latencies: world.latencies,
    delays: { load: delay.figures(), provider: providerDelay },
    absences: server.absences,
    samples: sampler.samples,
    floor,
    end,
    descriptors: { floor: floorDescriptors, end: endDescriptors },
    exitCode,
    complaints: await complaintsIn(server.logFile),
  }
}

/** The last look, once connections that were just closed are gone on the server's side, too. */
async function atTheFloor(sampler: Sampler, floorFds: number): Promise<Awaited<ReturnType<Sampler['look']>>> {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const now = await sampler.look()
    if ((now.readers === 0 && now.openFds <= floorFds) || performance.now() > until) return now
    await wait(500)
  }
}

function away(server: SoakServer): string {
  const last = server.absences.at(-1)
  return last ? ((last.untilMicros - last.fromMicros) / 1e6).toFixed(1) : '-'
}

function statusLine(world: World, begin: number, sampler: Sampler): string {
  const { total, errorCount } = world.ledger.summary
  const last = sampler.samples.at(-1)
  const p99 = world.latencies.tokens.percentile(0.99).toFixed(1)
  return (
    `churn ${((performance.now() - begin) / 1e3).toFixed(0)} s: ${world.live.size} runs, ${last?.readers ?? '-'} readers, ${total} operations, ${errorCount} errors, ` +
    `token p99 ${p99} ms, rss ${((last?.rssBytes ?? 0) / 2 ** 20).toFixed(0)} MiB`
  )
}
