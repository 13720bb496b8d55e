/** Waiting for the end of a run, as requests that do not stream do. */
import { linkAbort } from '../../core/abort.ts'
import type { CreateRunRequest } from '../../generate/runs.ts'
import type { Principal, RunRecord } from '../../ports/records.ts'
import type { AppDeps } from '../context.ts'
import { Refusal } from '../problem.ts'
import { DO_NOT_REPEAT } from './errors.ts'
import { responseId } from './ids.ts'

/**
 * The run, ended. A client that goes away does not stop it (SPEC RN2).
 * @throws {Refusal} 503 when this process hands the run over before its end.
 */
export async function waitForEnd({ runs }: AppDeps, principal: Principal, run: RunRecord, signal: AbortSignal): Promise<RunRecord> {
  const ended = await runs.ended(principal, run.id, signal)
  if (ended.endedAt !== undefined) return ended
  const message = `The server goes down and the answer goes on without it. Read it later with GET /v1/responses/${responseId(run)}.`
  throw new Refusal(503, 'unavailable', message, { headers: DO_NOT_REPEAT })
}

/** How long a cancel waits for the partial answer to be sealed, in milliseconds. */
const SEAL_MS = 2_000

/** The run, ended when that happens soon. */
export async function waitForSeal({ runs, clock }: AppDeps, principal: Principal, run: RunRecord, signal: AbortSignal): Promise<RunRecord> {
  using link = linkAbort(signal)
  const disarm = clock.setTimer(SEAL_MS, () => link.abort(new Error('The answer takes long to end.')))
  try {
    return await runs.ended(principal, run.id, link.signal)
  } catch (error) {
    if (!link.signal.aborted || signal.aborted) throw error
    return runs.get(principal, run.id)
  } finally {
    disarm()
  }
}

/** The request with the idempotency key of its headers. */
export function withKey(request: CreateRunRequest, headers: { readonly 'idempotency-key'?: string }): CreateRunRequest {
  const key = headers['idempotency-key']
  return key === undefined ? request : { ...request, idempotencyKey: key }
}
