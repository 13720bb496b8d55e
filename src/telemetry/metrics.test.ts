import { register } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { createMetrics } from './metrics.ts'

const samples = async (metrics: ReturnType<typeof createMetrics>): Promise<Map<string, number>> => {
  const { body } = await metrics.render()
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

describe('metrics', () => {
  it('count and time what happened, in seconds', async () => {
    const metrics = createMetrics({ process: false })
    const { observer } = metrics
    observer({ type: 'run-created', runId: 'r', model: 'simulated/long' })
    observer({ type: 'run-started', runId: 'r', model: 'simulated/long', queuedMs: 2_000, takeover: true })
    observer({ type: 'first-text', runId: 'r', model: 'simulated/long', afterMs: 250 })
    observer({ type: 'run-ended', runId: 'r', model: 'simulated/long', outcome: 'cancelled', durationMs: 7_000, outputTokens: 12 })
    observer({ type: 'cancelled', runId: 'r', latencyMs: 40 })
    observer({ type: 'fenced-write', streamId: 's' })
    observer({ type: 'appended', records: 3, bytes: 500, durationMs: 2 })
    observer({ type: 'reader-lagging', streamId: 's' })
    observer({ type: 'gap', streamId: 's' })
    observer({ type: 'http', method: 'GET', route: '/v1/runs/:id', status: 200, durationMs: 5, requestId: 'q' })
    observer({ type: 'swept', removed: 4, sealed: 5 })
    observer({ type: 'trouble', what: 'x', error: new SluiceError('storage-full', 'x') })
    const found = await samples(metrics)
    const expected = {
      'sluice_runs_created_total{source="simulated"}': 1,
      'sluice_runs_taken_over_total{source="simulated"}': 1,
      sluice_run_queued_seconds_sum: 2,
      'sluice_run_first_text_seconds_sum{source="simulated"}': 0.25,
      'sluice_runs_ended_total{source="simulated",outcome="cancelled"}': 1,
      'sluice_run_duration_seconds_sum{source="simulated",outcome="cancelled"}': 7,
      'sluice_run_output_tokens_total{source="simulated"}': 12,
      sluice_cancel_latency_seconds_sum: 0.04,
      sluice_fenced_writes_total: 1,
      sluice_appended_records_total: 3,
      sluice_appended_bytes_total: 500,
      sluice_commit_duration_seconds_sum: 0.002,
      sluice_readers_lagging_total: 1,
      sluice_gaps_total: 1,
      'sluice_http_request_duration_seconds_count{method="GET",route="/v1/runs/:id",status="200"}': 1,
      sluice_sweeps_total: 1,
      sluice_streams_removed_total: 4,
      sluice_streams_sealed_total: 5,
      'sluice_troubles_total{code="storage-full"}': 1,
    }
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)]))).toEqual(expected)
  })

  it('show how many readers of each kind there are now', async () => {
    const metrics = createMetrics({ process: false })
    const join = (kind: string) => metrics.observer({ type: 'reader-joined', streamId: 's', kind })
    const leave = (kind: string) => metrics.observer({ type: 'reader-left', streamId: 's', kind, durationMs: 1_000 })
    for (const kind of ['sse', 'sse', 'page']) join(kind)
    leave('sse')
    const found = await samples(metrics)
    expect(found.get('sluice_readers{kind="sse"}')).toBe(1)
    expect(found.get('sluice_readers{kind="page"}')).toBe(1)
  })

  it('stay few whatever comes from outside, and count it still', async () => {
    const metrics = createMetrics({ process: false })
    const { observer } = metrics
    for (let index = 0; index < 500; index++) {
      observer({ type: 'run-created', runId: 'r', model: `source${index}/model` })
      observer({ type: 'reader-joined', streamId: 's', kind: `kind${index}` })
      observer({ type: 'http', method: `M${index}`, route: `/${index}`, status: 200, durationMs: 1, requestId: 'q' })
    }
    const found = await samples(metrics)
    const of = (name: string) => [...found].filter(([sample]) => sample.startsWith(`${name}{`))
    expect(of('sluice_runs_created_total').length).toBeLessThanOrEqual(17)
    expect(of('sluice_readers').length).toBeLessThanOrEqual(17)
    expect(of('sluice_http_request_duration_seconds_count').length).toBeLessThanOrEqual(65)
    expect(of('sluice_readers').reduce((sum, [, value]) => sum + value, 0)).toBe(500)
    for (let index = 0; index < 500; index++) observer({ type: 'reader-left', streamId: 's', kind: `kind${index}`, durationMs: 1 })
    expect([...(await samples(metrics))].filter(([sample, value]) => sample.startsWith('sluice_readers{') && value !== 0)).toEqual([])
  })

  it('never carry the free text of a model', async () => {
    const metrics = createMetrics({ process: false })
    metrics.observer({ type: 'run-created', runId: 'r', model: 'openai/my-private-finetune/v2' })
    expect((await metrics.render()).body).toContain('source="openai"')
    expect((await metrics.render()).body).not.toContain('finetune')
  })

  it('live in a registry of their own, so that two servers in one process do not collide', async () => {
    createMetrics()
    const second = createMetrics()
    expect(register.getMetricsAsArray()).toEqual([])
    const { contentType, body } = await second.render()
    expect(contentType).toContain('text/plain')
    expect(body).toContain('process_resident_memory_bytes')
  })

  it('have names that follow the conventions of Prometheus, and a sentence each', () => {
    for (const { name, help } of createMetrics({ process: false }).registry.getMetricsAsArray()) {
      expect(name).toMatch(/^sluice_[a-z_]+$/)
      expect(help).toMatch(/\.$/)
      if (name !== 'sluice_readers') expect(name).toMatch(/_(total|seconds)$/)
    }
  })
})
