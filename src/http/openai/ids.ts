/** Ids of this surface: each is the id of a run in other clothes, so that nothing has to be looked up. */
import type { RunRecord } from '../../ports/records.ts'
import { Refusal } from '../problem.ts'

const RESPONSE = 'resp_'
const RUN = 'run_'

export function responseId(run: Pick<RunRecord, 'id'>): string {
  return RESPONSE + run.id
}

export function completionId(run: Pick<RunRecord, 'id'>): string {
  return `chatcmpl-${run.id}`
}

/**
 * The run of a response.
 * @throws {Refusal} 404 for what is no id of a response.
 */
export function runIdOf(response: string): string {
  if (response.startsWith(RESPONSE)) return response.slice(RESPONSE.length)
  throw new Refusal(404, 'not-found', 'There is no such response. Ids of responses begin with resp_.')
}

/** Id of an output item: its kind, its run and its place in the output. */
export function itemId(kind: string, run: Pick<RunRecord, 'id'>, index: number): string {
  return `${kind}_${run.id.slice(RUN.length)}_${index}`
}

/** The run and the place that an output item's id names; nothing for ids of others. */
export function itemPlace(id: string): { readonly runId: string; readonly index: number } | undefined {
  const match = /^[a-z]+_([0-9a-f]{32})_(\d{1,9})$/.exec(id)
  return match?.[1] === undefined ? undefined : { runId: RUN + match[1], index: Number(match[2]) }
}
