import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { recordsConformance } from '../../conformance/records.ts'
import type { Clock } from '../../core/clock.ts'
import type { Records } from '../../ports/records.ts'
import { createSqliteRecords } from './records.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-records-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const homes = new Map<Records, { readonly folder: string; readonly clock: Clock }>()

const openIn = (folder: string, clock: Clock): Records => {
  const records = createSqliteRecords({ folder, clock })
  homes.set(records, { folder, clock })
  return records
}

recordsConformance({
  name: 'sqlite',
  create: async (clock) => openIn(mkdtempSync(join(root, 'r-')), clock),
  async reopen(records) {
    const home = homes.get(records)
    if (!home) throw new Error('these records were not opened here')
    await records.close()
    return openIn(home.folder, home.clock)
  },
})
