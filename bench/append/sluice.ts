/** The embedded store, with owned appends as the writer of a run makes them. */
import { systemClock } from '../../src/core/clock.ts'
import { createSqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import type { AppendLog } from './log.ts'

export async function createSluiceLog(streams: number, folder: string): Promise<AppendLog> {
  const store = createSqliteStore({ folder, clock: systemClock })
  const owners = await Promise.all(
    Array.from({ length: streams }, async (_, stream) => {
      const id = `runs/bench_${stream}`
      await store.create(id, { contentType: 'application/json' })
      const { term } = await store.fence(id)
      return { id, term, seq: 0 }
    }),
  )
  return {
    async append(stream, event) {
      const owner = owners[stream]
      if (!owner) throw new RangeError(`There is no stream ${stream}.`)
      owner.seq++
      const { result } = await store.append(owner.id, [event], { owner: { term: owner.term, seq: owner.seq } })
      if (result !== 'appended') throw new Error(`An append was refused: ${result}.`)
    },
    close: () => store.close(),
  }
}
