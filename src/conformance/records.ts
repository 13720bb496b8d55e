/** What every `Records` adapter promises, as tests: call it from the adapter's test file. */
import { describe } from 'vitest'
import type { Clock } from '../core/clock.ts'
import type { Records } from '../ports/records.ts'
import { conversationCases } from './records/conversations.ts'
import { durabilityCases } from './records/durability.ts'
import { idempotencyCases } from './records/idempotency.ts'
import { leaseCases } from './records/leases.ts'
import { ownershipCases } from './records/ownership.ts'
import { pagingCases } from './records/paging.ts'
import { runCases } from './records/runs.ts'
import { createWorkbench } from './records/workbench.ts'

export interface RecordsSubject {
  readonly name: string
  /** New and empty records, which remember idempotency keys for 24 hours of `clock`. */
  create(clock: Clock): Promise<Records>
  /** Closes the records and opens what they hold again. Absent where nothing outlives the process. */
  reopen?(records: Records): Promise<Records>
}

export function recordsConformance(subject: RecordsSubject): void {
  describe(`records: ${subject.name}`, () => {
    const bench = createWorkbench(subject)
    runCases(bench)
    idempotencyCases(bench)
    leaseCases(bench)
    conversationCases(bench)
    pagingCases(bench)
    ownershipCases(bench)
    durabilityCases(bench)
  })
}
