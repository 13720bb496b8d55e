import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../ports/source.ts'
import { responsesSamples as samples } from '../../simulators/provider/samples/responses.ts'
import { type Read, readBody } from '../shared/testing/read-body.ts'
import type { Wire } from '../shared/wire.ts'
import { createNormaliser } from './normalise.ts'

const USAGE = { inputTokens: 21, outputTokens: 34, reasoningTokens: 8, cachedInputTokens: 5, basis: 'reported' }
const RESPONSE: SourceEvent = { type: 'response', responseId: 'resp_sample' }

async function readSample(name: string): Promise<Read> {
  const sample = samples.find((one) => one.name === name)
  if (sample === undefined) throw new Error(`There is no sample ${name}.`)
  return readBody(
    createNormaliser((text) => text),
    sample.bytes,
  )
}

/** What a fresh reader says to these wire events. */
function readAll(...wires: readonly Wire[]): { readonly events: readonly SourceEvent[]; readonly error?: unknown } {
  const { read } = createNormaliser((text) => text.replaceAll('secret', '***'))
  const readings = wires.map((wire) => read(wire))
  const error = readings.find((reading) => reading.error !== undefined)?.error
  return { events: readings.flatMap(({ events }) => events), ...(error === undefined ? {} : { error }) }
}

describe('a response', () => {
  it('with reasoning and text becomes parts in order, and one finish', async () => {
    expect(await readSample('sample-reasoning')).toEqual({
      events: [
        RESPONSE,
        { type: 'reasoning-start', id: 'reasoning-0-summary-0' },
        { type: 'reasoning-delta', id: 'reasoning-0-summary-0', text: '**Weighing' },
        { type: 'reasoning-delta', id: 'reasoning-0-summary-0', text: ' it up**\n\n' },
        { type: 'reasoning-delta', id: 'reasoning-0-summary-0', text: 'Two ways lead there.' },
        { type: 'reasoning-end', id: 'reasoning-0-summary-0' },
        { type: 'text-start', id: 'text-1-0' },
        { type: 'text-delta', id: 'text-1-0', text: 'Take ' },
        { type: 'text-delta', id: 'text-1-0', text: 'the ' },
        { type: 'text-delta', id: 'text-1-0', text: 'first.' },
        { type: 'text-end', id: 'text-1-0' },
        { type: 'finish', reason: 'stop', usage: USAGE },
      ],
    })
  })

  it('with calls carries their ids, names and whole arguments, and finishes for tool calls', async () => {
    const { events } = await readSample('sample-function-calls')
    expect(events.filter(({ type }) => type.startsWith('tool') || type === 'finish')).toEqual([
      { type: 'tool-call-start', id: 'call_1', name: 'get_tide' },
      { type: 'tool-call-delta', id: 'call_1', text: '{"por' },
      { type: 'tool-call-delta', id: 'call_1', text: 't":"' },
      { type: 'tool-call-delta', id: 'call_1', text: 'Cuxhaven' },
      { type: 'tool-call-delta', id: 'call_1', text: '"}' },
      { type: 'tool-call-end', id: 'call_1', input: '{"port":"Cuxhaven"}' },
      { type: 'tool-call-start', id: 'call_2', name: 'get_time' },
      { type: 'tool-call-delta', id: 'call_2', text: '{}' },
      { type: 'tool-call-end', id: 'call_2', input: '{}' },
      { type: 'finish', reason: 'tool-calls', usage: USAGE },
    ])
    const custom = await readSample('sample-custom-call')
    expect(custom.events).toContainEqual({ type: 'tool-call-end', id: 'call_0', input: '*** Begin Patch\n*** End Patch' })
  })

  it('with a tool that the provider ran carries the call and its result, and finishes normally', async () => {
    const { events } = await readSample('sample-web-search')
    expect(events.slice(1, 5)).toEqual([
      { type: 'tool-call-start', id: 'ws_0', name: 'web_search' },
      { type: 'tool-call-delta', id: 'ws_0', text: '{"type":"search","query":"height of the tide"}' },
      { type: 'tool-call-end', id: 'ws_0', input: '{"type":"search","query":"height of the tide"}' },
      { type: 'tool-result', id: 'ws_0', output: { status: 'completed' } },
    ])
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'stop', usage: USAGE })
  })

  it('with a refusal shows it as text and finishes for the content filter', async () => {
    const { events } = await readSample('sample-refusal')
    expect(events.filter(({ type }) => type === 'text-delta')).toHaveLength(2)
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'content-filter', usage: USAGE })
  })

  it('that is incomplete finishes with the reason', async () => {
    expect((await readSample('sample-length')).events.at(-1)).toMatchObject({ type: 'finish', reason: 'length' })
    expect((await readSample('sample-content-filter')).events.at(-1)).toMatchObject({ type: 'finish', reason: 'content-filter' })
    const other = readAll({ type: 'response.incomplete', response: { incomplete_details: { reason: 'tired' } } })
    expect(other.events).toEqual([{ type: 'finish', reason: 'other', usage: { basis: 'unknown' } }])
  })

  it('skips types and fields that it does not know', async () => {
    const { events, error } = await readSample('sample-unknown-events')
    expect(error).toBeUndefined()
    expect(events.map(({ type }) => type)).toEqual(['response', 'text-start', 'text-delta', 'text-delta', 'text-end', 'finish'])
    expect(
      readAll({}, { type: 7 }, { type: 'response.output_item.added' }, { type: 'response.output_text.delta', delta: 9 }).events,
    ).toEqual([])
  })

  it('whose item ids change with every event still is one part', () => {
    const delta = (item_id: string, text: string): Wire => ({
      type: 'response.output_text.delta',
      item_id,
      output_index: 0,
      content_index: 0,
      delta: text,
    })
    const { events } = readAll(delta('a', 'one'), delta('b', ' two'))
    expect(events.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'text-delta'])
  })

  it('that comes with the terminal event only is not lost', () => {
    const output = [{ type: 'message', content: [{ type: 'output_text', text: 'All at once.' }] }]
    expect(readAll({ type: 'response.completed', response: { id: 'r', output } }).events).toEqual([
      { type: 'response', responseId: 'r' },
      { type: 'text-start', id: 'text-0-0' },
      { type: 'text-delta', id: 'text-0-0', text: 'All at once.' },
      { type: 'text-end', id: 'text-0-0' },
      { type: 'finish', reason: 'stop', usage: { basis: 'unknown' } },
    ])
  })

  it('whose parts were not ended ends them before it finishes', () => {
    const { events } = readAll(
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' },
      { type: 'response.output_item.added', output_index: 1, item: { type: 'function_call', call_id: 'c', name: 'f' } },
      { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{"a' },
      { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } },
    )
    expect(events.slice(-3)).toEqual([
      { type: 'text-end', id: 'text-0-0' },
      { type: 'tool-call-end', id: 'c', input: '{"a' },
      { type: 'finish', reason: 'length', usage: { basis: 'unknown' } },
    ])
  })

  it('that says more about a part which has ended is not believed', () => {
    const place = { output_index: 0, content_index: 0 }
    const { events } = readAll(
      { type: 'response.output_text.delta', ...place, delta: 'Hi' },
      { type: 'response.output_text.done', ...place, text: 'Hi' },
      { type: 'response.output_text.delta', ...place, delta: ' again' },
      { type: 'response.output_text.done', ...place, text: 'Hi again' },
      { type: 'response.content_part.done', ...place, part: { type: 'output_text', text: 'Hi again' } },
    )
    expect(events.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'text-end'])
  })

  it('that uses one call id twice gives its calls different ids', () => {
    const call = (output_index: number): Wire => ({
      type: 'response.output_item.done',
      output_index,
      item: { type: 'function_call', call_id: 'same', name: 'f', arguments: '{}' },
    })
    const starts = readAll(call(0), call(1)).events.filter(({ type }) => type === 'tool-call-start')
    expect(starts).toEqual([
      { type: 'tool-call-start', id: 'same', name: 'f' },
      { type: 'tool-call-start', id: 'same@tool-1', name: 'f' },
    ])
  })
})

describe('an error in the stream', () => {
  it('is read in every shape, after the text that came before it', async () => {
    expect(await readSample('sample-error-flat')).toMatchObject({ error: { code: 'provider', retryable: true } })
    expect(await readSample('sample-error-nested')).toMatchObject({
      events: [RESPONSE],
      error: { code: 'rate-limit', retryAfterMs: 1_500 },
    })
    expect(await readSample('sample-failed')).toMatchObject({ error: { code: 'provider' } })
    expect(await readSample('sample-quota')).toMatchObject({ events: [RESPONSE], error: { code: 'quota', retryable: false } })
    expect(readAll({ error: { message: 'gateway', code: 502 } }).error).toMatchObject({ code: 'provider' })
    expect((await readSample('sample-failed')).events.some(({ type }) => type === 'finish')).toBe(false)
  })

  it('reports what was used up to a failure', () => {
    const response = { usage: { input_tokens: 3, output_tokens: 4 }, error: { code: 'server_error', message: 'x' } }
    expect(readAll({ type: 'response.failed', response }).events).toEqual([
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 4, basis: 'reported' } },
    ])
  })

  it('has its message redacted', () => {
    expect(String(readAll({ type: 'error', message: 'the secret is out' }).error)).toContain('the *** is out')
  })
})
