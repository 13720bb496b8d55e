/** Those who keep the churn going: the drivers of runs, and readers that come and go. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Child } from '../../bench/child.ts'
import { nowMicros } from '../../bench/stamp.ts'
import type { Client } from '../../src/client/client.ts'
import type { RunPlan } from '../plan.ts'
import type { ProviderCalls } from '../provider/main.ts'
import { type Behaviour, readRun } from './bare-reader.ts'
import { cancelRun, createRun, endedRun } from './calls.ts'
import { explanationOf, judgeRun } from './judge.ts'
import { readByLibrary } from './library-reader.ts'
import { createLiveRun, type LiveRun } from './live-run.ts'
import { between, type World } from './world.ts'

const STEADY: Behaviour = { cuts: 0, stallMs: 0, leaveAfterMs: 0 }
const MAX_FINISHED = 200
/** How much longer than planned a run may take, restarts included, until it counts as one that never ends. */
const RUN_GRACE_MS = 60_000

export interface RunDriver {
  readonly world: World
  readonly provider: Child<ProviderCalls>
  readonly nextPlan: () => RunPlan
  readonly keyPrefix: string
  /** No new runs from then on. */
  readonly closing: AbortSignal
}

/** Keeps one run going after the other, each with a reader from its first moment on. */
export async function driveRuns(driver: RunDriver): Promise<void> {
  const { world, closing } = driver
  while (!closing.aborted) {
    try {
      await driveRun(driver, driver.nextPlan())
    } catch (thrown) {
      // A call that failed is in the ledger with its cause.
      world.count(`runs given up: ${thrown instanceof Error ? thrown.message.slice(0, 80) : 'unknown'}`)
      await wait(1_000)
    }
  }
}

async function driveRun(driver: RunDriver, plan: RunPlan): Promise<void> {
  const { world, provider } = driver
  const created = await createRun(world, plan, driver.keyPrefix)
  const run = createLiveRun(plan, created.id, created.sentMicros)
  world.live.set(run.id, run)
  if (created.plain) world.latencies.created.add((created.answeredMicros - created.sentMicros) / 1e3)
  let statusSeen = false
  const onStatus = (arrived: number): void => {
    if (!statusSeen && created.plain && !world.server.wasAwayBetween(created.sentMicros, arrived))
      world.latencies.firstStatus.add((arrived - created.sentMicros) / 1e3)
    statusSeen = true
  }
  const overdue = setTimeout(() => world.ledger.wrong('run', 'it did not end', `${run.id} (${plan.model})`), plan.expectedMs + RUN_GRACE_MS)
  const cancelled = new AbortController()
  const cancelling = plan.cancelAfterMs === undefined ? undefined : cancelLater(world, run, plan.cancelAfterMs, cancelled.signal)
  try {
    await readRun(world, run, STEADY, { onStatus })
    cancelled.abort()
    await cancelling
    if (world.stop.aborted) return
    await closeBooks(world, provider, run)
  } finally {
    clearTimeout(overdue)
    world.live.delete(run.id)
  }
}

async function cancelLater(world: World, run: LiveRun, afterMs: number, over: AbortSignal): Promise<void> {
  await wait(afterMs, undefined, { signal: AbortSignal.any([over, world.stop]) }).catch(() => {})
  if (over.aborted || world.stop.aborted) return
  if (await cancelRun(world, run.id)) run.cancelledMicros = nowMicros()
}

/** Compares a run that has ended with its plan and with what the provider really did. */
async function closeBooks(world: World, provider: Child<ProviderCalls>, run: LiveRun): Promise<void> {
  const endedMicros = nowMicros()
  const { outcome, error, text } = await endedRun(world, run.id)
  if (outcome === undefined) return
  run.ending = { outcome, errorCode: error?.code, text, atMicros: endedMicros }
  const attempts = run.plan.kind === 'provider' ? await provider.call('take', { key: run.plan.key }) : []
  const facts = {
    plan: run.plan,
    attempts,
    cancelled: run.cancelledMicros !== undefined,
    restarted: world.server.wasAwayBetween(run.createdMicros, endedMicros),
    ending: run.ending,
  }
  const problems = [...judgeRun(facts)]
  if (run.plan.kind === 'provider' && run.seen !== text) problems.push('its readers have another text than its row')
  for (const problem of problems) world.ledger.wrong('run', problem.replace(/\d+/g, 'N'), `${run.id} (${run.plan.input}): ${problem}`)
  if (problems.length === 0) world.ledger.right('run')
  const explanation = explanationOf(facts)
  if (explanation !== undefined) world.ledger.injected(explanation, outcome)
  world.finished.push(run)
  if (world.finished.length > MAX_FINISHED) world.finished.shift()
}

/** One of the thousand: reads a run in its manner, then another one, until there are no more. */
export async function keepReading(world: World, client: Client | undefined, closing: AbortSignal): Promise<void> {
  while (!world.stop.aborted) {
    const run = choose(world)
    if (run === undefined) {
      if (closing.aborted) return
      await wait(200)
      continue
    }
    if (client) await readByLibrary(world, client, run)
    else await readRun(world, run, manner(world))
    if (closing.aborted && world.live.size === 0) return
    await wait(between(world, 0, MAX_PAUSE_MS))
  }
}

const FINISHED_PERCENT = 8
/** People look at something else between two answers. With it the server gets about a hundred connections a second. */
const MAX_PAUSE_MS = 4_000

function choose(world: World): LiveRun | undefined {
  const ended =
    world.random.integer(1, 100) <= FINISHED_PERCENT ? world.finished[world.random.integer(0, world.finished.length - 1)] : undefined
  if (ended) {
    world.count('readers of finished runs')
    return ended
  }
  const live = [...world.live.values()]
  return live[world.random.integer(0, live.length - 1)]
}

function manner(world: World): Behaviour {
  const dice = world.random.integer(1, 100)
  if (dice <= 25) return { ...STEADY, cuts: world.random.integer(1, 2) }
  if (dice <= 35) return { ...STEADY, stallMs: world.random.integer(2_000, 6_000) }
  if (dice <= 50) return { ...STEADY, leaveAfterMs: world.random.integer(500, 8_000) }
  return STEADY
}
