/** A small engine for tests: runs and hub over given storage. */

import type { Clock } from '../../src/core/clock.ts'
import { createRuns, type RunLimits, type Runs, type RunsOptions } from '../../src/generate/runs.ts'
import { createHub, type Hub } from '../../src/log/hub.ts'
import { type Observation, silent } from '../../src/ports/observer.ts'
import type { Records } from '../../src/ports/records.ts'
import type { Source } from '../../src/ports/source.ts'
import type { Store } from '../../src/ports/store.ts'

export const LIMITS: RunLimits = {
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

export interface EngineOptions extends Partial<Pick<RunsOptions, 'conversationPolicy' | 'cancelUnreadAfterMs'>> {
  readonly store: Store
  readonly records: Records
  readonly sources: readonly Source[]
  readonly clock: Clock
  readonly limits?: Partial<RunLimits>
  readonly observer?: (observation: Observation) => void
}

export function createEngine({ store, records, sources, clock, limits, observer = silent, ...options }: EngineOptions): Engine {
  const hub = createHub({ store, clock, observer })
  const first = sources[0]
  if (!first) throw new Error('An engine needs a source')
  const runs = createRuns({
    store,
    records,
    sources: new Map(sources.map((source) => [source.name, source])),
    clock,
    observer,
    countTokens: (text) => Math.ceil(text.length / 4),
    limits: { ...LIMITS, ...limits },
    conversationPolicy: options.conversationPolicy ?? 'cancel',
    defaultModel: `${first.name}/${first.models[0]}`,
    readers: hub.readers,
    cancelUnreadAfterMs: options.cancelUnreadAfterMs ?? 0,
  })
  return { runs, hub }
}
