/** Chat Completions, asked by OpenAI's own package over HTTP. */
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import type { SourceEvent } from '../../../src/ports/source.ts'
import { createScriptedSource, type ScriptedSource } from '../../support/scripted-source.ts'
import { openServer, type TestServer } from './server.ts'

const USAGE = { inputTokens: 7, outputTokens: 5, reasoningTokens: 2, basis: 'reported' } as const
const STOP: SourceEvent = { type: 'finish', reason: 'stop', usage: USAGE }
const TEXT: readonly SourceEvent[] = [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'High ' },
  { type: 'text-delta', id: 't', text: 'water.' },
  { type: 'text-end', id: 't' },
]
const CALLS: readonly SourceEvent[] = [
  { type: 'tool-call-start', id: 'own', name: 'web_search' },
  { type: 'tool-call-end', id: 'own', input: '{}' },
  { type: 'tool-result', id: 'own', output: 'found' },
  { type: 'tool-call-start', id: 'call_1', name: 'tide' },
  { type: 'tool-call-delta', id: 'call_1', text: '{"port"' },
  { type: 'tool-call-delta', id: 'call_1', text: ':1}' },
  { type: 'tool-call-end', id: 'call_1', input: '{"port":1}' },
  { type: 'tool-call-start', id: 'call_2', name: 'tide' },
  { type: 'tool-call-end', id: 'call_2', input: '{"port":2}' },
  { type: 'finish', reason: 'tool-calls', usage: USAGE },
]
const MODEL = 'scripted/one'
const QUESTION = [{ role: 'user' as const, content: 'When?' }]
const TOOLS: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'tide', parameters: { type: 'object' } } }]

let source: ScriptedSource
let server: TestServer
let client: OpenAI

beforeAll(async () => {
  source = createScriptedSource()
  server = await openServer({ sources: [source] })
  client = server.client
})
afterAll(() => server[Symbol.asyncDispose]())

function say(...events: readonly SourceEvent[]): void {
  source.call(source.calls.length).then((call) => call.emit(...events))
}

async function refused(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a chat completion', () => {
  it('is a run, and has its text and usage', async () => {
    say(
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', text: 'Moon.' },
      { type: 'reasoning-end', id: 'r' },
      ...TEXT,
      STOP,
    )
    const completion = await client.chat.completions.create({
      model: MODEL,
      messages: [
        { role: 'developer', content: 'Be short.' },
        { role: 'user', content: [{ type: 'text', text: 'When?' }] },
      ],
      max_completion_tokens: 9,
      reasoning_effort: 'high',
      seed: 4,
      user: 'someone',
      n: 1,
      top_p: 1,
    })
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: MODEL,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'High water.', reasoning_content: 'Moon.' } }],
      usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12, completion_tokens_details: { reasoning_tokens: 2 } },
    })
    const request = source.calls.at(-1)?.request
    expect(request?.messages).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'When?' },
    ])
    expect(request?.options).toMatchObject({ maxOutputTokens: 9, reasoningEffort: 'high', seed: 4 })
    const response = await client.responses.retrieve(completion.id.replace('chatcmpl-', 'resp_'))
    expect(response.output_text).toBe('High water.')
  })

  it('comes in chunks, then its usage, then [DONE]', async () => {
    say(...TEXT, STOP)
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: QUESTION,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant' })
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('High water.')
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 12 } })
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)

    say(...TEXT, STOP)
    const raw = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: QUESTION, stream: true }),
    })
    const body = await raw.text()
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(body).not.toContain('usage')
  })

  it('adds up in the helper of the package, with the calls of the caller and no others', async () => {
    say(...CALLS)
    const stream = client.chat.completions.stream({ model: MODEL, messages: QUESTION, tools: TOOLS })
    const final = await stream.finalChatCompletion()
    const calls = [
      { id: 'call_1', type: 'function', function: { name: 'tide', arguments: '{"port":1}' } },
      { id: 'call_2', type: 'function', function: { name: 'tide', arguments: '{"port":2}' } },
    ]
    expect(final.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: calls } })

    say(...CALLS)
    const whole = await client.chat.completions.create({ model: MODEL, messages: QUESTION, tools: TOOLS })
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, tool_calls: calls } })

    const message = whole.choices[0]?.message
    if (message === undefined) throw new Error('There is no choice.')
    say(...TEXT, STOP)
    const outputs = ['call_1', 'call_2'].map((tool_call_id) => ({ role: 'tool' as const, tool_call_id, content: `${tool_call_id}!` }))
    await client.chat.completions.create({ model: MODEL, messages: [...QUESTION, message, ...outputs], tools: TOOLS })
    expect(source.calls.at(-1)?.request.messages).toEqual([
      { role: 'user', content: 'When?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'call_1', name: 'tide', input: '{"port":1}' },
          { id: 'call_2', name: 'tide', input: '{"port":2}' },
        ],
      },
      { role: 'tool', toolCallId: 'call_1', content: 'call_1!' },
      { role: 'tool', toolCallId: 'call_2', content: 'call_2!' },
    ])
  })
})

describe('an answer that breaks off', () => {
  it('is an error of the package in mid-stream, and never a clean end', async () => {
    const made = source.call(source.calls.length)
    const asked = client.chat.completions.create({ model: MODEL, messages: QUESTION, stream: true })
    const call = await made
    call.emit(...TEXT.slice(0, 2))
    call.fail(new SluiceError('provider', 'Secret words of the provider.'))
    let text = ''
    const error = await refused(
      (async () => {
        for await (const chunk of await asked) text += chunk.choices[0]?.delta.content ?? ''
      })(),
    )
    expect(text).toBe('High ')
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(String(error)).not.toContain('Secret')
  })

  it('is refused when nobody streams: failed as what failed, cancelled as a conflict', async () => {
    source.call(source.calls.length).then((call) => call.fail(new SluiceError('rate-limit', 'Slow down.')))
    expect(await refused(client.chat.completions.create({ model: MODEL, messages: QUESTION }))).toBeInstanceOf(OpenAI.RateLimitError)

    const made = source.call(source.calls.length)
    const asked = refused(client.chat.completions.create({ model: MODEL, messages: QUESTION }))
    await made
    const { items } = (await (await fetch(`${server.url}/v1/runs?limit=1`)).json()) as { items: [{ id: string }] }
    await client.responses.cancel(`resp_${items[0].id}`)
    expect(await asked).toBeInstanceOf(OpenAI.ConflictError)
  })

  it('by a server that goes down is an error that names the response, which goes on', async () => {
    const other = createScriptedSource('position')
    await using down = await openServer({ sources: [other] })
    const completion = await down.client.chat.completions.create({ model: MODEL, messages: QUESTION, stream: true })
    const response = await down.client.responses.create({ model: MODEL, input: 'When?', stream: true })
    for (const index of [0, 1]) (await other.call(index)).emit(...TEXT.slice(0, 2))
    const drained: unknown[] = []
    await Promise.all(
      [completion, response].map(async (stream) => {
        let seen = 0
        const error = await refused(
          (async () => {
            for await (const _chunk of stream) if (++seen === 2) down.stop()
          })(),
        )
        drained.push(error)
      }),
    )
    for (const error of drained) {
      expect(error).toBeInstanceOf(OpenAI.APIError)
      expect(String(error)).toMatch(/resp_run_[0-9a-f]{32}/)
    }
  })
})

describe('what cannot be done', () => {
  it.each<readonly [string, object, string]>([
    ['two choices', { n: 2 }, 'n'],
    ['a stop sequence', { stop: 'x' }, 'stop'],
    ['a format', { response_format: { type: 'json_object' } }, 'response_format'],
    ['a custom tool', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools'],
    ['an answer to no call', { messages: [...QUESTION, { role: 'tool', tool_call_id: 'x', content: '' }] }, 'messages'],
    ['a picture', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }, 'messages.0.content.0'],
    ['no messages', { messages: [] }, 'messages'],
  ])('%s is refused by name', async (_what, more, param) => {
    const body = { model: MODEL, messages: QUESTION, ...more } as OpenAI.ChatCompletionCreateParamsNonStreaming
    const error = await refused(client.chat.completions.create(body))
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ param })
  })

  it('has the shape of OpenAI also where no route was reached', async () => {
    for (const [path, method, status] of [
      ['/v1/responses/x/nothing', 'GET', 404],
      ['/v1/chat/completions', 'GET', 405],
    ] as const) {
      const answer = await fetch(server.url + path, { method })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json'])
      expect(await answer.json()).toEqual({
        error: { message: expect.any(String), type: expect.any(String), code: expect.any(String), param: null },
      })
    }
  })
})
