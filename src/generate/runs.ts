/** Runs, as the doors (HTTP, CLI) see them: create, look, cancel, recover, drain. */
import type { Answer } from '../core/fold.ts'
import type { Page, PageRequest, Principal, RunFilter, RunRecord } from '../ports/records.ts'
import type { PromptMessage, SourceOptions } from '../ports/source.ts'

/** Bounds on what may be asked and worked on at once, each with the setting that changes it. */
export interface RunLimits {
  /** Bytes of all message contents of a request, as UTF-8. `too-large` beyond it. SLUICE_MAX_PROMPT_BYTES */
  readonly maxPromptBytes: number
  /** Runs that are worked on at once in this process; further ones wait. SLUICE_MAX_CONCURRENT_RUNS */
  readonly maxConcurrentRuns: number
  /** Runs that may wait; `overloaded` beyond it. SLUICE_MAX_QUEUED_RUNS */
  readonly maxQueuedRuns: number
  /** Runs of one user that are queued or running; `overloaded` beyond it. SLUICE_MAX_RUNS_PER_USER */
  readonly maxRunsPerUser: number
  /** Tokens of earlier messages that go into a prompt, newest first. SLUICE_MAX_HISTORY_TOKENS */
  readonly maxHistoryTokens: number
  /** How long one run may take, in milliseconds. SLUICE_RUN_DEADLINE_MS */
  readonly runDeadlineMs: number
}

/** What to do with a new question while the answer to the last one is still being written. */
export type ConversationPolicy = 'cancel' | 'queue'

export interface CreateRunRequest {
  /** A question, or a whole prompt. */
  readonly input: string | readonly PromptMessage[]
  /** `<source>/<model>`; the configured default when absent. */
  readonly model?: string
  readonly conversationId?: string
  readonly options?: SourceOptions
  /** The same key and request again give the same run. */
  readonly idempotencyKey?: string
}

export interface Runs {
  /**
   * @throws {SluiceError} `invalid-request` (unknown model, empty input), `too-large`, `overloaded` (with `retryAfterMs`), `conflict`
   * (idempotency key used for another request), `not-found` (another owner's conversation), `unavailable` (draining).
   */
  create(principal: Principal, request: CreateRunRequest): Promise<{ readonly run: RunRecord; readonly replayed: boolean }>
  /** @throws {SluiceError} `not-found` when there is none or it is another's. */
  get(principal: Principal, id: string): Promise<RunRecord>
  list(principal: Principal, filter: RunFilter, page: PageRequest): Promise<Page<RunRecord>>
  /** What the run's stream adds up to now. */
  answer(run: RunRecord): Promise<Answer>
  /** Asks for the end of a run. Idempotent; durable when it resolves. `ended` when there was nothing left to stop. */
  cancel(principal: Principal, id: string): Promise<{ readonly run: RunRecord; readonly effect: 'cancelling' | 'ended' }>
  /** Waits until the run has ended and its projections are written. @throws the signal's reason. */
  ended(principal: Principal, id: string, signal: AbortSignal): Promise<RunRecord>
  /** Model ids to offer to people, the default first. */
  readonly models: readonly string[]
  readonly defaultModel: string
  /** False once `drain` was called. */
  readonly accepting: boolean
  /** Queued and running runs of this process. */
  readonly active: { readonly queued: number; readonly running: number }
  /** Takes over what an earlier process left unfinished. Call once, after the folder's lock is held and before serving. */
  recover(): Promise<{ readonly continued: number; readonly interrupted: number; readonly projected: number }>
  /** Refuses new runs, waits up to `timeoutMs` for those under way, hands the rest over: they stop without a terminal event and the next process takes them over. */
  drain(timeoutMs: number): Promise<{ readonly handedOver: number }>
}
