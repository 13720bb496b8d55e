/** A small engine for tests: runs and hub over given storage. */

import type { Clock } from '../../src/core/clock.ts'
import type { RunLimits } from '../../src/generate/limits.ts'
import { createRuns, type Runs, type RunsOptions } from '../../src/generate/runs.ts'
import { createHub, type Hub } from '../../src/log/hub.ts'
import { silent } from '../../src/ports/observer.ts'

const LIMITS: RunLimits = {
  maxPromptBytes: 10_000,
  maxConcurrentRuns: 4,
  maxQueuedRuns: 4,
  maxRunsPerUser: 6,
  maxHistoryTokens: 1_000,
  runDeadlineMs: 60_000,
}

export const CALLER = { tenant: 't', user: 'u', scopes: ['*'] }

export interface Engine {
  readonly runs: Runs
  readonly hub: Hub
}

export interface EngineOptions extends Omit<RunsOptions, 'hub'> {
  readonly clock: Clock
}

export function createEngine(options: EngineOptions): Engine {
  const hub = createHub({ store: options.store, clock: options.clock, observer: options.observer ?? silent })
  return { hub, runs: createRuns({ ...options, hub, limits: { ...LIMITS, ...options.limits } }) }
}
