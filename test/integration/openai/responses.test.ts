/** The Responses API, asked by OpenAI's own package over HTTP. */
import OpenAI from 'openai'
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import type { Source, SourceEvent } from '../../../src/ports/source.ts'
import { SCENARIOS, simulatedText } from '../../../src/sources/simulated/scenarios.ts'
import { createSimulatedSource } from '../../../src/sources/simulated/source.ts'
import { createScriptedSource, type ScriptedSource } from '../../support/scripted-source.ts'
import { openServer, type TestServer } from './server.ts'

const USAGE = { inputTokens: 7, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 3, basis: 'reported' } as const
const STOP: SourceEvent = { type: 'finish', reason: 'stop', usage: USAGE }

let source: ScriptedSource
let server: TestServer
let client: OpenAI

beforeAll(async () => {
  source = createScriptedSource()
  server = await openServer({
    sources: [source, atFullSpeed(createSimulatedSource({ clock: systemClock, stallMs: 10 }))],
    limits: { maxRunsPerUser: 100, maxConcurrentRuns: 100 },
  })
  client = server.client
})
afterAll(() => server[Symbol.asyncDispose]())

/** Requests of OpenAI cannot say how fast the simulated model is. */
function atFullSpeed(simulated: Source): Source {
  return {
    ...simulated,
    stream: ({ options, ...request }, call) => simulated.stream({ ...request, options: { ...options, tokensPerSecond: 0 } }, call),
  }
}

/** Lets the next call of the source say this. */
function say(...events: readonly SourceEvent[]): void {
  source.call(source.calls.length).then((call) => call.emit(...events))
}

function part(id: string, ...texts: readonly string[]): readonly SourceEvent[] {
  return [{ type: 'text-start', id }, ...texts.map((text): SourceEvent => ({ type: 'text-delta', id, text })), { type: 'text-end', id }]
}

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

async function refused(asked: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof OpenAI.APIError) return error
  throw new Error(`This was not refused as the package refuses: ${String(error)}`)
}

describe('a response', () => {
  it('is a run, and has its text, its usage and what the request said', async () => {
    say(...part('t', 'High ', 'water.'), STOP)
    const response = await client.responses.create({
      model: 'scripted/one',
      instructions: 'Be short.',
      input: 'When?',
      metadata: { port: 'Cuxhaven' },
      max_output_tokens: 50,
      temperature: 0.5,
      reasoning: { effort: 'low' },
      user: 'someone',
      store: false,
    })
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      output_text: 'High water.',
      error: null,
      incomplete_details: null,
      instructions: 'Be short.',
      metadata: { port: 'Cuxhaven' },
      model: 'scripted/one',
      max_output_tokens: 50,
      temperature: 0.5,
      reasoning: { effort: 'low' },
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 3 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 12,
      },
    })
    const request = source.calls.at(-1)?.request
    expect(request?.messages).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'When?' },
    ])
    expect(request?.options).toMatchObject({ maxOutputTokens: 50, temperature: 0.5, reasoningEffort: 'low' })
    const run: unknown = await (await fetch(`${server.url}/v1/runs/${response.id.slice('resp_'.length)}`)).json()
    expect(run).toMatchObject({ outcome: 'completed', text: 'High water.' })
    expect(await client.responses.retrieve(response.id)).toEqual(response)
  })

  it.each(SCENARIOS.filter((scenario) => scenario !== 'mid-stream-error'))('of the simulated model is its text: %s', async (scenario) => {
    const final = await client.responses.stream({ model: `simulated/${scenario}`, input: 'Hello' }).finalResponse()
    expect(final.output_text).toBe(simulatedText(scenario, 1, 'Hello'))
    const { output } = await client.responses.retrieve(final.id)
    expect(final.output).toMatchObject(JSON.parse(JSON.stringify(output)))
    const completion = await client.chat.completions
      .stream({ model: `simulated/${scenario}`, messages: [{ role: 'user', content: 'Hello' }] })
      .finalContent()
    expect(completion).toBe(simulatedText(scenario, 1, 'Hello'))
  })

  it('is told why it is less than a whole one', async () => {
    say(...part('t', 'High'), { type: 'finish', reason: 'length', usage: USAGE })
    const response = await client.responses.create({ model: 'scripted/one', input: 'When?' })
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output_text: 'High' })
  })
})

describe('a stream', () => {
  it('tells the whole life of a response, numbered without a hole', async () => {
    say(
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', text: 'The moon.' },
      { type: 'reasoning-end', id: 'r', signature: 'sealed' },
      ...part('t', 'High ', 'water.'),
      STOP,
    )
    const events = await collect(
      await client.responses.create({ model: 'scripted/one', input: 'When?', stream: true, include: ['reasoning.encrypted_content'] }),
    )
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index))
    const types = events.map(({ type }) => type.slice('response.'.length))
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
      'created',
      'queued',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    const last = events.at(-1)
    if (last?.type !== 'response.completed') throw new Error('The last event does not complete the response.')
    expect(last.response.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'The moon.' }], encrypted_content: 'sealed', status: 'completed' },
      { type: 'message', content: [{ type: 'output_text', text: 'High water.' }], status: 'completed' },
    ])
    const { output_text: _text, ...retrieved } = await client.responses.retrieve(last.response.id)
    expect(retrieved).toEqual(last.response)
  })

  it('adds up in the helper of the package to the response that is kept', async () => {
    say(
      ...part('t', 'High ', 'water', ' twice.'),
      { type: 'citation', id: 't', url: 'https://tides.test/', title: 'Tides', detail: {} },
      STOP,
    )
    const stream = client.responses.stream({ model: 'scripted/one', input: 'When?' })
    const deltas: string[] = []
    stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta))
    const final = await stream.finalResponse()
    expect(deltas.join('')).toBe('High water twice.')
    expect(final.output_text).toBe('High water twice.')
    const kept = await client.responses.retrieve(final.id)
    expect(final).toMatchObject({ id: kept.id, status: 'completed', usage: kept.usage })
    expect(kept.output).toMatchObject([
      {
        content: [{ annotations: [{ type: 'url_citation', url: 'https://tides.test/', title: 'Tides', start_index: 17, end_index: 17 }] }],
      },
    ])
  })

  it('shows tools that the provider ran as calls that nobody has to answer', async () => {
    say(
      { type: 'tool-call-start', id: 'a', name: 'web_search' },
      { type: 'tool-call-end', id: 'a', input: '{"query":"tides"}' },
      { type: 'tool-result', id: 'a', output: { status: 'completed' } },
      { type: 'tool-call-start', id: 'b', name: 'sea.tide' },
      { type: 'tool-call-delta', id: 'b', text: '{"port":' },
      { type: 'tool-call-delta', id: 'b', text: '1}' },
      { type: 'tool-call-end', id: 'b', input: '{"port":1}' },
      { type: 'tool-result', id: 'b', error: 'Bad gateway' },
      { type: 'tool-call-start', id: 'c', name: 'code_interpreter' },
      { type: 'tool-call-end', id: 'c', input: '3*4' },
      { type: 'tool-result', id: 'c', output: [{ type: 'logs', logs: '12' }] },
      { type: 'tool-call-start', id: 'd', name: 'file_search' },
      { type: 'tool-call-end', id: 'd', input: '{"queries":["tide"]}' },
      { type: 'tool-result', id: 'd', output: [{ file_id: 'f', filename: 'tides.md', score: 0.5, text: 'Twice.' }] },
      ...part('t', 'Done.'),
      STOP,
    )
    const final = await client.responses.stream({ model: 'scripted/one', input: 'When?' }).finalResponse()
    expect(final.output).toMatchObject([
      { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'tides' } },
      { type: 'mcp_call', status: 'failed', server_label: 'sea', name: 'tide', arguments: '{"port":1}', output: null },
      { type: 'code_interpreter_call', status: 'completed', code: '3*4', outputs: [{ type: 'logs', logs: '12' }] },
      { type: 'file_search_call', status: 'completed', queries: ['tide'], results: [{ filename: 'tides.md', attributes: {} }] },
      { type: 'message' },
    ])
  })

  it('of a run that fails ends with the failure and the partial answer', async () => {
    const made = source.call(source.calls.length)
    const asked = client.responses.create({ model: 'scripted/one', input: 'When?', stream: true })
    const call = await made
    call.emit({ type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', text: 'Hi' })
    call.fail(new SluiceError('rate-limit', 'Secret words of the provider.'))
    const last = (await collect(await asked)).at(-1)
    expect(last).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'rate_limit_exceeded' }, output: [{ status: 'incomplete', content: [{ text: 'Hi' }] }] },
    })
    expect(JSON.stringify(last)).not.toContain('Secret')
  })
})

describe('tools', () => {
  const tools: OpenAI.Responses.Tool[] = [
    { type: 'function', name: 'tide', description: 'Height', parameters: { type: 'object', properties: {} }, strict: false },
    { type: 'custom', name: 'note', description: 'Writes down' },
  ]

  it('go round: a call comes, its output goes back, and the model goes on from there', async () => {
    say(
      { type: 'tool-call-start', id: 'call_1', name: 'tide' },
      { type: 'tool-call-delta', id: 'call_1', text: '{"port"' },
      { type: 'tool-call-delta', id: 'call_1', text: ':1}' },
      { type: 'tool-call-end', id: 'call_1', input: '{"port":1}' },
      { type: 'tool-call-start', id: 'call_2', name: 'note' },
      { type: 'tool-call-end', id: 'call_2', input: '{"input":"ahoy"}' },
      { type: 'finish', reason: 'tool-calls', usage: USAGE },
    )
    const first = await client.responses.stream({ model: 'scripted/one', instructions: 'Old.', input: 'When?', tools }).finalResponse()
    expect(first.output).toMatchObject([
      { type: 'function_call', call_id: 'call_1', name: 'tide', arguments: '{"port":1}', status: 'completed' },
      { type: 'custom_tool_call', call_id: 'call_2', name: 'note', input: 'ahoy' },
    ])
    expect(first.tools).toMatchObject([
      { type: 'function', name: 'tide' },
      { type: 'custom', name: 'note' },
    ])

    const outputs: OpenAI.Responses.ResponseInput = [
      { type: 'function_call_output', call_id: 'call_1', output: '3 m' },
      { type: 'custom_tool_call_output', call_id: 'call_2', output: 'written' },
    ]
    const messages = [
      { role: 'user', content: 'When?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'call_1', name: 'tide', input: '{"port":1}' },
          { id: 'call_2', name: 'note', input: '{"input":"ahoy"}' },
        ],
      },
      { role: 'tool', toolCallId: 'call_1', content: '3 m' },
      { role: 'tool', toolCallId: 'call_2', content: 'written' },
    ]
    say(...part('t', 'Three metres.'), STOP)
    const second = await client.responses.create({
      model: 'scripted/one',
      previous_response_id: first.id,
      instructions: 'New.',
      input: outputs,
      tools,
    })
    expect(second.output_text).toBe('Three metres.')
    expect(second.previous_response_id).toBe(first.id)
    expect(source.calls.at(-1)?.request.messages).toEqual([{ role: 'system', content: 'New.' }, ...messages])

    say(...part('t', 'Three metres.'), STOP)
    const asItems = [{ role: 'user', content: 'When?' }, ...first.output, ...outputs] as OpenAI.Responses.ResponseInput
    await client.responses.create({ model: 'scripted/one', input: asItems, tools })
    expect(source.calls.at(-1)?.request.messages).toEqual(messages)

    const listed = await client.responses.inputItems.list(second.id, { order: 'asc', limit: 2 })
    const types: string[] = []
    for await (const item of listed) types.push(item.type ?? '')
    expect(types).toEqual(['message', 'function_call', 'function_call', 'function_call_output', 'function_call_output'])
  })

  it('without outputs for their calls are refused before a run begins', async () => {
    const before = source.calls.length
    const call = { type: 'function_call', call_id: 'x', name: 'tide', arguments: '{}' } as const
    expect((await refused(client.responses.create({ input: [{ role: 'user', content: 'When?' }, call] }))).message).toContain(
      "'x' has no output",
    )
    const stray = { type: 'function_call_output', call_id: 'y', output: '' } as const
    expect((await refused(client.responses.create({ input: [{ role: 'user', content: 'When?' }, stray] }))).message).toContain(
      "no call 'y'",
    )
    expect(source.calls.length).toBe(before)
  })
})

describe('a response in the background', () => {
  it('is there at once, and its stream can be left and taken up at every number', async () => {
    const made = source.call(source.calls.length)
    const stream = await client.responses.create({ model: 'scripted/one', input: 'When?', background: true, stream: true })
    const call = await made
    call.emit({ type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', text: 'High ' })
    const seen: ResponseStreamEvent[] = []
    for await (const event of stream) {
      seen.push(event)
      if (event.type === 'response.output_text.delta') break
    }
    const [created] = seen
    if (created?.type !== 'response.created') throw new Error('The first event does not create the response.')
    const { id } = created.response
    const live = await client.responses.retrieve(id, { stream: true, starting_after: 3 })
    call.emit({ type: 'text-delta', id: 't', text: 'water.' }, { type: 'text-end', id: 't' }, STOP)
    const all = await collect(await client.responses.retrieve(id, { stream: true }))
    expect(all.slice(0, seen.length)).toEqual(seen)
    expect(await collect(live)).toEqual(all.slice(4))
    for (const { sequence_number } of all) {
      expect(await collect(await client.responses.retrieve(id, { stream: true, starting_after: sequence_number }))).toEqual(
        all.slice(sequence_number + 1),
      )
    }
    const beyond = await refused(client.responses.retrieve(id, { stream: true, starting_after: all.length }))
    expect(beyond).toMatchObject({ status: 400, param: 'starting_after' })
  })

  it('can be polled, and cancelled as often as one likes', async () => {
    const made = source.call(source.calls.length)
    const queued = await client.responses.create({ model: 'scripted/one', input: 'When?', background: true })
    expect(['queued', 'in_progress']).toContain(queued.status)
    expect(queued.background).toBe(true)
    const call = await made
    call.emit({ type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', text: 'High' })
    const stream = await client.responses.retrieve(queued.id, { stream: true })
    const events: ResponseStreamEvent[] = []
    let cancelled: Response | undefined
    for await (const event of stream) {
      events.push(event)
      if (event.type === 'response.output_text.delta') cancelled = await client.responses.cancel(queued.id)
    }
    expect(cancelled).toMatchObject({ status: 'cancelled', output: [{ status: 'incomplete', content: [{ text: 'High' }] }] })
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'cancelled' } })
    expect(await client.responses.cancel(queued.id)).toEqual(cancelled)
    expect(await client.responses.retrieve(queued.id)).toMatchObject({ ...cancelled })
  })
})

describe('a client that goes away', () => {
  it('does not stop its run', async () => {
    const made = source.call(source.calls.length)
    const abort = new AbortController()
    const asked = client.responses.create({ model: 'scripted/one', input: 'When?' }, { signal: abort.signal })
    const call = await made
    abort.abort()
    await expect(asked).rejects.toThrow(OpenAI.APIUserAbortError)
    call.emit(...part('t', 'High water.'), STOP)
    const { items } = (await (await fetch(`${server.url}/v1/runs?limit=1`)).json()) as { items: [{ id: string }] }
    const all = await collect(await client.responses.retrieve(`resp_${items[0].id}`, { stream: true }))
    expect(all.at(-1)).toMatchObject({ type: 'response.completed', response: { status: 'completed' } })
  })
})

describe('what cannot be done', () => {
  it.each<readonly [string, object, string]>([
    ['a field that changes the answer', { top_p: 0.2 }, 'top_p'],
    ['a format', { text: { format: { type: 'json_object' } } }, 'text.format'],
    ['a tool of the provider', { tools: [{ type: 'web_search' }] }, 'tools.0'],
    ['a forced call', { tool_choice: 'required' }, 'tool_choice'],
    ['a field that nobody knows', { colour: 'blue' }, 'colour'],
    ['a wrong type', { max_output_tokens: 'many' }, 'max_output_tokens'],
    ['an effort that sources do not know', { reasoning: { effort: 'max' } }, 'reasoning.effort'],
    ['a picture', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x', detail: 'auto' }] }] }, 'input.0.content.0'],
    ['a response that is not there', { previous_response_id: 'resp_run_nope' }, 'previous_response_id'],
    ['an item that is not there', { input: [{ type: 'item_reference', id: 'msg_nope' }] }, 'input.0'],
  ])('%s is refused by name', async (_what, more, param) => {
    const body = { input: 'When?', ...more } as OpenAI.Responses.ResponseCreateParamsNonStreaming
    const error = await refused(client.responses.create(body))
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param })
  })

  it('says so in the classes of the package', async () => {
    expect(await refused(client.responses.retrieve('resp_run_nope'))).toBeInstanceOf(OpenAI.NotFoundError)
    expect(await refused(client.responses.retrieve('nope'))).toBeInstanceOf(OpenAI.NotFoundError)
    expect(await refused(client.responses.create({ model: 'nobody/none', input: 'When?' }))).toBeInstanceOf(OpenAI.BadRequestError)
    expect(await refused(client.responses.delete('resp_run_nope'))).toMatchObject({ status: 405 })
    expect(await refused(client.models.retrieve('nobody/none'))).toBeInstanceOf(OpenAI.NotFoundError)
    source.call(source.calls.length).then((call) => call.fail(new SluiceError('quota', 'No money.')))
    const quota = await refused(client.responses.create({ model: 'scripted/one', input: 'When?' }))
    expect(quota).toBeInstanceOf(OpenAI.RateLimitError)
    expect(quota).toMatchObject({ code: 'insufficient_quota' })
    expect(quota.headers?.get('x-should-retry')).toBe('false')
    source.call(source.calls.length).then((call) => call.fail(new SluiceError('provider', 'It broke.')))
    expect(await refused(client.responses.create({ model: 'scripted/one', input: 'When?' }))).toBeInstanceOf(OpenAI.InternalServerError)
  })
})

describe('models', () => {
  it('are listed', async () => {
    const ids: string[] = []
    for await (const model of await client.models.list()) ids.push(model.id)
    expect(ids.slice(0, 2)).toEqual(['scripted/one', 'simulated/short'])
    expect(await client.models.retrieve('scripted/one')).toEqual({ id: 'scripted/one', object: 'model', created: 0, owned_by: 'scripted' })
  })
})
