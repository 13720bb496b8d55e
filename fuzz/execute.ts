/** One execution: an input, what it showed or what broke, and whether it took too long. */
import { createRandom, hashOf } from './random.ts'
import { Broken, type Outcome, type Target } from './target.ts'

export interface Failure {
  /** Failures of the same kind count as one. */
  readonly kind: string
  readonly message: string
  readonly stack: string
}

export type Execution = { readonly outcome: Outcome } | { readonly failure: Failure }

/** Processor time that any input may take, in milliseconds. */
const BASE_BUDGET_MS = 150
/** And beyond that for each kilobyte; a hundred times what linear work takes here. */
const BUDGET_MS_PER_KB = 10
/** A pause of the collector or of the machine is no fault of the input: it has to be slow every time. */
const SLOW_TIMES = 3

export async function execute(target: Target, input: Uint8Array): Promise<Execution> {
  const budgetMs = BASE_BUDGET_MS + (input.length / 1024) * BUDGET_MS_PER_KB
  for (let turn = 1; ; turn++) {
    const before = process.threadCpuUsage()
    const execution = await once(target, input)
    const { user, system } = process.threadCpuUsage(before)
    const tookMs = (user + system) / 1000
    if ('failure' in execution || tookMs <= budgetMs) return execution
    if (turn < SLOW_TIMES) continue
    const message = `took ${Math.round(tookMs)} ms for ${input.length} bytes, ${SLOW_TIMES} times in a row (budget ${Math.round(budgetMs)} ms)`
    return { failure: { kind: 'slow', message, stack: message } }
  }
}

async function once(target: Target, input: Uint8Array): Promise<Execution> {
  try {
    // A copy: whoever keeps or changes what it was given must not reach the corpus.
    return { outcome: await target.run(input.slice(), createRandom(hashOf(input))) }
  } catch (thrown) {
    return { failure: failureOf(thrown) }
  }
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Broken) return { kind: thrown.rule, message: thrown.message, stack: thrown.stack ?? thrown.message }
  if (!(thrown instanceof Error)) return { kind: 'threw no error', message: String(thrown), stack: String(thrown) }
  const stack = thrown.stack ?? String(thrown)
  // Where it was thrown tells two crashes apart; their messages quote the input.
  const place = /\(?(?:file:\/\/)?[^\s(]*\/((?:src|fuzz)\/[^\s:)]+:\d+)/.exec(stack)?.[1] ?? 'unknown place'
  return { kind: `${thrown.name} at ${place}`, message: `${thrown.name}: ${thrown.message}`.slice(0, 600), stack: stack.slice(0, 3_000) }
}
