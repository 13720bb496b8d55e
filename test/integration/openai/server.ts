/** A server of the whole API over given storage, and OpenAI's own client of it. */
import OpenAI from 'openai'
import { systemClock } from '../../../src/core/clock.ts'
import type { RunLimits } from '../../../src/generate/limits.ts'
import { createRuns, type Runs } from '../../../src/generate/runs.ts'
import { createApp } from '../../../src/http/app.ts'
import { serve } from '../../../src/http/node-adapter.ts'
import { createHub, type Hub } from '../../../src/log/hub.ts'
import { silent } from '../../../src/ports/observer.ts'
import type { Records } from '../../../src/ports/records.ts'
import type { Source } from '../../../src/ports/source.ts'
import type { Store } from '../../../src/ports/store.ts'
import { createMemoryRecords } from '../../../src/records/memory/records.ts'
import { createMemoryStore } from '../../../src/stores/memory/memory-store.ts'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly client: OpenAI
  readonly runs: Runs
  readonly hub: Hub
  readonly store: Store
  /** Hands everything over and closes, as a process that goes down does; the storage stays open. */
  stop(): Promise<void>
}

export interface TestServerOptions {
  readonly sources: readonly Source[]
  readonly store?: Store
  readonly records?: Records
  readonly limits?: Partial<RunLimits>
}

export async function openServer({ sources, limits, ...storage }: TestServerOptions): Promise<TestServer> {
  const clock = systemClock
  const store = storage.store ?? createMemoryStore({ clock })
  const records = storage.records ?? createMemoryRecords({ clock })
  const hub = createHub({ store, clock, observer: silent })
  const runs = createRuns({ store, records, hub, sources, clock, ...(limits === undefined ? {} : { limits }) })
  await runs.recover()
  const trust = { hosts: [], forwarded: false }
  const app = createApp({ store, records, hub, runs, clock, observer: silent, trust, ready: () => true })
  const server = await serve(app, { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200 } })
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    const drained = runs.drain(0)
    hub.drain()
    await drained
    hub.close()
    await server.close()
  }
  const once = (): Promise<void> => {
    stopped ??= stop()
    return stopped
  }
  return {
    url: server.url,
    client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'unused', maxRetries: 0 }),
    runs,
    hub,
    store,
    stop: once,
    async [Symbol.asyncDispose]() {
      await once()
      if (storage.store === undefined) await store.close()
      if (storage.records === undefined) await records.close()
    },
  }
}
