/**
 * The simulated model: needs no key and no network, says the same for the same seed, and can be resumed at any character.
 * Its models are scenarios; see `scenarios.ts` for what each does.
 */
import { abortError } from '../../core/abort.ts'
import { type Clock, sleep } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Usage } from '../../core/event.ts'
import type { Source, SourceEvent, SourceOptions, SourceRequest } from '../../ports/source.ts'
import { remainingSteps } from './resume.ts'
import { isScenario, SCENARIOS, simulatedScript } from './scenarios.ts'
import { tokenize } from './tokens.ts'

/** Speed where the request names none; about that of a mid-sized model. */
export const DEFAULT_TOKENS_PER_SECOND = 40
export const DEFAULT_SEED = 1
/** At full speed other work gets its turn after so many events. */
const EVENTS_PER_TURN = 32
/** Tokens' worth of time before the first event: 0.3 s at the default speed. */
const FIRST_TOKEN_WAIT = 12

export interface SimulatedSourceOptions {
  readonly clock: Clock
  /** How long the scenario `stall` is silent, in milliseconds. Default 10 minutes. */
  readonly stallMs?: number
}

/**
 * The source `simulated`. Options of a request: `tokensPerSecond` (default 40; 0 is as fast as it is read) and `seed` (default 1); the others do not
 * apply. A consumer that was slow gets what fell due meanwhile at once, as from a socket's buffer. Usage counts the tokens of this attempt.
 */
export function createSimulatedSource(options: SimulatedSourceOptions): Source {
  const { clock, stallMs } = options

  async function* stream(request: SourceRequest, call: Parameters<Source['stream']>[1]): AsyncGenerator<SourceEvent, void, undefined> {
    const { signal } = call
    if (signal.aborted) throw abortError(signal)
    const { seed, tokenMs } = settingsOf(request.options)
    const scenario = checkedModel(request.model)
    const script = simulatedScript(scenario, seed, request.messages, stallMs === undefined ? {} : { stallMs })
    const steps = call.resume === undefined ? script.steps : remainingSteps(script.steps, call.resume.answer)
    const pace = createPace(clock, tokenMs, signal)
    const spent = { output: 0, reasoning: 0 }

    yield { type: 'response', responseId: `simulated-${scenario}-${seed}` }
    await pace(FIRST_TOKEN_WAIT, 0)
    for (const { event, waitTokens, silenceMs } of steps) {
      await pace(waitTokens, silenceMs)
      if ('text' in event) spent.output++
      if (event.type === 'reasoning-delta') spent.reasoning++
      yield event
    }
    if (signal.aborted) throw abortError(signal)
    if ('error' in script.end) throw new SluiceError('provider', `The simulated model failed: ${script.end.error}`)
    yield { type: 'finish', reason: script.end.finish, usage: usageOf(request, spent) }
  }

  return {
    name: 'simulated',
    models: SCENARIOS,
    capabilities(model) {
      checkedModel(model)
      return { resume: 'position', cancel: false }
    },
    stream,
    // There is nobody to tell.
    cancel: async () => {},
  }
}

/** A wait before each event: against a schedule, so that timers that fire late do not slow the answer down. */
function createPace(clock: Clock, tokenMs: number, signal: AbortSignal): (waitTokens: number, silenceMs: number) => Promise<void> {
  let dueMs = clock.monotonic()
  let events = 0
  return async (waitTokens, silenceMs) => {
    // Silence begins when the last event was taken; a schedule that lies behind must not shorten it.
    if (silenceMs > 0) dueMs = Math.max(dueMs, clock.monotonic()) + silenceMs
    dueMs += waitTokens * tokenMs
    const leftMs = dueMs - clock.monotonic()
    if (leftMs > 0) await sleep(clock, leftMs, signal)
    else if (++events % EVENTS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw abortError(signal)
  }
}

function checkedModel(model: string): (typeof SCENARIOS)[number] {
  if (isScenario(model)) return model
  throw new SluiceError(
    'invalid-request',
    `There is no simulated model ${JSON.stringify(model.slice(0, 80))}. Use one of ${SCENARIOS.join(', ')}.`,
  )
}

function settingsOf(options: SourceOptions): { readonly seed: number; readonly tokenMs: number } {
  const { tokensPerSecond = DEFAULT_TOKENS_PER_SECOND, seed = DEFAULT_SEED } = options
  if (!Number.isFinite(tokensPerSecond) || tokensPerSecond < 0) {
    throw new SluiceError('invalid-request', `tokensPerSecond is ${tokensPerSecond}; give a number from 0, where 0 is as fast as possible.`)
  }
  if (!Number.isSafeInteger(seed)) throw new SluiceError('invalid-request', `seed is ${seed}; give an integer.`)
  return { seed, tokenMs: tokensPerSecond === 0 ? 0 : 1_000 / tokensPerSecond }
}

function usageOf(request: SourceRequest, spent: { readonly output: number; readonly reasoning: number }): Usage {
  return {
    inputTokens: request.messages.reduce((sum, message) => sum + tokenize(message.content).length, 0),
    outputTokens: spent.output,
    ...(spent.reasoning === 0 ? {} : { reasoningTokens: spent.reasoning }),
    basis: 'reported',
  }
}
