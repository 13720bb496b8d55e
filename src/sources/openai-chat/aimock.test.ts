/**
 * A double that we did not write: it shares no misunderstanding with our own player. Its gaps: without `latency` a cut loses every byte, and it knows
 * neither errors inside a stream nor an end without a reset.
 */
import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerOf, collect, disorder } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import type { Source, SourceOptions } from '../../ports/source.ts'
import { createOpenAIChatSource } from './source.ts'

const TEXT = 'The tide comes in twice a day, and the 🦀 walks sideways between both. '.repeat(5)
const API_KEY = 'sk-aimock-0123456789abcdef'

const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 20, logLevel: 'silent' })
let source: Source & AsyncDisposable

beforeAll(async () => {
  mock.onMessage('plain', { content: TEXT, usage: { prompt_tokens: 12, completion_tokens: 60, total_tokens: 72 } })
  mock.onMessage('think', { content: 'Noon.', reasoning: 'The moon is high.' })
  mock.onMessage('call', { content: 'Looking.', toolCalls: [{ name: 'get_tide', arguments: '{"port":"Büsum"}' }] })
  mock.onMessage('limit', {
    error: { message: 'Slow down.', type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    status: 429,
    retryAfter: 2,
  })
  mock.onMessage('cut', { content: TEXT }, { latency: 2, truncateAfterChunks: 8 })
  await mock.start()
  source = createOpenAIChatSource({ apiKey: API_KEY, baseUrl: `${mock.url}/v1` })
})

afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await mock.stop()
})

function ask(content: string, options: SourceOptions = {}) {
  return collect(source, { model: 'gpt-4o', messages: [{ role: 'user', content }], options })
}

describe('against the double', () => {
  it('a text arrives whole, with its usage', async () => {
    const { events, thrown } = await ask('plain')
    expect(thrown).toBeUndefined()
    expect(answerText(answerOf(events))).toBe(TEXT)
    expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(5)
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', usage: { inputTokens: 12, outputTokens: 60 } })
  })

  it('reasoning comes before the text', async () => {
    const { events, thrown } = await ask('think')
    expect(thrown).toBeUndefined()
    expect(answerOf(events).parts).toMatchObject([
      { kind: 'reasoning', text: 'The moon is high.', done: true },
      { kind: 'text', text: 'Noon.', done: true },
    ])
  })

  it('a call of a tool arrives whole, and the double got the tool', async () => {
    const { events, thrown } = await ask('call', { tools: [{ name: 'get_tide', parameters: { type: 'object' } }] })
    expect(thrown).toBeUndefined()
    expect(disorder(events)).toEqual([])
    expect(answerOf(events).parts).toMatchObject([
      { kind: 'text', text: 'Looking.' },
      { kind: 'tool', name: 'get_tide', input: '{"port":"Büsum"}', done: true },
    ])
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' })
    expect(mock.getRequests().at(-1)?.body).toMatchObject({ tools: [{ type: 'function', function: { name: 'get_tide' } }] })
  })

  it('a rate limit says how long to wait', async () => {
    const { events, thrown } = await ask('limit')
    expect(events).toEqual([])
    expect(thrown).toMatchObject({ code: 'rate-limit', retryable: true, retryAfterMs: 2_000 })
  })

  it('a stream that is cut is no success, and what came stays', async () => {
    const { events, thrown } = await ask('cut')
    expect(thrown).toMatchObject({ code: 'connection', retryable: true })
    const text = answerText(answerOf(events))
    expect(text).not.toBe('')
    expect(TEXT.startsWith(text)).toBe(true)
    expect(text.length).toBeLessThan(TEXT.length)
  })
})
