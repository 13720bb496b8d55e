/** How a run has to end, from its plan and from what the provider really did. Pure. */

import type { RunPlan } from '../plan.ts'
import type { Attempt } from '../provider/play.ts'
import type { RunEnding } from './live-run.ts'

export interface RunFacts {
  readonly plan: RunPlan
  /** What the provider did for it, in order; none for the simulated model. */
  readonly attempts: readonly Attempt[]
  readonly cancelled: boolean
  /** The server was restarted while the run went on. */
  readonly restarted: boolean
  readonly ending: Pick<RunEnding, 'outcome' | 'errorCode' | 'text'>
}

/** The fault or event that explains an ending, for the counts; nothing for a run that simply completes. */
export function explanationOf({ plan, attempts, restarted, ending }: RunFacts): string | undefined {
  if (ending.outcome === 'completed') return restarted && plan.kind === 'simulated' ? 'restart, simulated model' : undefined
  if (ending.outcome === 'cancelled') return plan.kind === 'provider' && plan.order.fault === 'stall' ? 'stall, then cancelled' : 'cancel'
  const how = attempts.at(-1)?.how
  if (plan.kind === 'simulated') return `simulated/${plan.scenario}`
  if (restarted && (how === undefined || how === 'client-left' || how === 'sent' || how === 'playing' || how === 'stall'))
    return 'restart, real provider'
  return how
}

/** What is wrong with an ending: nothing when it is as foretold. */
export function judgeRun(facts: RunFacts): readonly string[] {
  return [...outcomeProblems(facts), ...textProblems(facts)]
}

const REFUSALS: Readonly<Record<string, string>> = { '429': 'rate-limit', '500': 'provider', '502-html': 'provider' }
const BREAKS: Readonly<Record<string, string>> = { 'error-event': 'provider', reset: 'connection', eof: 'connection' }

function outcomeProblems(facts: RunFacts): readonly string[] {
  const { ending } = facts
  const got = ending.errorCode === undefined ? ending.outcome : `${ending.outcome} (${ending.errorCode})`
  const wanted = foretold(facts)
  return wanted.includes(got) ? [] : [`ended ${got} instead of ${wanted.join(' or ')}`]
}

function foretold({ plan, attempts, cancelled, restarted }: RunFacts): readonly string[] {
  // A cancel may cross with the end that the provider had sent already.
  if (cancelled) return ['cancelled', ...(plan.kind === 'provider' ? ownEnding(attempts.at(-1)) : [])]
  if (plan.kind === 'simulated') return [plan.scenario === 'mid-stream-error' ? 'interrupted (provider)' : 'completed']
  const last = attempts.at(-1)
  const own = ownEnding(last)
  // A real provider's response dies with the process that reads it. One that the provider had finished may have been sealed before.
  return restarted ? [...own, 'interrupted (server)'] : own
}

function ownEnding(last: Attempt | undefined): readonly string[] {
  if (last === undefined) return []
  const refusal = REFUSALS[last.how]
  if (refusal !== undefined) return [`failed (${refusal})`]
  const broken = BREAKS[last.how]
  // A reset may overtake all that was sent before it.
  if (last.how === 'reset') return [`interrupted (${broken})`, `failed (${broken})`]
  if (broken !== undefined) return [`interrupted (${broken})`]
  return last.how === 'sent' ? ['completed'] : []
}

function textProblems({ plan, attempts, cancelled, restarted, ending }: RunFacts): readonly string[] {
  const truth = plan.kind === 'simulated' ? plan.text : attempts.map(({ text }) => text).join('')
  const { text } = ending
  if (!truth.startsWith(text)) return [`its text is not what was sent: it differs at character ${differsAt(truth, text)}`]
  const how = attempts.at(-1)?.how
  const whole = ending.outcome === 'completed' || (!cancelled && !restarted && how !== 'reset')
  return whole && text.length < truth.length ? [`its text lacks the last ${truth.length - text.length} of ${truth.length} characters`] : []
}

function differsAt(truth: string, text: string): number {
  let at = 0
  while (at < text.length && truth[at] === text[at]) at++
  return at
}
