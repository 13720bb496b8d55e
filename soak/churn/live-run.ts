/** A run as the soak knows it: its plan, the text that its readers have seen, and how it ended. */
import type { Outcome } from '../../src/core/event.ts'
import type { RunPlan } from '../plan.ts'

export interface RunEnding {
  readonly outcome: Outcome
  readonly errorCode: string | undefined
  readonly text: string
  readonly atMicros: number
}

export interface LiveRun {
  readonly plan: RunPlan
  readonly id: string
  readonly createdMicros: number
  /** When the cancel was accepted while the run still went on. */
  cancelledMicros: number | undefined
  ending: RunEnding | undefined
  /** The longest text that any reader has; all others must agree with it, and at the end it must agree with what was really sent. */
  seen: string
}

export function createLiveRun(plan: RunPlan, id: string, createdMicros: number): LiveRun {
  return {
    plan,
    id,
    createdMicros,
    cancelledMicros: undefined,
    ending: undefined,
    // What the simulated model says is known before it says it.
    seen: plan.kind === 'simulated' ? plan.text : '',
  }
}

/**
 * Whether `text` is what follows the first `position` characters of the run's text. Who is ahead of all others says what comes; the run's end
 * judges that.
 */
export function agrees(run: LiveRun, position: number, text: string): boolean {
  if (position > run.seen.length) return false
  const known = run.seen.slice(position, position + text.length)
  if (!text.startsWith(known)) return false
  if (known.length === text.length) return true
  if (run.plan.kind === 'simulated') return false
  run.seen += text.slice(known.length)
  return true
}
