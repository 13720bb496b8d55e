import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import type { Observation } from '../ports/observer.ts'
import { createLogObserver } from './log-observer.ts'
import { createLogger, type LogLevel } from './logger.ts'

function observed(observation: Observation, level: LogLevel = 'debug'): Record<string, unknown>[] {
  const lines: string[] = []
  createLogObserver(createLogger({ level, destination: { write: (line) => lines.push(line) } }))(observation)
  return lines.map((line) => JSON.parse(line))
}

const http = { type: 'http', method: 'GET', route: '/v1/runs/:id', durationMs: 1, requestId: 'q' } as const

const LEVELS: readonly (readonly [string, Observation])[] = [
  ['debug', { type: 'run-created', runId: 'r', model: 'm/m' }],
  ['info', { type: 'run-started', runId: 'r', model: 'm/m', queuedMs: 1, takeover: false }],
  ['debug', { type: 'first-text', runId: 'r', model: 'm/m', afterMs: 1 }],
  ['info', { type: 'run-ended', runId: 'r', model: 'm/m', outcome: 'completed', durationMs: 1 }],
  ['info', { type: 'run-ended', runId: 'r', model: 'm/m', outcome: 'failed', durationMs: 1, code: 'provider' }],
  ['warn', { type: 'run-ended', runId: 'r', model: 'm/m', outcome: 'failed', durationMs: 1, code: 'rate-limit' }],
  ['debug', { type: 'cancelled', runId: 'r', latencyMs: 1 }],
  ['warn', { type: 'fenced-write', streamId: 's' }],
  ['debug', { type: 'appended', records: 1, bytes: 1, durationMs: 1 }],
  ['debug', { type: 'reader-joined', streamId: 's', kind: 'sse' }],
  ['debug', { type: 'reader-left', streamId: 's', kind: 'sse', durationMs: 1 }],
  ['warn', { type: 'reader-lagging', streamId: 's' }],
  ['warn', { type: 'gap', streamId: 's' }],
  ['debug', { ...http, status: 200 }],
  ['warn', { ...http, status: 429 }],
  ['debug', { type: 'swept', removed: 1, sealed: 1 }],
  ['warn', { type: 'trouble', what: 'Sweeping failed', error: new SluiceError('storage-locked', 'x') }],
  ['error', { type: 'trouble', what: 'Sweeping failed', error: new SluiceError('storage-corrupt', 'x') }],
]

describe('the observer that logs', () => {
  it.each(LEVELS)('writes at %s: %o', (level, observation) => {
    const { type, ...facts } = observation
    const { error, ...plain } = { error: undefined, ...facts }
    expect(observed(observation)).toMatchObject([
      { level, event: type, ...plain, ...(error && { code: error.code, err: { type: 'SluiceError' } }) },
    ])
  })

  it('writes nothing that the level leaves out', () => {
    expect(observed({ type: 'appended', records: 1, bytes: 1, durationMs: 1 }, 'info')).toEqual([])
  })

  it('says what the trouble was', () => {
    expect(observed({ type: 'trouble', what: 'Sweeping failed', error: new SluiceError('server', 'x') })[0]?.['msg']).toBe(
      'Sweeping failed',
    )
  })
})
