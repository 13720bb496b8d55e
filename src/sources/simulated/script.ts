/** A script: everything that a simulated answer will say, in order, before it says it. */
import type { FinishReason, PartEvent } from '../../core/event.ts'
import { tokenize } from './tokens.ts'

/** One event, and how long it takes to come. */
export interface ScriptStep {
  readonly event: PartEvent
  /** Tokens' worth of time before it: 1 at an even pace, 0 within a burst. */
  readonly waitTokens: number
  /** Silence before it in milliseconds, at any speed. */
  readonly silenceMs: number
}

export interface SimulatedScript {
  readonly steps: readonly ScriptStep[]
  /** A finish, or the provider's error that breaks the answer off. */
  readonly end: { readonly finish: FinishReason } | { readonly error: string }
}

/** The tokens' worth of time before each delta of a part; `index` counts from 0. */
export type Pace = (index: number) => number

const even: Pace = () => 1

export interface ScriptBuilder {
  text(text: string, pace?: Pace): ScriptBuilder
  reasoning(text: string): ScriptBuilder
  /** A call that the provider runs itself: with its result, and nobody has to answer it. */
  tool(name: string, input: unknown, output: unknown): ScriptBuilder
  /** Silence before the next step of the script, which may lie inside a part: see `split`. */
  silence(ms: number): ScriptBuilder
  /** One text part with a silence in the middle. */
  split(before: string, silenceMs: number, after: string): ScriptBuilder
  end(end: SimulatedScript['end']): SimulatedScript
}

export function createScript(): ScriptBuilder {
  const steps: ScriptStep[] = []
  let parts = 0
  let pendingSilenceMs = 0

  const add = (event: PartEvent, waitTokens = 0): void => {
    steps.push({ event, waitTokens, silenceMs: pendingSilenceMs })
    pendingSilenceMs = 0
  }
  const deltas = (type: 'text-delta' | 'reasoning-delta' | 'tool-call-delta', id: string, text: string, pace: Pace): void => {
    for (const [index, token] of tokenize(text).entries()) add({ type, id, text: token }, pace(index))
  }

  const builder: ScriptBuilder = {
    text(text, pace = even) {
      const id = `text-${parts++}`
      add({ type: 'text-start', id })
      deltas('text-delta', id, text, pace)
      add({ type: 'text-end', id })
      return builder
    },
    reasoning(text) {
      const id = `reasoning-${parts++}`
      add({ type: 'reasoning-start', id })
      deltas('reasoning-delta', id, text, even)
      add({ type: 'reasoning-end', id })
      return builder
    },
    tool(name, input, output) {
      const id = `call-${parts++}`
      const argument = JSON.stringify(input)
      add({ type: 'tool-call-start', id, name })
      deltas('tool-call-delta', id, argument, even)
      add({ type: 'tool-call-end', id, input: argument })
      add({ type: 'tool-result', id, output }, TOOL_WAIT_TOKENS)
      return builder
    },
    silence(ms) {
      pendingSilenceMs += ms
      return builder
    },
    split(before, silenceMs, after) {
      const id = `text-${parts++}`
      add({ type: 'text-start', id })
      deltas('text-delta', id, before, even)
      builder.silence(silenceMs)
      deltas('text-delta', id, after, even)
      add({ type: 'text-end', id })
      return builder
    },
    end: (end) => ({ steps, end }),
  }
  return builder
}

/** How long a tool takes: half a second at the default speed. */
const TOOL_WAIT_TOKENS = 20
