/** Delays between attempts, as pure arithmetic. */

export interface BackoffPolicy {
  /** Delay before the first retry, in milliseconds. */
  readonly baseMs: number
  /** Upper bound of a delay, in milliseconds. */
  readonly maxMs: number
  /** Growth of the bound for each further retry. */
  readonly factor: number
  /**
   * `full`: uniform in [0, bound], which spreads a crowd best (Brooker, "Exponential Backoff and Jitter", AWS 2015);
   * `none`: exactly the bound.
   */
  readonly jitter: 'full' | 'none'
}

/**
 * Delay before retry number `retry` (from 1), in milliseconds.
 * @param random uniform in [0, 1); given so that tests and simulations repeat.
 */
export function backoffDelayMs(policy: BackoffPolicy, retry: number, random: () => number = Math.random): number {
  const bound = Math.min(policy.maxMs, policy.baseMs * policy.factor ** Math.max(0, retry - 1))
  return policy.jitter === 'full' ? Math.floor(random() * bound) : bound
}
