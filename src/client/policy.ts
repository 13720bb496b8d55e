/** When a reader comes back after its connection broke. */
import type { BackoffPolicy } from '../core/backoff.ts'

export interface ReconnectPolicy extends BackoffPolicy {
  /** Retries in a row without a new event before the reader gives up; `Infinity` never does. The first attempt is not a retry. */
  readonly maxRetries: number
  /** Longest wait that a server's `Retry-After` may ask for, in milliseconds. */
  readonly maxRetryAfterMs: number
  /** How long the server may take to answer a connect, in milliseconds. */
  readonly connectTimeoutMs: number
  /** Silence, comments included, after which an open connection counts as broken, in milliseconds. The server sends a comment every 15 s. */
  readonly silenceMs: number
  /**
   * Silence after which an open connection counts as broken when the page becomes visible again, in milliseconds. Shorter than `silenceMs`:
   * a phone that slept has often lost the connection without being told, and coming back by offset costs little.
   */
  readonly wakeSilenceMs: number
  /**
   * Wait between attempts while the host says that it is offline, in milliseconds. It is only a hint, wrong for loopback and some VPNs, so
   * it slows the retries and does not stop them; these attempts do not count towards `maxRetries`.
   */
  readonly offlineProbeMs: number
}

/** Starts within 250 ms, spread by full jitter, doubles up to 10 s, and never gives up. */
export const defaultPolicy: ReconnectPolicy = {
  baseMs: 250,
  maxMs: 10_000,
  factor: 2,
  jitter: 'full',
  maxRetries: Number.POSITIVE_INFINITY,
  maxRetryAfterMs: 300_000,
  connectTimeoutMs: 15_000,
  silenceMs: 45_000,
  wakeSilenceMs: 20_000,
  offlineProbeMs: 30_000,
}

/** Five retries, after 5, 10, 20, 40 and 80 s, then it fails (SPEC WB2, §13.2). */
export const fiveAttempts: ReconnectPolicy = { ...defaultPolicy, baseMs: 5_000, maxMs: 80_000, jitter: 'none', maxRetries: 5 }
