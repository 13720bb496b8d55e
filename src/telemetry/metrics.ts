/** Observations as Prometheus metrics (SPEC OP1), in a registry of their own. Times are in seconds, as Prometheus has them. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Observation, Observer } from '../ports/observer.ts'
import { boundedLabel } from './labels.ts'

export interface Metrics {
  readonly observer: Observer
  /** What `GET /metrics` answers. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>
  readonly registry: Registry
}

export interface MetricsOptions {
  /** Also those of the process and of Node (`process_*`, `nodejs_*`); true by default. They watch the event loop until the process ends. */
  readonly process?: boolean
}

const MAX_SOURCES = 16
const MAX_READER_KINDS = 16
const MAX_ROUTES = 64
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const READER_KINDS = ['sse', 'page', 'cli']

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  if (options.process ?? true) collectDefaultMetrics({ register: registry })
  const record = createRecorder(registry)
  return {
    observer: record,
    registry,
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}

function createRecorder(registry: Registry): Observer {
  const registers = [registry]
  const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `sluice_${name}`, help, labelNames, registers })
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram({ name: `sluice_${name}`, help, labelNames, buckets, registers })

  const runsCreated = counter('runs_created_total', 'Runs that were asked for.', 'source')
  const runsEnded = counter('runs_ended_total', 'Runs that ended.', 'source', 'outcome')
  const runsTakenOver = counter('runs_taken_over_total', 'Runs of a process that died, taken over by this one.', 'source')
  const queued = histogram('run_queued_seconds', 'From the creation of a run to its start.', [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 1800])
  const firstText = histogram(
    'run_first_text_seconds',
    'From the creation of a run to its first text.',
    [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120],
    'source',
  )
  const runDuration = histogram(
    'run_duration_seconds',
    'From the start of a run to its end.',
    [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    'source',
    'outcome',
  )
  const outputTokens = counter('run_output_tokens_total', 'Output tokens of ended runs, as far as they are known.', 'source')
  const cancelLatency = histogram(
    'cancel_latency_seconds',
    'From the request to cancel to the sealed end of the run.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )
  const fencedWrites = counter('fenced_writes_total', 'Writes of a former owner that were refused.')
  const appendedRecords = counter('appended_records_total', 'Records that were made durable.')
  const appendedBytes = counter('appended_bytes_total', 'Bytes of the records that were made durable.')
  const commitDuration = histogram(
    'commit_duration_seconds',
    'Time that a commit of appended records took.',
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
  )
  const readers = new Gauge({ name: 'sluice_readers', help: 'Readers that are connected.', labelNames: ['kind'], registers })
  const readerDuration = histogram('reader_duration_seconds', 'How long a reader stayed.', [1, 5, 15, 60, 300, 900, 3600], 'kind')
  const readersLagging = counter('readers_lagging_total', 'Readers that fell behind the live tail and were served from the log.')
  const gaps = counter('gaps_total', 'Positions that were asked for and that a stream no longer has.')
  const httpDuration = histogram(
    'http_request_duration_seconds',
    'Time to answer a request.',
    [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
    'method',
    'route',
    'status',
  )
  const sweeps = counter('sweeps_total', 'Sweeps of the store.')
  const removed = counter('streams_removed_total', 'Streams that a sweep removed.')
  const sealed = counter('streams_sealed_total', 'Streams that a sweep sealed.')
  const troubles = counter('troubles_total', 'Failures outside of any request.', 'code')

  const sourceLabel = boundedLabel(MAX_SOURCES)
  const kindOf = boundedLabel(MAX_READER_KINDS, READER_KINDS)
  const methodOf = boundedLabel(METHODS.length, METHODS)
  const routeOf = boundedLabel(MAX_ROUTES)
  /** The part of a model id before the slash; the rest is free text. */
  const sourceOf = (model: string): string => sourceLabel(model.split('/', 1).join(''))

  return (observation: Observation) => {
    switch (observation.type) {
      case 'run-created':
        runsCreated.inc({ source: sourceOf(observation.model) })
        return
      case 'run-started':
        queued.observe(observation.queuedMs / 1000)
        if (observation.takeover) runsTakenOver.inc({ source: sourceOf(observation.model) })
        return
      case 'first-text':
        firstText.observe({ source: sourceOf(observation.model) }, observation.afterMs / 1000)
        return
      case 'run-ended': {
        const source = sourceOf(observation.model)
        runsEnded.inc({ source, outcome: observation.outcome })
        runDuration.observe({ source, outcome: observation.outcome }, observation.durationMs / 1000)
        if (observation.outputTokens !== undefined) outputTokens.inc({ source }, observation.outputTokens)
        return
      }
      case 'cancelled':
        cancelLatency.observe(observation.latencyMs / 1000)
        return
      case 'fenced-write':
        fencedWrites.inc()
        return
      case 'appended':
        appendedRecords.inc(observation.records)
        appendedBytes.inc(observation.bytes)
        commitDuration.observe(observation.durationMs / 1000)
        return
      case 'reader-joined':
        readers.inc({ kind: kindOf(observation.kind) })
        return
      case 'reader-left':
        readers.dec({ kind: kindOf(observation.kind) })
        readerDuration.observe({ kind: kindOf(observation.kind) }, observation.durationMs / 1000)
        return
      case 'reader-lagging':
        readersLagging.inc()
        return
      case 'gap':
        gaps.inc()
        return
      case 'http':
        httpDuration.observe(
          { method: methodOf(observation.method), route: routeOf(observation.route), status: String(observation.status) },
          observation.durationMs / 1000,
        )
        return
      case 'swept':
        sweeps.inc()
        removed.inc(observation.removed)
        sealed.inc(observation.sealed)
        return
      case 'trouble':
        troubles.inc({ code: observation.error.code })
        return
      default:
        observation satisfies never
    }
  }
}
