/** What the cases of the records suite share: fresh records, and runs to put into them. */
import { afterEach, expect } from 'vitest'
import { type ErrorCode, SluiceError } from '../../core/errors.ts'
import type { Outcome } from '../../core/event.ts'
import { createFakeClock, type FakeClock } from '../../core/testing/fake-clock.ts'
import type { Owner, Page, PageRequest, Records, RunEnd, RunRecord } from '../../ports/records.ts'
import type { RecordsSubject } from '../records.ts'

export const ALICE: Owner = { tenant: 'acme', user: 'alice' }
/** Same tenant, another user. */
export const BOB: Owner = { tenant: 'acme', user: 'bob' }
/** Same user name, another tenant. */
export const OTHER_ALICE: Owner = { tenant: 'umbrella', user: 'alice' }

export interface Workbench {
  readonly subject: RecordsSubject
  /** New and empty; closed after the test. */
  open(clock?: FakeClock): Promise<Records>
  reopened(records: Records): Promise<Records>
}

export function createWorkbench(subject: RecordsSubject): Workbench {
  const opened = new Set<Records>()
  afterEach(async () => {
    for (const records of opened) await records.close()
    opened.clear()
  })
  const keep = (records: Records): Records => {
    opened.add(records)
    return records
  }
  return {
    subject,
    open: async (clock = createFakeClock()) => keep(await subject.create(clock)),
    async reopened(records) {
      if (!subject.reopen) throw new Error(`${subject.name} has no reopen`)
      return keep(await subject.reopen(records))
    },
  }
}

/** A run that was just asked for. */
export function aRun(id: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    id,
    streamId: `runs/${id}`,
    owner: ALICE,
    model: 'simulated/long',
    status: 'queued',
    input: [{ role: 'user', content: `What is ${id}?` }],
    options: {},
    createdAt: 1_000,
    ...changes,
  }
}

export function anEnd(outcome: Outcome = 'completed', changes: Partial<RunEnd> = {}): RunEnd {
  return { outcome, endedAt: 9_000, usage: { outputTokens: 3, basis: 'reported' }, text: 'An answer.', ...changes }
}

/** Expects a `SluiceError` with this code, and gives it back. */
export async function expectCode(code: ErrorCode, attempt: Promise<unknown>): Promise<SluiceError> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SluiceError)
  if (!(error instanceof SluiceError)) throw error
  expect(error.code).toBe(code)
  return error
}

/** All pages of a list, one after the other; `between` runs before each but the first. */
export async function allPages<T>(
  limit: number,
  list: (page: PageRequest) => Promise<Page<T>>,
  between?: () => Promise<void>,
): Promise<T[][]> {
  const pages: T[][] = []
  let after: string | undefined
  do {
    const page = await list(after === undefined ? { limit } : { limit, after })
    pages.push([...page.items])
    after = page.next
    if (after !== undefined) await between?.()
  } while (after !== undefined)
  return pages
}
