/** Ours: the store alone, and the server as `sluice serve` composes it. */
import { compose } from '../../src/config/compose.ts'
import { readSettings } from '../../src/config/settings.ts'
import { systemClock } from '../../src/core/clock.ts'
import { START } from '../../src/core/offset.ts'
import { serve } from '../../src/http/node-adapter.ts'
import { PAGE_LIMIT } from '../../src/log/pages.ts'
import { createSqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { nowMicros } from '../stamp.ts'
import { type Replayed, runId } from './places.ts'
import type { PastServer } from './server.ts'

export async function createSluicePast(view: 'default' | 'raw', { folder }: Replayed): Promise<PastServer> {
  const metrics = createMetrics()
  const settings = readSettings({ SLUICE_STORE: 'sqlite', SLUICE_DATA_DIR: folder })
  const composition = compose({ settings, clock: systemClock, observer: metrics.observer, metrics })
  await composition.start()
  const server = await serve(composition.app, { host: '127.0.0.1', port: 0 })
  return {
    port: server.address.port,
    path: (stream) => `/v1/runs/${runId(stream)}/events?view=${view}`,
    async close() {
      await composition.stop()
      await server.close()
    },
  }
}

/** Records read from whole streams, one stream after the other, until the time is over. @throws when a stream is not all there. */
export async function readSealed({ folder, streams, events }: Replayed, forMs: number): Promise<number> {
  const store = createSqliteStore({ folder, clock: systemClock })
  try {
    let read = 0
    const until = nowMicros() + forMs * 1e3
    for (let turn = 0; nowMicros() < until; turn++) {
      const id = `runs/${runId(turn % streams)}`
      const before = read
      for (let [after, ended] = [START, false]; !ended; ) {
        const page = await store.read(id, after, PAGE_LIMIT)
        read += page.records.length
        after = page.next
        ended = page.atTail
      }
      if (read - before !== events) throw new Error(`Stream ${id} has ${read - before} records instead of ${events}.`)
    }
    return read
  } finally {
    await store.close()
  }
}
