/** Against a server that we did not write, and that official clients accept. It counts no tokens and sends no `ping`. */
import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerOf, collect, disorder, openParts } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import type { SourceOptions, SourceRequest } from '../../ports/source.ts'
import { createAnthropicSource } from './source.ts'

const LONG = 'Water finds its level, and the boat goes with it; 水 too. '.repeat(20)
const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 20, logLevel: 'silent' })

function ask(content: string, options: SourceOptions = {}): SourceRequest {
  return { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content }], options }
}

function attempt(request: SourceRequest) {
  const source = createAnthropicSource({ apiKey: 'sk-ant-test', baseUrl: mock.url })
  return collect(source, request).finally(() => source[Symbol.asyncDispose]())
}

describe('a double of another maker', () => {
  beforeAll(async () => {
    mock.onMessage('plain', { content: LONG, usage: { input_tokens: 12, output_tokens: 600 } })
    mock.onMessage('think', { content: 'The answer.', reasoning: 'Step by step.' })
    mock.onMessage('tool', { content: 'Look.', toolCalls: [{ name: 'get_level', arguments: '{"chamber":"Süd"}' }] })
    mock.onMessage('busy', { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 })
    mock.onMessage('limit', { error: { message: 'Slow down.', type: 'rate_limit_error' }, status: 429, retryAfter: 2 })
    // Without a latency it loses all bytes of a stream that it cuts.
    mock.onMessage('cut', { content: LONG }, { latency: 2, truncateAfterChunks: 10 })
    await mock.start()
  })
  afterAll(() => mock.stop())

  it('streams text, and its usage', async () => {
    const { events, thrown } = await attempt(ask('plain'))
    expect(thrown).toBeUndefined()
    expect(answerText(answerOf(events))).toBe(LONG)
    expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(10)
    expect(events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: { inputTokens: 12, outputTokens: 600, basis: 'reported' },
    })
  })

  it('streams thinking with its signature', async () => {
    const { events, thrown } = await attempt(ask('think', { maxThinkingTokens: 2_000 }))
    expect(thrown).toBeUndefined()
    expect(answerOf(events).parts).toMatchObject([
      { kind: 'reasoning', text: 'Step by step.', signature: expect.stringMatching(/./), done: true },
      { kind: 'text', text: 'The answer.', done: true },
    ])
  })

  it('streams the use of a tool', async () => {
    const { events, thrown } = await attempt(ask('tool', { tools: [{ name: 'get_level', parameters: { type: 'object' } }] }))
    expect(thrown).toBeUndefined()
    expect(answerOf(events).parts).toMatchObject([
      { kind: 'text', text: 'Look.' },
      { kind: 'tool', name: 'get_level', input: '{"chamber":"Süd"}', done: true },
    ])
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' })
    expect([...disorder(events), ...openParts(events)]).toEqual([])
  })

  it('refuses while it is busy and beyond its limit', async () => {
    expect((await attempt(ask('busy'))).thrown).toMatchObject({ code: 'provider', retryable: true })
    expect((await attempt(ask('limit'))).thrown).toMatchObject({ code: 'rate-limit', retryable: true, retryAfterMs: 2_000 })
  })

  it('breaks off in the middle', async () => {
    const { events, thrown } = await attempt(ask('cut'))
    expect(thrown).toMatchObject({ code: 'connection', retryable: true })
    const text = answerText(answerOf(events))
    expect(text).not.toBe('')
    expect(LONG.startsWith(text)).toBe(true)
    expect(events.some(({ type }) => type === 'finish')).toBe(false)
  })
})
