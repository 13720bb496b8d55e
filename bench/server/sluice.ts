/** Sluice as `sluice serve` composes it: writer, store, hub, HTTP door, metrics. Only the model is missing: the benchmark writes the events. */
import { compose } from '../../src/config/compose.ts'
import { readSettings } from '../../src/config/settings.ts'
import { systemClock } from '../../src/core/clock.ts'
import { randomSecret } from '../../src/http/auth/signing.ts'
import { serve } from '../../src/http/node-adapter.ts'
import { createWriter, type Writer } from '../../src/log/writer.ts'
import { combineObservers } from '../../src/telemetry/combine.ts'
import { createLogObserver } from '../../src/telemetry/log-observer.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type Access, createPlaces, guardedEnvironment, type Place } from './access.ts'
import { type Contender, turn } from './contender.ts'

/** A server with so many streams, each with its writer. */
export interface OpenSluice {
  readonly port: number
  readonly writers: readonly Writer[]
  /** Where the events of a stream are read. */
  path(stream: number): string
  /** The same for one more reader, with what it shows. */
  place(stream: number): Promise<Place>
  close(): Promise<void>
}

export async function createSluice(
  store: 'sqlite' | 'memory',
  streams: number,
  folder: string,
  access: Access = 'open',
): Promise<Contender> {
  const { writers, ...sluice } = await openSluice(store, streams, folder, access)
  return {
    ...sluice,
    write(stream, text) {
      writers[stream]?.write({ type: 'text-delta', id: 'text', text, tokens: 1 })
    },
    async written(stream) {
      await writers[stream]?.flush()
      // The embedded store has told the readers by now; the one in memory does so in a turn of its own.
      if (store === 'memory') await turn()
    },
  }
}

export async function openSluice(
  store: 'sqlite' | 'memory',
  streams: number,
  folder: string,
  access: Access = 'open',
): Promise<OpenSluice> {
  const metrics = createMetrics()
  const observer = combineObservers(metrics.observer, createLogObserver(createLogger({ level: 'error' })))
  const secret = randomSecret()
  const guard = access === 'open' ? {} : guardedEnvironment(secret)
  const settings = readSettings({ SLUICE_STORE: store, SLUICE_DATA_DIR: folder, ...guard })
  const composition = compose({ settings, clock: systemClock, observer, metrics })
  await composition.start()
  const { records, store: log } = composition
  const signal = new AbortController().signal
  const runId = (stream: number): string => `run_bench_${stream}`

  const open = async (stream: number): Promise<Writer> => {
    const id = runId(stream)
    const streamId = `runs/${id}`
    await records.createRun({
      id,
      streamId,
      owner: { tenant: 'local', user: 'local' },
      model: settings.defaultModel,
      status: 'queued',
      input: [{ role: 'user', content: 'bench' }],
      options: {},
      createdAt: systemClock.now(),
    })
    await log.create(streamId, { contentType: 'application/json' })
    const { term } = await log.fence(streamId)
    return createWriter({ store: log, streamId, term, seq: 0, clock: systemClock, observer, signal })
  }
  const writers = await Promise.all(Array.from({ length: streams }, (_, stream) => open(stream)))
  const path = (stream: number): string => `/v1/runs/${runId(stream)}/events`
  const place =
    access === 'open' ? async (_: string, at: string) => ({ path: at }) : await createPlaces(composition.app.fetch, access, secret)
  const server = await serve(composition.app, { host: '127.0.0.1', port: 0 })

  return {
    port: server.address.port,
    writers,
    path,
    place: (stream) => place(runId(stream), path(stream)),
    async close() {
      await composition.stop()
      await server.close()
    },
  }
}
