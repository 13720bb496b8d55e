import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../ports/source.ts'
import { anthropicSamples as samples } from '../../simulators/provider/samples/anthropic.ts'
import { type Read, readBody } from '../shared/testing/read-body.ts'
import type { Wire } from '../shared/wire.ts'
import { createNormaliser } from './normalise.ts'

const RESPONSE: SourceEvent = { type: 'response', responseId: 'msg_sample' }
const EARLY: SourceEvent = { type: 'usage', usage: { inputTokens: 21, cachedInputTokens: 6, basis: 'reported' } }
const USAGE = { inputTokens: 21, outputTokens: 34, cachedInputTokens: 6, basis: 'reported' }

async function readSample(name: string): Promise<Read> {
  const sample = samples.find((one) => one.name === name)
  if (sample === undefined) throw new Error(`There is no sample ${name}.`)
  return readBody(
    createNormaliser((text) => text),
    sample.bytes,
  )
}

/** The events of a sample between those of its beginning and its end. */
async function contentOf(name: string): Promise<readonly SourceEvent[]> {
  const { events, error } = await readSample(name)
  expect(error).toBeUndefined()
  expect(events.slice(0, 2)).toEqual([RESPONSE, EARLY])
  return events.slice(2, -1)
}

/** What a fresh reader says to these wire events. */
function readAll(...wires: readonly Wire[]): { readonly events: readonly SourceEvent[]; readonly error?: unknown } {
  const { read } = createNormaliser((text) => text.replaceAll('secret', '***'))
  const readings = wires.map((wire) => read(wire))
  const error = readings.find((reading) => reading.error !== undefined)?.error
  return { events: readings.flatMap(({ events }) => events), ...(error === undefined ? {} : { error }) }
}

const START: Wire = { type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 0, output_tokens: 0 } } }
const STOP: Wire = { type: 'message_stop' }
const block = (index: number, content_block: Wire): Wire => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, change: Wire): Wire => ({ type: 'content_block_delta', index, delta: change })
const said = (text: string): Wire => ({ type: 'text_delta', text })
const stopped = (stop_reason: string): Wire => ({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 7 } })

describe('a message', () => {
  it('with text becomes one part, with the input known from the start and the whole usage at the end', async () => {
    const { events } = await readSample('sample-text')
    expect(events).toEqual([
      RESPONSE,
      EARLY,
      { type: 'text-start', id: 'text-0' },
      ...['A lock ', 'lifts a boat', ' without a motor: ', '水位', ' and ', 'gates ', '⛵', ' do it.'].map((text) => ({
        type: 'text-delta',
        id: 'text-0',
        text,
      })),
      { type: 'text-end', id: 'text-0' },
      { type: 'finish', reason: 'stop', usage: USAGE },
    ])
  })

  it('with thinking carries its signature, also where the thinking is not shown', async () => {
    expect((await contentOf('sample-thinking')).slice(0, 4)).toEqual([
      { type: 'reasoning-start', id: 'reasoning-0' },
      { type: 'reasoning-delta', id: 'reasoning-0', text: 'Two gates, ' },
      { type: 'reasoning-delta', id: 'reasoning-0', text: 'one chamber.' },
      { type: 'reasoning-end', id: 'reasoning-0', signature: 'c2lnbmVk' },
    ])
    expect((await contentOf('sample-thinking-undisplayed')).slice(0, 3)).toEqual([
      { type: 'reasoning-start', id: 'reasoning-0' },
      { type: 'reasoning-end', id: 'reasoning-0', signature: 'b25seSBhIHNpZ25hdHVyZQ==' },
      { type: 'text-start', id: 'text-1' },
    ])
    expect((await contentOf('sample-thinking-redacted')).slice(0, 2)).toEqual([
      { type: 'reasoning-start', id: 'reasoning-0' },
      { type: 'reasoning-end', id: 'reasoning-0', redacted: true, signature: 'ZW5jcnlwdGVk' },
    ])
  })

  it('with calls carries their ids, names and whole inputs, and finishes for tool calls', async () => {
    const { events } = await readSample('sample-tool-use')
    expect(events.filter(({ type }) => type.startsWith('tool') || type === 'finish')).toEqual([
      { type: 'tool-call-start', id: 'toolu_1', name: 'get_level' },
      { type: 'tool-call-delta', id: 'toolu_1', text: '{"ch' },
      { type: 'tool-call-delta', id: 'toolu_1', text: 'amber": "' },
      { type: 'tool-call-delta', id: 'toolu_1', text: 'Süd' },
      { type: 'tool-call-delta', id: 'toolu_1', text: '"}' },
      { type: 'tool-call-end', id: 'toolu_1', input: '{"chamber": "Süd"}' },
      { type: 'tool-call-start', id: 'toolu_2', name: 'get_time' },
      { type: 'tool-call-delta', id: 'toolu_2', text: '{}' },
      { type: 'tool-call-end', id: 'toolu_2', input: '{}' },
      { type: 'tool-call-start', id: 'toolu_3', name: 'get_wind' },
      { type: 'tool-call-delta', id: 'toolu_3', text: '{"unit":"m/s"}' },
      { type: 'tool-call-end', id: 'toolu_3', input: '{"unit":"m/s"}' },
      { type: 'finish', reason: 'tool-calls', usage: USAGE },
    ])
  })

  it('with a tool that the provider ran carries its result, and citations stand after the text that they belong to', async () => {
    const cited = (id: string, title: string | null) => ({
      type: 'citation',
      id,
      url: 'https://example.org/lock',
      ...(title === null ? {} : { title }),
      quote: 'It is 9 m high.',
      detail: { type: 'web_search_result_location', url: 'https://example.org/lock', title, cited_text: 'It is 9 m high.' },
    })
    const content = await contentOf('sample-server-tool')
    expect(content.slice(3)).toEqual([
      { type: 'tool-call-end', id: 'srvtoolu_1', input: '{"query":"height of the lock"}' },
      { type: 'tool-result', id: 'srvtoolu_1', output: [expect.objectContaining({ url: 'https://example.org/lock' })] },
      { type: 'text-start', id: 'text-2' },
      { type: 'text-delta', id: 'text-2', text: 'Nine ' },
      { type: 'text-delta', id: 'text-2', text: 'metres' },
      cited('text-2', 'The lock'),
      { type: 'text-end', id: 'text-2' },
      { type: 'text-start', id: 'text-3' },
      { type: 'text-delta', id: 'text-3', text: ' high.' },
      cited('text-3', null),
      { type: 'text-end', id: 'text-3' },
    ])
  })

  it('with a tool of the provider that failed says so', async () => {
    const results = (await contentOf('sample-server-tool-errors')).filter(({ type }) => type === 'tool-result')
    expect(results).toMatchObject([
      { id: 'srvtoolu_1', error: 'max_uses_exceeded' },
      { id: 'mcptoolu_1', error: 'The gate is stuck.' },
    ])
  })

  it('ends a call before its result, also where the provider does not', () => {
    const { events } = readAll(
      START,
      block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"query":"x"}' }),
      block(1, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }),
      STOP,
    )
    expect(events.slice(3, -1)).toEqual([
      { type: 'tool-call-end', id: 'srvtoolu_1', input: '{"query":"x"}' },
      { type: 'tool-result', id: 'srvtoolu_1', output: [] },
    ])
  })

  it('keeps the result of a call that another message made as data', async () => {
    expect((await contentOf('sample-result-of-another-message'))[0]).toEqual({
      type: 'data',
      name: 'anthropic.code_execution_tool_result',
      data: {
        type: 'code_execution_tool_result',
        tool_use_id: 'srvtoolu_before',
        content: { type: 'code_execution_result', stdout: '9\n' },
      },
    })
  })

  it('has citations of every kind of place', async () => {
    const citations = (await contentOf('sample-citations')).filter((event) => event.type === 'citation')
    expect(citations.map(({ url, title, quote, detail }) => [detail['type'], url, title, quote])).toEqual([
      ['char_location', undefined, 'Manual', 'Close it.'],
      ['page_location', undefined, undefined, 'Open it.'],
      ['content_block_location', undefined, undefined, 'Wait.'],
      ['search_result_location', 'https://example.org/nine', 'Nine', 'Nine.'],
      ['search_result_location', undefined, undefined, 'Ten.'],
    ])
  })

  it('keeps blocks of types that it has no word for whole, and skips events and deltas that it does not know', async () => {
    expect(await contentOf('sample-compaction')).toEqual([
      {
        type: 'data',
        name: 'anthropic.compaction',
        data: { type: 'compaction', content: 'We spoke of locks.', encrypted_content: 'c2VhbA==' },
      },
    ])
    const { events, error } = await readSample('sample-unknown')
    expect(error).toBeUndefined()
    expect(events.slice(2)).toEqual([
      { type: 'data', name: 'anthropic.hologram', data: { type: 'hologram', depth: 7 } },
      { type: 'text-start', id: 'text-1' },
      { type: 'text-delta', id: 'text-1', text: 'Still ' },
      { type: 'text-delta', id: 'text-1', text: 'here.' },
      { type: 'text-end', id: 'text-1' },
      { type: 'finish', reason: 'other', usage: USAGE },
    ])
    expect(readAll({}, { type: 7 }, { type: 'content_block_stop', index: 9 }, { type: 'content_block_delta' }).events).toEqual([])
  })

  it('finishes for the reason that the provider gives', async () => {
    const reasons = {
      'sample-max-tokens': 'length',
      'sample-context-window': 'length',
      'sample-stop-sequence': 'stop',
      'sample-pause': 'pause',
      'sample-refusal': 'content-filter',
      'sample-compaction': 'other',
      'sample-no-reason': 'other',
    }
    for (const [name, reason] of Object.entries(reasons)) {
      expect((await readSample(name)).events.at(-1), name).toMatchObject({ type: 'finish', reason })
    }
  })

  it('keeps why it was refused as data, and not as the answer', async () => {
    expect(await contentOf('sample-refusal')).toEqual([
      {
        type: 'data',
        name: 'anthropic.refusal',
        data: { type: 'refusal', category: 'bio', explanation: 'This asks for what must not be told.' },
      },
    ])
  })

  it('has the usage of its last count', async () => {
    expect((await readSample('sample-usage')).events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: { inputTokens: 49, outputTokens: 20, reasoningTokens: 8, cachedInputTokens: 6, basis: 'reported' },
    })
    const nulls = readAll(
      { type: 'message_start', message: { usage: { input_tokens: 5, cache_read_input_tokens: null, output_tokens: 1 } } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: null, output_tokens: 7 } },
      STOP,
    )
    expect(nulls.events.at(-1)).toMatchObject({ usage: { inputTokens: 5, outputTokens: 7, basis: 'reported' } })
    const gateway = readAll(START, block(0, { type: 'text', text: 'Hi' }), STOP)
    expect(gateway.events[1]).toEqual({ type: 'text-start', id: 'text-0' })
    expect(gateway.events.at(-1)).toEqual({ type: 'finish', reason: 'other', usage: { basis: 'unknown' } })
  })

  it('that is whole from its start is read from there', async () => {
    const { events } = await readSample('sample-whole-message')
    expect(events).toEqual([
      RESPONSE,
      { type: 'text-start', id: 'text-0' },
      { type: 'text-delta', id: 'text-0', text: 'Here at once.' },
      { type: 'text-end', id: 'text-0' },
      { type: 'tool-call-start', id: 'toolu_1', name: 'get_level' },
      { type: 'tool-call-delta', id: 'toolu_1', text: '{"chamber":"Nord"}' },
      { type: 'tool-call-end', id: 'toolu_1', input: '{"chamber":"Nord"}' },
      { type: 'finish', reason: 'tool-calls', usage: { basis: 'unknown' } },
    ])
  })

  it('ends blocks that were left open before it finishes', async () => {
    expect((await readSample('sample-open-blocks')).events.slice(-3)).toMatchObject([
      { type: 'text-end', id: 'text-0' },
      { type: 'tool-call-end', id: 'toolu_1', input: '{"a":1}' },
      { type: 'finish', reason: 'tool-calls' },
    ])
  })

  it('may begin twice before it says anything', async () => {
    expect((await readSample('sample-repeated-start')).events.map(({ type }) => type)).toEqual([
      'response',
      'usage',
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'finish',
    ])
  })

  it('in whose middle another begins has broken off, after the text that came', async () => {
    const { events, error } = await readSample('sample-splice')
    expect(error).toMatchObject({ code: 'connection', retryable: true, message: expect.stringContaining('msg_other') })
    expect(events.map(({ type }) => type)).toEqual(['response', 'usage', 'text-start', 'text-delta', 'text-delta'])
    expect(readAll(START, block(0, { type: 'text', text: '' }), START).error).toMatchObject({ code: 'connection' })
    expect(readAll(START, { type: 'message_start', message: { id: 'msg_2' } }).error).toMatchObject({ code: 'connection' })
    expect(readAll(START, stopped('end_turn'), START).error).toMatchObject({ code: 'connection' })
  })

  it('whose blocks begin again has broken off too: the start of another message was left out', () => {
    const { events, error } = readAll(
      START,
      block(0, { type: 'text', text: '' }),
      delta(0, said('Hi')),
      block(0, { type: 'text', text: '' }),
    )
    expect(error).toMatchObject({ code: 'connection' })
    expect(events.at(-1)).toEqual({ type: 'text-delta', id: 'text-0', text: 'Hi' })
    const twice = readAll(START, block(0, { type: 'text', text: '' }), block(0, { type: 'text', text: '' }), delta(0, said('Hi')), STOP)
    expect(twice.error).toBeUndefined()
    expect(twice.events.at(-2)).toEqual({ type: 'text-end', id: 'text-0' })
  })

  it('whose text or thinking comes without its start is read, and nothing else without one', () => {
    const { events } = readAll(
      START,
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(1, said('Hi')),
      delta(2, { type: 'input_json_delta', partial_json: '{}' }),
      delta(3, { type: 'signature_delta', signature: 'x' }),
      stopped('end_turn'),
      STOP,
    )
    expect(events.map(({ type }) => type)).toEqual([
      'response',
      'reasoning-start',
      'reasoning-delta',
      'text-start',
      'text-delta',
      'reasoning-end',
      'text-end',
      'finish',
    ])
  })

  it('whose blocks have no index is read in their order', () => {
    const unplaced = (wire: Wire): Wire => ({ ...wire, index: undefined })
    const { events } = readAll(
      START,
      ...[block(0, { type: 'text', text: '' }), delta(0, said('One')), { type: 'content_block_stop' }].map(unplaced),
      ...[block(0, { type: 'text', text: '' }), delta(0, said('Two')), { type: 'content_block_stop' }].map(unplaced),
      STOP,
    )
    expect(events.filter((event) => event.type === 'text-delta').map(({ id, text }) => [id, text])).toEqual([
      ['text-0', 'One'],
      ['text-1', 'Two'],
    ])
  })

  it('does not invent the input of a call, nor a result of one', () => {
    const { events } = readAll(START, block(0, { type: 'tool_use', id: 'toolu_1', name: 'f' }), delta(0, said('x')), STOP)
    expect(events.slice(1, -1)).toEqual([
      { type: 'tool-call-start', id: 'toolu_1', name: 'f' },
      { type: 'tool-call-end', id: 'toolu_1', input: '' },
    ])
  })

  it('of which only the end comes is not complete', () => {
    expect(readAll(STOP).events).toEqual([])
    expect(readAll({ type: 'ping' }, STOP).events).toEqual([])
  })
})

describe('an error in the stream', () => {
  it('is read in every shape and at every place, after the text that came before it', async () => {
    const errors = {
      'sample-error-first': { code: 'provider', retryable: true },
      'sample-error-overloaded': {
        code: 'provider',
        retryable: true,
        message: expect.stringMatching(/overloaded_error, req_sample\): Overloaded/),
      },
      'sample-error-rate-limit': { code: 'rate-limit', retryable: true },
      'sample-error-spend': { code: 'quota', retryable: false },
      'sample-error-api': { code: 'provider', retryable: true },
      'sample-error-timeout': { code: 'timeout', retryable: true },
      'sample-error-unknown': { code: 'provider', retryable: true },
      'sample-error-flat': { code: 'provider', message: expect.stringContaining('upstream closed') },
      'sample-error-untyped': { code: 'provider', message: expect.stringContaining('upstream closed') },
    }
    for (const [name, expected] of Object.entries(errors)) {
      const { events, error } = await readSample(name)
      expect(error, name).toMatchObject(expected)
      expect(events.some(({ type }) => type === 'finish')).toBe(false)
      expect(events.some(({ type }) => type === 'text-delta')).toBe(!/first|spend/.test(name))
    }
    expect(readAll({ type: 'error', error: 'Overloaded' }).error).toMatchObject({ message: expect.stringContaining('Overloaded') })
  })

  it('has its message redacted', () => {
    expect(String(readAll({ type: 'error', error: { type: 'api_error', message: 'the secret is out' } }).error)).toContain('the *** is out')
    expect(String(readAll(START, { type: 'message_start', message: { id: 'secret' } }).error)).toContain('(***)')
  })
})
