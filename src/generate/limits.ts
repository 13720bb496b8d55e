/** Bounds on runs, and what a conversation does with a question that comes too early. */

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

/** Bounds that fit one process on a small machine. */
export const DEFAULT_RUN_LIMITS: RunLimits = {
  maxPromptBytes: 1024 * 1024,
  maxConcurrentRuns: 256,
  maxQueuedRuns: 1_000,
  maxRunsPerUser: 512,
  maxHistoryTokens: 32_000,
  runDeadlineMs: 3_600_000,
}
