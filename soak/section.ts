/** What a phase of the soak gives back: figures against their targets, counts, and everything as data. */

/** `over`: a time over its target, in a test run, which fails only far beyond: tests are no place to judge speed. */
export type Judgement = 'met' | 'MISSED' | 'over' | 'not judged: machine busy' | 'not judged: too short'

export interface Verdict {
  readonly figure: string
  readonly target: string
  readonly measured: string
  readonly judgement: Judgement
}

export interface PhaseResult {
  readonly name: PhaseName
  readonly verdicts: readonly Verdict[]
  /** Lines for people, below the table. */
  readonly notes: readonly string[]
  /** Everything that was measured, for `--json`. */
  readonly data: unknown
}

export const PHASES = ['churn', 'million', 'many', 'idle'] as const
export type PhaseName = (typeof PHASES)[number]

export interface SoakOptions {
  /** Length of the churn phase. */
  readonly minutes: number
  readonly seed: number
  /** Within a test run: latency and time are told and not judged as strictly as the rest, and B, C and D are short. */
  readonly short: boolean
  readonly progress: (line: string) => void
  /** Aborts when the soak has to end early. */
  readonly signal: AbortSignal
}

/** A verdict that correctness alone decides. */
export function must(figure: string, target: string, measured: string, holds: boolean): Verdict {
  return { figure, target, measured, judgement: holds ? 'met' : 'MISSED' }
}

/** Delay of the measuring processes, 99 of 100, from which on they were starved and latencies say nothing about the server. */
export const MAX_OWN_DELAY_MS = 25

/** How far over its target a time may be in a test run before the run fails. */
const TEST_MARGIN = 5

/** What a verdict on time takes into account. */
export interface TimeJudge {
  /** Those who measure were starved themselves: a miss says nothing then. */
  readonly isBusy: boolean
  /** See `SoakOptions.short`. */
  readonly short: boolean
}

/** A verdict on time. */
export function inTime(figure: string, limitMs: number, p99Ms: number, { isBusy, short }: TimeJudge, detail: string): Verdict {
  const missed: Judgement = isBusy ? 'not judged: machine busy' : short && p99Ms <= limitMs * TEST_MARGIN ? 'over' : 'MISSED'
  return {
    figure,
    target: `p99 at most ${limitMs} ms`,
    measured: `${p99Ms.toFixed(1)} ms ${detail}`,
    judgement: p99Ms <= limitMs ? 'met' : missed,
  }
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
