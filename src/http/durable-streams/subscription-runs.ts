/** Finds runs for patterns that mean them: runs write their streams themselves, so nobody can link these before. */
import type { Runs } from '../../generate/runs.ts'
import { RUNS } from './place.ts'
import { meansByPattern } from './subscription-input.ts'
import type { Worker } from './subscription-worker.ts'

const PAGE = 100
/** Runs that are made within this time before the newest known one may have been listed after it; in milliseconds. */
const OVERLAP_MS = 10_000

/** Up to when a subscription knows all runs. Forgotten with the process: the next one looks from the subscription's beginning. */
const known = new WeakMap<Worker, number>()

/** Links the runs that were made since the subscription was, and are not linked yet. */
export async function findRuns(worker: Worker, runs: Pick<Runs, 'list'>): Promise<void> {
  const { owner, state } = worker
  if (!mayMeanRuns(state.made.config.pattern)) return
  const since = known.get(worker) ?? state.made.createdAtMs
  let newest = since
  let after: string | undefined
  do {
    // Newest first.
    const page = await runs.list({ ...owner, scopes: [] }, {}, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    after = page.next
    for (const { id, createdAt } of page.items) {
      newest = Math.max(newest, createdAt)
      if (createdAt < since) after = undefined
      else if (meansByPattern(state.made.config, RUNS + id) && !state.links.has(RUNS + id)) await linkFromStart(worker, RUNS + id)
    }
  } while (after !== undefined)
  known.set(worker, Math.max(since, newest - OVERLAP_MS))
}

async function linkFromStart(worker: Worker, path: string): Promise<void> {
  await worker.link(path, 'glob', { fromStart: true })
  await worker.check([path])
}

function mayMeanRuns(pattern: string | undefined): boolean {
  const [first] = pattern?.split('/') ?? []
  return first === '**' || first === '*' || `${first}/` === RUNS
}
