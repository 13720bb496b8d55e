/**
 * What each run will be, before it begins: seeded, so that the same seed asks for the same runs and faults in the same order. The plan of a
 * run of the provider travels in its prompt, so that the provider knows what to do without being told by another way.
 */

import { STAMP_DIGITS } from '../bench/stamp.ts'
import { createRandom } from '../src/sources/simulated/random.ts'
import { SCENARIOS, type Scenario, simulatedText } from '../src/sources/simulated/scenarios.ts'

/** What the provider does wrong. `stall` falls silent until the client leaves. */
export const FAULTS = ['429', '500', '502-html', 'error-event', 'reset', 'eof', 'stall'] as const
export type Fault = (typeof FAULTS)[number]

/** What a prompt asks of the provider. */
export interface ProviderOrder {
  readonly key: string
  readonly tokens: number
  readonly tokensPerSecond: number
  readonly fault?: Fault
  /** Tokens before the fault. */
  readonly faultAt?: number
}

interface CommonPlan {
  readonly key: string
  readonly model: string
  readonly input: string
  readonly options: { readonly tokensPerSecond?: number; readonly seed?: number }
  /** How long it takes by itself, in milliseconds. */
  readonly expectedMs: number
  /** When we cancel it, in milliseconds after its creation. */
  readonly cancelAfterMs?: number
}

export interface SimulatedPlan extends CommonPlan {
  readonly kind: 'simulated'
  readonly scenario: Scenario
  /** Exactly what it says. */
  readonly text: string
}

export interface ProviderPlan extends CommonPlan {
  readonly kind: 'provider'
  readonly order: ProviderOrder
}

export type RunPlan = SimulatedPlan | ProviderPlan

const PROMPT = 'soak '
const COUNTER_DIGITS = 6
/** Each token of the provider: its number, the time of its writing, a space. */
export const TOKEN_CHARS = COUNTER_DIGITS + 1 + STAMP_DIGITS + 1
/** Where the time begins within a token. */
export const STAMP_AT = COUNTER_DIGITS + 1

export function tokenText(counter: number, stamp: string): string {
  return `${String(counter).padStart(COUNTER_DIGITS, '0')}:${stamp} `
}

/** The order in a prompt. @throws when it has none. */
export function orderOf(prompt: string): ProviderOrder {
  if (!prompt.startsWith(PROMPT)) throw new Error(`Not a prompt of the soak: ${prompt.slice(0, 80)}`)
  // `createPlans` below wrote it.
  return JSON.parse(prompt.slice(PROMPT.length)) as ProviderOrder
}

/** `stall` is left out: it would take ten minutes. Its own failures are the provider's part here. */
const SIMULATED = SCENARIOS.filter((scenario) => scenario !== 'stall')
const SIMULATED_PERCENT = 35
const FAULT_PERCENT = 35
const CANCEL_PERCENT = 6
/** One run in so many is long, so that a restart surely meets runs in all their phases. */
const LONG_ONE_IN = 12
/** How long after its beginning a stalled run is cancelled, in milliseconds. */
const CANCEL_STALLED_AFTER_MS = 1_500

/** @param providerModels models that reach the provider, one for each API that the server speaks. */
export function createPlans(seed: number, providerModels: readonly string[]): () => RunPlan {
  const random = createRandom(seed, 'soak')
  let number = 0
  const chance = (percent: number): boolean => random.integer(1, 100) <= percent
  const one = <T>(items: readonly T[]): T => {
    const item = items[random.integer(0, items.length - 1)]
    if (item === undefined) throw new Error('Nothing to choose from.')
    return item
  }
  const simulated = (key: string, seconds: number): SimulatedPlan => {
    const scenario = one(SIMULATED)
    const runSeed = random.integer(1, 1_000_000)
    const input = `Question ${key}, please: what is a log?`
    const text = simulatedText(scenario, runSeed, input)
    // About four characters a token; some waiting for tools comes on top.
    const tokensPerSecond = Math.max(20, Math.round(text.length / 4 / seconds))
    return {
      kind: 'simulated',
      key,
      model: `simulated/${scenario}`,
      scenario,
      text,
      input,
      options: { seed: runSeed, tokensPerSecond },
      expectedMs: seconds * 1.5e3 + 3e3,
    }
  }
  const provider = (key: string, seconds: number): ProviderPlan => {
    const tokensPerSecond = random.integer(10, 30)
    const tokens = seconds * tokensPerSecond
    const fault = chance(FAULT_PERCENT) ? one(FAULTS) : undefined
    const order: ProviderOrder = {
      key,
      tokens,
      tokensPerSecond,
      ...(fault === undefined ? {} : { fault, faultAt: random.integer(1, tokens - 1) }),
    }
    const stalledMs = ((order.faultAt ?? 0) / tokensPerSecond) * 1e3
    return {
      kind: 'provider',
      key,
      model: one(providerModels),
      input: `${PROMPT}${JSON.stringify(order)}`,
      options: {},
      order,
      expectedMs: seconds * 1e3,
      ...(fault === 'stall' ? { cancelAfterMs: stalledMs + CANCEL_STALLED_AFTER_MS } : {}),
    }
  }
  return () => {
    const key = String(++number)
    const seconds = random.integer(1, LONG_ONE_IN) === 1 ? random.integer(20, 25) : random.integer(4, 18)
    const plan = providerModels.length === 0 || chance(SIMULATED_PERCENT) ? simulated(key, seconds) : provider(key, seconds)
    return plan.cancelAfterMs === undefined && chance(CANCEL_PERCENT)
      ? { ...plan, cancelAfterMs: random.integer(300, Math.round(plan.expectedMs / 2)) }
      : plan
  }
}
