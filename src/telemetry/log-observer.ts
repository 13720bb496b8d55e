/** Observations as log lines (SPEC OP2): runs begin and end at INFO, limits and losses at WARN, trouble at ERROR, the rest at DEBUG. */
import type { Logger } from 'pino'
import type { ErrorCode } from '../core/errors.ts'
import type { Observation, Observer } from '../ports/observer.ts'

/** Failures that mean a limit was hit. */
const LIMITS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['rate-limit', 'quota', 'overloaded', 'too-large'])
/** Answers that mean the same over HTTP. */
const LIMIT_STATUSES: ReadonlySet<number> = new Set([413, 429, 503])

/** Lines carry the ids of the observation (`runId`, `streamId`, `requestId`), so that one search finds all of a run. */
export function createLogObserver(logger: Logger): Observer {
  return (observation) => {
    const level = levelOf(observation)
    if (!logger.isLevelEnabled(level)) return
    const { type, ...facts } = observation
    if ('error' in facts && facts.error !== undefined) {
      const { error, ...rest } = facts
      logger[level]({ event: type, ...rest, code: error.code, err: error }, sentenceOf(observation))
    } else {
      logger[level]({ event: type, ...facts }, sentenceOf(observation))
    }
  }
}

function levelOf(observation: Observation): 'error' | 'warn' | 'info' | 'debug' {
  switch (observation.type) {
    case 'run-started':
      return 'info'
    case 'run-ended':
      return observation.code && LIMITS.has(observation.code) ? 'warn' : 'info'
    case 'fenced-write':
    case 'reader-lagging':
    case 'gap':
      return 'warn'
    case 'trouble':
      return observation.error.retryable ? 'warn' : 'error'
    case 'http':
      return LIMIT_STATUSES.has(observation.status) ? 'warn' : 'debug'
    case 'run-created':
    case 'first-text':
    case 'cancelled':
    case 'appended':
    case 'reader-joined':
    case 'reader-left':
    case 'swept':
      return 'debug'
    default:
      return observation satisfies never
  }
}

function sentenceOf(observation: Observation): string {
  switch (observation.type) {
    case 'run-created':
      return 'Run created'
    case 'run-started':
      return observation.takeover ? 'Run taken over' : 'Run started'
    case 'first-text':
      return 'First text'
    case 'run-ended':
      return `Run ended: ${observation.outcome}`
    case 'cancelled':
      return 'Run cancelled'
    case 'fenced-write':
      return 'A write was fenced: another process owns this stream now'
    case 'appended':
      return 'Records appended'
    case 'reader-joined':
      return 'Reader joined'
    case 'reader-left':
      return 'Reader left'
    case 'reader-lagging':
      return 'A reader is behind the live tail and is served from the log'
    case 'gap':
      return 'A position was asked for that the stream does not have'
    case 'http':
      return `${observation.method} ${observation.route} ${observation.status}`
    case 'swept':
      return 'Old streams swept'
    case 'trouble':
      return observation.what
    default:
      return observation satisfies never
  }
}
