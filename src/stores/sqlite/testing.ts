/** What the tests of this folder share. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach } from 'vitest'
import { createFakeClock, type FakeClock } from '../../core/testing/fake-clock.ts'
import type { Observation } from '../../ports/observer.ts'
import type { Store } from '../../ports/store.ts'
import { createSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

export interface Workshop {
  readonly folder: string
  readonly clock: FakeClock
  /** What the stores observed. */
  readonly observed: Observation[]
  /** Opens the store of the folder; closed after the test. */
  open(options?: Partial<SqliteStoreOptions>): Store
  /** Opens the store's file beside it, as another program would; closed after the test. */
  intruder(folder?: string): DatabaseSync
}

/** A folder of its own for each test of the current `describe`. */
export function useWorkshop(): Workshop {
  const undo: (() => void | Promise<void>)[] = []
  let folder = ''
  let clock = createFakeClock()
  const observed: Observation[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'))
    clock = createFakeClock()
    observed.length = 0
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    get folder() {
      return folder
    },
    get clock() {
      return clock
    },
    observed,
    open(options = {}) {
      const store = createSqliteStore({
        folder,
        clock,
        observer: (observation) => observed.push(observation),
        busyTimeoutMs: 0,
        ...options,
      })
      undo.push(() => store.close())
      return store
    },
    intruder(other = folder) {
      const database = new DatabaseSync(join(other, 'store.db'), { timeout: 0 })
      undo.push(() => {
        if (database.isOpen) database.close()
      })
      return database
    },
  }
}
