/**
 * What happened, for metrics, logs and traces. The domain reports facts and never names a metrics library; an observer never throws and
 * never blocks. Texts of prompts and answers are not part of any observation.
 */
import type { ErrorCode, SluiceError } from '../core/errors.ts'
import type { Outcome } from '../core/event.ts'

export type Observation =
  | { readonly type: 'run-created'; readonly runId: string; readonly model: string }
  | { readonly type: 'run-started'; readonly runId: string; readonly model: string; readonly queuedMs: number; readonly takeover: boolean }
  /** First text of a run, counted from its creation. */
  | { readonly type: 'first-text'; readonly runId: string; readonly model: string; readonly afterMs: number }
  | {
      readonly type: 'run-ended'
      readonly runId: string
      readonly model: string
      readonly outcome: Outcome
      readonly durationMs: number
      readonly outputTokens?: number
      readonly code?: ErrorCode
    }
  /** From the request to the sealed end (SPEC GN13). */
  | { readonly type: 'cancelled'; readonly runId: string; readonly latencyMs: number }
  | { readonly type: 'fenced-write'; readonly streamId: string }
  | { readonly type: 'appended'; readonly records: number; readonly bytes: number; readonly durationMs: number }
  | { readonly type: 'reader-joined'; readonly streamId: string; readonly kind: string }
  | { readonly type: 'reader-left'; readonly streamId: string; readonly kind: string; readonly durationMs: number }
  /** A reader fell behind the live tail and is served from the log. */
  | { readonly type: 'reader-lagging'; readonly streamId: string }
  /** A position was asked for that is not there (SPEC ST6). */
  | { readonly type: 'gap'; readonly streamId: string }
  | {
      readonly type: 'http'
      readonly method: string
      readonly route: string
      readonly status: number
      readonly durationMs: number
      readonly requestId: string
    }
  | { readonly type: 'swept'; readonly removed: number; readonly sealed: number }
  /** Something failed outside of any request; the sentence says what. */
  | { readonly type: 'trouble'; readonly what: string; readonly error: SluiceError }

export type Observer = (observation: Observation) => void

/** For tests and for libraries that want none. */
export const silent: Observer = () => {}
