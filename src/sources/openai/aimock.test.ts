/** A double that we did not write: the mock server `@copilotkit/aimock`. It sends no sequence numbers, and lets a connection break. */
import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Attempt, answerOf, collect, openParts } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import { createOpenAISource } from './source.ts'

const TEXT = 'A durable stream is a log that people can read while it grows. '.repeat(8).trim()

const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 20 })
mock.onMessage('plain', { content: TEXT, usage: { input_tokens: 12, output_tokens: 90 } })
mock.onMessage('think', { content: 'High water.', reasoning: 'Two ways lead there.' })
mock.onMessage('tool', { content: 'Let me look.', toolCalls: [{ name: 'get_tide', arguments: '{"port":"Cuxhaven"}' }] })
// Without a latency it would lose what it wrote before the cut.
mock.onMessage('cut', { content: TEXT }, { latency: 2, truncateAfterChunks: 10 })
mock.onMessage('limit', {
  error: { message: 'Slow down.', type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  status: 429,
  retryAfter: 2,
})

beforeAll(async () => {
  await mock.start()
})

afterAll(async () => {
  await mock.stop()
})

async function ask(content: string): Promise<Attempt> {
  await using source = createOpenAISource({ apiKey: 'sk-test', baseUrl: `${mock.url}/v1` })
  return await collect(source, { model: 'gpt-5', messages: [{ role: 'user', content }], options: {} })
}

describe('against a double of others', () => {
  it('a text is whole, and so is what it took', async () => {
    const { events, thrown } = await ask('plain')
    expect(thrown).toBeUndefined()
    expect(answerText(answerOf(events))).toBe(TEXT)
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', usage: { inputTokens: 12, outputTokens: 90, basis: 'reported' } })
    expect(openParts(events)).toEqual([])
  })

  it('a summary of reasoning comes before the text', async () => {
    const { events } = await ask('think')
    expect(answerOf(events).parts.map((part) => [part.kind, part.kind === 'tool' ? '' : part.text])).toEqual([
      ['reasoning', 'Two ways lead there.'],
      ['text', 'High water.'],
    ])
  })

  it('a call of a function is whole, and waits for us', async () => {
    const { events } = await ask('tool')
    expect(answerOf(events).parts.at(-1)).toMatchObject({ kind: 'tool', name: 'get_tide', input: '{"port":"Cuxhaven"}', done: true })
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' })
  })

  it('a limit is one, with its wait', async () => {
    expect((await ask('limit')).thrown).toMatchObject({ code: 'rate-limit', retryable: true, retryAfterMs: 2_000 })
  })

  it('a connection that breaks is no end, and what came before it is kept', async () => {
    const { events, thrown } = await ask('cut')
    expect(thrown).toMatchObject({ code: 'connection', retryable: true })
    const text = answerText(answerOf(events))
    expect(text.length).toBeGreaterThan(0)
    expect(text.length).toBeLessThan(TEXT.length)
    expect(TEXT.startsWith(text)).toBe(true)
    expect(events.some(({ type }) => type === 'finish')).toBe(false)
  })
})
