import { describe, expect, it } from 'vitest'
import { aRun, expectCode } from '../../conformance/records/workbench.ts'
import { recordsConformance } from '../../conformance/records.ts'
import { createMemoryRecords } from './records.ts'

recordsConformance({ name: 'memory', create: async (clock) => createMemoryRecords({ clock }) })

describe('records in memory', () => {
  it('refuse a run beyond their bound and say how to get more room', async () => {
    const records = createMemoryRecords({ maxRuns: 2 })
    await records.createRun(aRun('a'))
    await records.createRun(aRun('b'), { key: 'k', digest: 'd' })
    expect((await expectCode('storage-full', records.createRun(aRun('c')))).message).toContain('sqlite')
    expect((await records.createRun(aRun('c'), { key: 'k', digest: 'd' })).result).toBe('replayed')
  })
})
