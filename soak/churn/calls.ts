/** The calls that are no streams: create, cancel, look. One that meets a restart is made again, as a client would, under the same key. */
import { setTimeout as wait } from 'node:timers/promises'
import { nowMicros } from '../../bench/stamp.ts'
import type { Run, RunSummary } from '../../src/client/api.ts'
import type { RunPlan } from '../plan.ts'
import type { World } from './world.ts'

const RETRY_MS = 250
const CALL_TIMEOUT_MS = 15_000
/** Tries of one call: more than the longest restart takes. */
const MAX_TRIES = 240

export interface Created {
  readonly id: string
  readonly sentMicros: number
  readonly answeredMicros: number
  /** It was answered at the first try, and the server was there all the time. */
  readonly plain: boolean
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** @throws when the server refuses for another reason than a restart, which is in the ledger then. */
async function call(
  world: World,
  operation: 'create' | 'cancel' | 'look',
  path: string,
  init: RequestInit,
  wanted: readonly number[],
): Promise<Answer & { tries: number }> {
  for (let tries = 1; ; tries++) {
    const sent = nowMicros()
    let failure: string
    try {
      const response = await world.fetch(`${world.server.url}${path}`, {
        ...init,
        signal: AbortSignal.any([world.stop, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
      })
      const body: unknown = await response.json()
      if (wanted.includes(response.status)) {
        world.ledger.right(operation)
        return { status: response.status, body, tries }
      }
      failure = `${response.status} ${JSON.stringify(body).slice(0, 200)}`
    } catch (thrown) {
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? `: ${thrown.cause.message}` : ''
      failure = `${thrown instanceof Error ? thrown.message : String(thrown)}${cause}`
    }
    if (!world.server.wasAwayBetween(sent, nowMicros()) || tries === MAX_TRIES) {
      world.ledger.wrong(operation, failure.slice(0, 120), `${init.method ?? 'GET'} ${path}`)
      throw new Error(`${path}: ${failure}`)
    }
    world.count('calls repeated because of a restart')
    await wait(RETRY_MS)
  }
}

export async function createRun(world: World, plan: RunPlan, keyPrefix: string): Promise<Created> {
  const sentMicros = nowMicros()
  const { body, tries } = await call(
    world,
    'create',
    '/v1/runs',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `${keyPrefix}-${plan.key}` },
      body: JSON.stringify({ model: plan.model, input: plan.input, options: plan.options }),
    },
    [200, 201],
  )
  const answeredMicros = nowMicros()
  // PROTOCOL 4.1.
  const { id } = body as RunSummary
  return { id, sentMicros, answeredMicros, plain: tries === 1 && !world.server.wasAwayBetween(sentMicros, answeredMicros) }
}

/** Whether the run still went on. */
export async function cancelRun(world: World, id: string): Promise<boolean> {
  const { status } = await call(world, 'cancel', `/v1/runs/${id}/cancel`, { method: 'POST' }, [200, 202])
  return status === 202
}

/** The run once its end is written in its row, which follows the terminal event of its stream. */
export async function endedRun(world: World, id: string): Promise<Run> {
  for (let look = 1; ; look++) {
    const { body } = await call(world, 'look', `/v1/runs/${id}`, {}, [200])
    // PROTOCOL 4.2.
    const run = body as Run
    if (run.outcome !== undefined) return run
    if (look === MAX_TRIES) throw new Error(`Run ${id} has its terminal event, and its row still says ${run.status}.`)
    await wait(RETRY_MS)
  }
}
