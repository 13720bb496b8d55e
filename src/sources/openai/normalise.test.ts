import { describe, expect, it } from 'vitest'
import { answerOf } from '../../conformance/source/collect.ts'
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

/** The events of a sample that are of the given types. */
async function some(name: string, ...types: readonly SourceEvent['type'][]): Promise<readonly SourceEvent[]> {
  return (await readSample(name)).events.filter(({ type }) => types.includes(type))
}

describe('a text with annotations', () => {
  const web = { type: 'url_citation', url: 'https://tides.example/today', title: 'Tides today', start_index: 0, end_index: 4 }
  const id = 'text-0-0'

  it('carries each as a citation, once, before the text ends', async () => {
    expect((await readSample('sample-citations')).events.slice(1)).toEqual([
      { type: 'text-start', id },
      { type: 'text-delta', id, text: 'High' },
      { type: 'text-delta', id, text: '.' },
      { type: 'citation', id, url: web.url, title: web.title, detail: web },
      { type: 'citation', id, title: 'tides.md', detail: { type: 'file_citation', file_id: 'file_1', filename: 'tides.md', index: 4 } },
      { type: 'text-end', id },
      { type: 'finish', reason: 'stop', usage: USAGE },
    ])
  })

  it('carries those too that only the item that is done has', async () => {
    expect(await some('sample-citations-late', 'citation')).toMatchObject([
      { detail: web },
      { title: 'plot.png', detail: { type: 'container_file_citation' } },
      { detail: { type: 'file_path' } },
    ])
    expect(await some('sample-all-at-once', 'citation')).toMatchObject([{ detail: web }])
  })

  it('takes an annotation that comes before the text up when the text is done', () => {
    const place = { output_index: 0, content_index: 0 }
    const part = { type: 'output_text', text: 'High', annotations: [web] }
    const { events } = readAll(
      { type: 'response.output_text.annotation.added', ...place, annotation: web },
      { type: 'response.content_part.done', ...place, part },
      { type: 'response.output_item.done', output_index: 0, item: { type: 'message', content: [part] } },
    )
    expect(events.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'citation', 'text-end'])
  })

  it('reads the nested shape of a citation, and leaves out what is not there', () => {
    const annotation = { type: 'url_citation', url_citation: { url: 'https://a.example/', title: '', quote: 'High' } }
    const { events } = readAll(
      { type: 'response.output_text.delta', output_index: 0, delta: 'x' },
      { type: 'response.output_text.annotation.added', output_index: 0, annotation },
    )
    expect(events.at(-1)).toEqual({ type: 'citation', id: 'text-0-0', url: 'https://a.example/', quote: 'High', detail: annotation })
  })
})

describe('reasoning that the provider knows again', () => {
  it('carries its seal with the end of its last part', async () => {
    expect(await some('sample-sealed-reasoning', 'reasoning-end')).toEqual([
      { type: 'reasoning-end', id: 'reasoning-0-summary-0' },
      { type: 'reasoning-end', id: 'reasoning-0-summary-1', signature: 'gAAAA-sealed' },
    ])
  })

  it('is a part without text, and says so, where nothing of it may be read', async () => {
    const id = 'reasoning-0-0'
    expect(await some('sample-redacted-reasoning', 'reasoning-start', 'reasoning-delta', 'reasoning-end')).toEqual([
      { type: 'reasoning-start', id },
      { type: 'reasoning-end', id, signature: 'gAAAA-sealed', redacted: true },
    ])
  })

  it('is no part where there is neither text nor seal', () => {
    expect(readAll({ type: 'response.output_item.done', output_index: 0, item: { type: 'reasoning', summary: [] } }).events).toEqual([])
  })
})

describe('what gateways make of a response', () => {
  const texts = async (name: string): Promise<readonly (readonly [string, string])[]> =>
    answerOf((await readSample(name)).events).parts.flatMap((part) => (part.kind === 'text' ? [[part.id, part.text] as const] : []))

  it('does not hurt: ids that change, no numbers, a second beginning of the same', async () => {
    for (const name of ['sample-rotating-ids', 'sample-unnumbered', 'sample-begun-twice']) {
      expect(await texts(name), name).toEqual([['text-0-0', 'High water.']])
      expect((await readSample(name)).events.at(-1), name).toEqual({ type: 'finish', reason: 'stop', usage: USAGE })
    }
  })

  it('does not mix items that are written at the same time, or out of order', async () => {
    expect(await texts('sample-out-of-order')).toEqual([
      ['text-1-0', 'Low water.'],
      ['text-0-0', 'High water.'],
    ])
  })

  it('ends it as broken off when another response begins in the middle', async () => {
    const { events, error } = await readSample('sample-spliced')
    expect(error).toMatchObject({ code: 'connection', retryable: true })
    expect(events.map(({ type }) => type)).toEqual(['response', 'text-start', 'text-delta'])
  })

  it('keeps items of the terminal event that nobody knows, where nothing else came', async () => {
    expect(await some('sample-all-at-once', 'data')).toMatchObject([{ name: 'openai.teleport' }])
  })
})

describe('an error in the stream', () => {
  it('is the end, whatever comes after it', async () => {
    for (const name of ['sample-error-done', 'sample-error-failed']) {
      expect(await readSample(name), name).toMatchObject({ error: { code: 'provider', retryable: true } })
    }
  })

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
