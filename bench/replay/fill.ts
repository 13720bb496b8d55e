/** Fills a data folder with ended runs whose streams are sealed, and writes the same events in wire form to files beside it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { createSqliteRecords } from '../../src/records/sqlite/records.ts'
import { createSqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { answerCalls } from '../child.ts'
import { eventsOf, recordsOf, wireOf } from './events.ts'
import { type Replayed, runId, WIRE_FILES, wireFile } from './places.ts'

const RECORDS_PER_APPEND = 500

const calls = {
  /** Some of the streams, so that no call takes too long. */
  async fill({ folder, streams, events, from }: Replayed & { readonly from: number }) {
    const store = createSqliteStore({ folder, clock: systemClock })
    const records = createSqliteRecords({ folder, clock: systemClock })
    const stored = recordsOf(eventsOf(events))
    for (let stream = from; stream < from + streams; stream++) {
      const [id, now] = [runId(stream), systemClock.now()]
      const streamId = `runs/${id}`
      const input = [{ role: 'user', content: 'bench' }] as const
      const owner = { tenant: 'local', user: 'local' }
      await records.createRun({ id, streamId, owner, model: 'bench/bench', status: 'queued', input, options: {}, createdAt: now })
      await store.create(streamId, { contentType: 'application/json' })
      await store.fence(streamId)
      for (let at = 0; at < stored.length; at += RECORDS_PER_APPEND) {
        const close = at + RECORDS_PER_APPEND >= stored.length
        await store.append(streamId, stored.slice(at, at + RECORDS_PER_APPEND), { close })
      }
      await records.endRun(id, { outcome: 'completed', endedAt: now, usage: { basis: 'unknown' }, text: '' })
    }
    const { sealed } = await store.sweep()
    await store.close()
    await records.close()
    return { sealed }
  },
  async wire({ folder, events }: Replayed) {
    const bytes = Buffer.concat(wireOf(eventsOf(events)))
    await mkdir(join(folder, 'wire'), { recursive: true })
    for (let index = 0; index < WIRE_FILES; index++) await writeFile(wireFile(folder, index), bytes)
  },
}

export type FillCalls = typeof calls

answerCalls(calls, async () => {})
