import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { textsOf } from '../../conformance/store/fixture.ts'
import { useWorkshop } from './testing.ts'

/** Appends to five streams as fast as it can and prints what was acknowledged; packs and deletes meanwhile. */
const WRITER = (folder: string): string => `
  import { createSqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)}
  import { systemClock } from ${JSON.stringify(new URL('../../core/clock.ts', import.meta.url).href)}
  const store = createSqliteStore({ folder: ${JSON.stringify(folder)}, clock: systemClock, maxJournalRows: 200 })
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    await store.create(id, { contentType: 'text/plain' })
    void (async () => {
      const { term } = await store.fence(id)
      const from = Number((await store.head(id)).head.slice(17))
      for (let seq = from + 1; ; seq++) {
        const result = await store.append(id, [Buffer.from(id + seq)], { owner: { term, seq } })
        if (result.result !== 'appended') throw new Error(JSON.stringify(result))
        process.stdout.write(id + ' ' + seq + '\\n')
      }
    })()
  }
`

let child: ChildProcess | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})

describe('kill -9', () => {
  const shop = useWorkshop()

  it('loses nothing that was acknowledged, keeps the order, and doubles nothing, again and again', { timeout: 60_000 }, async () => {
    const acknowledged = new Map<string, number>()
    for (const killAfter of [20, 500, 3000, 4000]) {
      const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER(shop.folder)], { stdio: ['ignore', 'pipe', 'inherit'] })
      child = writer
      let lines = 0
      for await (const line of createInterface({ input: writer.stdout })) {
        const [id = '', seq] = line.split(' ')
        acknowledged.set(id, Number(seq))
        if (++lines === killAfter) writer.kill('SIGKILL')
      }
      if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
      expect(writer.signalCode).toBe('SIGKILL')

      const store = shop.open()
      for (const [id, seq] of acknowledged) {
        const texts = await textsOf(store, id)
        expect(texts.length).toBeGreaterThanOrEqual(seq)
        expect(texts).toEqual(texts.map((_, index) => `${id}${index + 1}`))
      }
      await store.close()
    }
    expect(acknowledged.size).toBe(5)
  })
})
