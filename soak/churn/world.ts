/** What all actors of the churn share. */

import type { Fetch } from '../../src/client/connection.ts'
import type { Random } from '../../src/sources/simulated/random.ts'
import type { Histogram } from '../histogram.ts'
import type { Ledger } from '../ledger.ts'
import type { SoakServer } from '../server/server.ts'
import type { LiveRun } from './live-run.ts'

export interface Latencies {
  /** From the provider's write of a token to the bytes at a live reader's socket. */
  readonly tokens: Histogram
  /** Those among them that were written while the server was going, away or just back. */
  readonly tokensAroundRestarts: Histogram
  /** From the sending of `POST /v1/runs` to its answer. */
  readonly created: Histogram
  /** From the sending of `POST /v1/runs` to the first status at a reader that came as soon as it was answered. */
  readonly firstStatus: Histogram
}

export interface World {
  readonly server: SoakServer
  readonly fetch: Fetch
  readonly ledger: Ledger
  readonly latencies: Latencies
  readonly random: Random
  /** Runs that go on. */
  readonly live: Map<string, LiveRun>
  /** Runs that ended not long ago, newest last. */
  readonly finished: LiveRun[]
  /** Aborts when everybody has to leave, whatever goes on. */
  readonly stop: AbortSignal
  /** Counts what is no operation, such as stalls and cuts. */
  count(what: string, by?: number): void
}

/** A whole number of milliseconds from `min` to `max`. */
export function between(world: World, min: number, max: number): number {
  return world.random.integer(min, max)
}
