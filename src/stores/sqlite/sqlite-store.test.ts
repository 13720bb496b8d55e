import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storeConformance } from '../../conformance/store/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Store } from '../../ports/store.ts'
import { createSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-store-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0

/** The suite on stores with these bounds, each in a folder of its own. */
function suite(name: string, bounds: Partial<SqliteStoreOptions>): void {
  const folders = new WeakMap<Store, string>()
  const open = (folder: string, clock: Clock): Store => {
    const store = createSqliteStore({ folder, clock, ...bounds })
    folders.set(store, folder)
    return store
  }
  storeConformance({
    name,
    create: async (clock) => open(join(root, String(count++)), clock),
    async reopen(store, clock) {
      await store.close()
      return open(folders.get(store) ?? '', clock)
    },
  })
}

suite('sqlite', {})
suite('sqlite, with nothing kept in memory and everything packed at once', { maxResidentStreams: 1, maxJournalRows: 1 })
