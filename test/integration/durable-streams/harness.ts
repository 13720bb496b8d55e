/** A server over a store in memory, with a fake or the real clock. */
import { createWebhooks } from '../../../src/config/webhooks.ts'
import { type Clock, systemClock } from '../../../src/core/clock.ts'
import { createRuns, type Runs } from '../../../src/generate/runs.ts'
import { createApp, type OwnedApp } from '../../../src/http/app.ts'
import type { Authenticate } from '../../../src/http/auth/caller.ts'
import { serve } from '../../../src/http/node-adapter.ts'
import { createHub, type Hub } from '../../../src/log/hub.ts'
import { silent } from '../../../src/ports/observer.ts'
import type { Store } from '../../../src/ports/store.ts'
import { createMemoryRecords } from '../../../src/records/memory/records.ts'
import { createSimulatedSource } from '../../../src/sources/simulated/source.ts'
import { createMemoryStore } from '../../../src/stores/memory/memory-store.ts'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  /** The address of a stream. */
  at(path: string): string
  readonly app: OwnedApp
  readonly runs: Runs
  readonly hub: Hub
  readonly store: Store
}

export interface TestServerOptions {
  readonly clock?: Clock
  readonly store?: Store
  readonly longPollTimeoutMs?: number
  readonly authenticate?: Authenticate
}

/** @param options `clock`: of everything but the sockets. */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { clock = systemClock, longPollTimeoutMs = 500 } = options
  await using resources = new AsyncDisposableStack()
  const store = options.store ?? createMemoryStore({ clock })
  if (!options.store) resources.defer(() => store.close())
  const records = createMemoryRecords({ clock })
  const hub = createHub({ store, clock, observer: silent })
  resources.defer(() => hub.close())
  const runs = createRuns({ store, records, hub, clock, sources: [createSimulatedSource({ clock })] })
  resources.defer(async () => {
    await runs.drain(0)
  })
  const app = createApp({
    store,
    records,
    hub,
    runs,
    clock,
    observer: silent,
    trust: { hosts: [], forwarded: false },
    ready: () => true,
    limits: { longPollTimeoutMs },
    ...(options.authenticate ? { authenticate: options.authenticate } : {}),
    webhooks: resources.use(createWebhooks({ loopback: true })),
  })
  resources.defer(() => app.close())
  const server = await serve(app, { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200 } })
  resources.defer(() => server.close())
  const kept = resources.move()
  return {
    url: server.url,
    at: (path) => `${server.url}/v1/stream/${path}`,
    app,
    runs,
    hub,
    store,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
