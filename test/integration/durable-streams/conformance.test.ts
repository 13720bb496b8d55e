/** The public suite of the Durable Streams protocol, over each store: written by others, so it knows nothing of how ours works. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runConformanceTests } from '@durable-streams/server-conformance-tests'
import { afterAll, beforeAll, describe } from 'vitest'
import { createWebhooks } from '../../../src/config/webhooks.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { createRuns } from '../../../src/generate/runs.ts'
import { createApp } from '../../../src/http/app.ts'
import { serve } from '../../../src/http/node-adapter.ts'
import { createHub } from '../../../src/log/hub.ts'
import { silent } from '../../../src/ports/observer.ts'
import type { Store } from '../../../src/ports/store.ts'
import { createMemoryRecords } from '../../../src/records/memory/records.ts'
import { createSimulatedSource } from '../../../src/sources/simulated/source.ts'
import { lockFolder } from '../../../src/sqlite/lock.ts'
import { createMemoryStore } from '../../../src/stores/memory/memory-store.ts'
import { createSqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts'

const LONG_POLL_TIMEOUT_MS = 500

const STORES: Readonly<Record<string, (folder: string) => Store>> = {
  memory: () => createMemoryStore({ clock: systemClock }),
  sqlite: (folder) => createSqliteStore({ folder, clock: systemClock, observer: silent, lock: lockFolder(folder) }),
}

for (const [name, open] of Object.entries(STORES)) {
  describe(`over ${name}`, () => {
    const options = { baseUrl: '', longPollTimeoutMs: LONG_POLL_TIMEOUT_MS, subscriptions: true }
    const resources = new AsyncDisposableStack()

    beforeAll(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
      resources.defer(() => rm(folder, { recursive: true, force: true }))
      const store = open(folder)
      resources.defer(() => store.close())
      const records = createMemoryRecords({ clock: systemClock })
      const hub = createHub({ store, clock: systemClock, observer: silent })
      resources.defer(() => hub.close())
      const app = createApp({
        store,
        records,
        hub,
        runs: createRuns({ store, records, hub, sources: [createSimulatedSource({ clock: systemClock })] }),
        clock: systemClock,
        observer: silent,
        trust: { hosts: [], forwarded: false },
        ready: () => true,
        limits: { longPollTimeoutMs: LONG_POLL_TIMEOUT_MS },
        webhooks: resources.use(createWebhooks({ loopback: true })),
      })
      resources.defer(() => app.close())
      const server = await serve(app, { host: '127.0.0.1', port: 0 })
      resources.defer(() => server.close())
      options.baseUrl = server.url
    })
    afterAll(() => resources.disposeAsync())

    runConformanceTests(options)
  })
}
