import { describe, expect, it } from 'vitest'
import { answerOf } from '../../conformance/source/collect.ts'
import type { FinishReason } from '../../core/event.ts'
import { answerText } from '../../core/fold.ts'
import { chatSamples } from '../../simulators/provider/samples/chat.ts'
import { readBody } from '../shared/testing/read-body.ts'
import type { Wire } from '../shared/wire.ts'
import { MAX_CALLS } from './calls.ts'
import { MAX_EARLY_ANNOTATIONS, MAX_SEAL_CHARS } from './prose.ts'
import { testNormaliser } from './testing.ts'

/** What a sample reads as: parts as short texts, how it ended. */
async function read(name: string) {
  const sample = chatSamples.find((one) => one.name === `chat-${name}`)
  if (sample === undefined) throw new Error(`There is no sample ${name}`)
  const { events, error } = await readBody(testNormaliser(), sample.bytes)
  const parts = answerOf(events).parts.map((part) => (part.kind === 'tool' ? `${part.name} ${part.input}` : `${part.kind}: ${part.text}`))
  return { events, error, parts, last: events.at(-1) }
}

const USED = { inputTokens: 21, outputTokens: 34, reasoningTokens: 8, cachedInputTokens: 5, basis: 'reported' }

describe('what a chat completion says', () => {
  it.each<[string, FinishReason, readonly string[]]>([
    ['text', 'stop', ['text: A tide table is a log of the sea. 潮汐 and 🦀 agree.']],
    ['bare', 'stop', ['text: Just text.']],
    ['length', 'length', ['text: It goes on and']],
    ['content-filter', 'content-filter', ['text: It was']],
    ['refusal', 'content-filter', ['text: I cannot help – sorry.']],
    ['azure', 'stop', ['text: Ebbe']],
    ['comments', 'stop', ['text: Seaweed']],
    ['unknown-fields', 'stop', ['text: Still here.']],
    ['second-choice', 'stop', ['text: First.']],
    ['unknown-reason', 'other', ['text: Over.']],
    ['reasoning-content', 'stop', ['reasoning: Let us weigh – both.', 'text: Take the ferry.']],
    ['reasoning', 'stop', ['reasoning: Moon first.', 'text: Spring tide.']],
    ['reasoning-details', 'stop', ['reasoning: Ebb then flood.', 'text: Flood.', 'reasoning: ']],
    ['only-details', 'stop', ['reasoning: Depth counts.', 'text: Sieben Fuß.']],
    ['content-list', 'stop', ['reasoning: Deux ports.', 'text: Brême, puis Cuxhaven.']],
    [
      'takes-turns',
      'tool-calls',
      ['reasoning: Ask first.', 'text: Looking. ', 'get_tide {"port":"Büsum"}', 'reasoning: And then?', 'text: Done.'],
    ],
    ['parallel-calls', 'tool-calls', ['text: Two looks.', 'get_tide {"port":"Büsum"}', 'get_wind {"at":"🌊"}']],
    ['repeated-names', 'tool-calls', ['get_tide {"port":"Büsum"}']],
    ['whole-calls', 'tool-calls', ['get_tide {"port":"Büsum"}', 'get_wind {}']],
    ['no-index', 'tool-calls', ['get_tide {"port":"Büsum"}', 'get_wind {}']],
    ['no-index-no-id', 'tool-calls', ['get_tide {"port":"Büsum"}', 'get_wind {}']],
    ['object-arguments', 'tool-calls', ['get_tide {"port":"Büsum"}']],
    ['late-name', 'tool-calls', ['get_tide {"a":1}']],
    ['function-call', 'tool-calls', ['get_tide {"port":"Büsum"}']],
  ])('chat-%s ends with %s and has these parts', async (name, reason, parts) => {
    const got = await read(name)
    expect(got.error).toBeUndefined()
    expect(got.last).toMatchObject({ type: 'finish', reason })
    expect(got.parts).toEqual(parts)
  })

  it('ends each part before another kind begins, and calls at the end', async () => {
    expect((await read('takes-turns')).events.map(({ type }) => type)).toEqual([
      'response',
      ...['reasoning-start', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-end'],
      ...['tool-call-start', 'tool-call-delta'],
      ...['reasoning-start', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-end'],
      ...['tool-call-end', 'finish'],
    ])
  })

  it('names the response once, by its first id, and never by the empty one', async () => {
    for (const [name, responseId] of [['ids-rotate', 'chatcmpl-sample'] as const, ['azure', 'chatcmpl-sample'] as const]) {
      const { events } = await read(name)
      expect(events.filter(({ type }) => type === 'response')).toEqual([{ type: 'response', responseId }])
    }
  })

  it('keeps the ids of calls, and gives one to a call that has none', async () => {
    const ids = async (name: string) => (await read(name)).events.flatMap((event) => (event.type === 'tool-call-end' ? [event.id] : []))
    expect(await ids('parallel-calls')).toEqual(['call_a', 'call_b'])
    expect(new Set(await ids('no-index-no-id')).size).toBe(2)
  })

  it('seals reasoning with its signature, and keeps encrypted reasoning as a part that shows nothing', async () => {
    const ends = (await read('reasoning-details')).events.filter(({ type }) => type === 'reasoning-end')
    expect(ends).toEqual([
      {
        type: 'reasoning-end',
        id: 'reasoning-0',
        signature: JSON.stringify([{ type: 'reasoning.text', signature: 'c2lnbmVk', index: 0, format: 'a-v1' }]),
      },
      { type: 'reasoning-end', id: 'reasoning-1', signature: expect.stringContaining('"Z2VoZWlt"'), redacted: true },
    ])
  })

  it('does not say reasoning twice when its details come later than its text', () => {
    const normaliser = testNormaliser()
    const say = (delta: Wire) => normaliser.read({ choices: [{ index: 0, delta }] }).events.map(({ type }) => type)
    expect(say({ reasoning: 'Ebb' })).toEqual(['reasoning-start', 'reasoning-delta'])
    expect(say({ reasoning: null, reasoning_details: [{ type: 'reasoning.text', text: 'Ebb' }] })).toEqual([])
  })

  it('places a citation that comes with the reasoning in the text after it', () => {
    const normaliser = testNormaliser()
    const say = (delta: Wire) => normaliser.read({ choices: [{ index: 0, delta }] }).events.map(({ type }) => type)
    say({ reasoning: 'Ebb' })
    expect(say({ annotations: [{ type: 'url_citation', url: 'https://a.example' }] })).toEqual([])
    expect(say({ content: 'Flood' })).toEqual(['reasoning-end', 'text-start', 'text-delta', 'citation'])
  })

  it('knows a call again by its id where there is no index, also after a fragment without one', () => {
    const normaliser = testNormaliser()
    const fragment = (more: Wire, args: string): Wire => ({
      choices: [{ index: 0, delta: { tool_calls: [{ ...more, function: { name: 'get_tide', arguments: args } }] } }],
    })
    const events = [
      normaliser.read(fragment({ id: 'call_a' }, '{')),
      normaliser.read(fragment({}, '"a":')),
      normaliser.read(fragment({ id: 'call_a' }, '1}')),
    ].flatMap((reading) => reading.events)
    expect(events.map(({ type }) => type)).toEqual(['tool-call-start', 'tool-call-delta', 'tool-call-delta', 'tool-call-delta'])
  })

  it('places citations in the text, those that came too early too, and keeps other annotations as data', async () => {
    const events = (await read('citations')).events.filter(({ type }) => ['text-delta', 'citation', 'data'].includes(type))
    const citation = { type: 'citation', id: 'text-0', url: 'https://tides.example/cuxhaven', title: 'Gezeiten' }
    expect(events).toMatchObject([
      { type: 'text-delta' },
      citation,
      { type: 'text-delta' },
      citation,
      { type: 'data', name: 'openai-chat.file', data: { file: { name: 'a.pdf' } } },
    ])
  })
})

describe('usage', () => {
  it.each([
    ['text', USED],
    ['reasoning', USED],
    ['reasoning-details', USED],
    ['usage-in-every-chunk', USED],
    ['usage-without-reasoning', { inputTokens: 21, outputTokens: 34, reasoningTokens: 30, basis: 'reported' }],
    ['bare', { basis: 'unknown' }],
    ['unknown-fields', { basis: 'unknown' }],
  ])('of chat-%s', async (name, usage) => {
    expect((await read(name)).last).toMatchObject({ type: 'finish', usage })
  })

  it('is found in every place where servers put it', () => {
    const counts = { prompt_tokens: 3, completion_tokens: 4 }
    const last: Wire = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
    const places: readonly Wire[] = [
      { ...last, usage: counts },
      { ...last, x_groq: { usage: counts } },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: counts }] },
    ]
    for (const chunk of places) {
      const normaliser = testNormaliser()
      expect(normaliser.read(chunk)).toEqual({ events: [] })
      expect(normaliser.end().at(-1)).toEqual({
        type: 'finish',
        reason: 'stop',
        usage: { inputTokens: 3, outputTokens: 4, basis: 'reported' },
      })
    }
    const deepseek = testNormaliser()
    deepseek.read({ ...last, usage: { prompt_tokens: 9, prompt_cache_hit_tokens: 2 } })
    expect(deepseek.end().at(-1)).toMatchObject({ usage: { inputTokens: 9, cachedInputTokens: 2 } })
  })
})

describe('a failure inside a stream', () => {
  it.each([
    ['error-object', { code: 'provider', retryable: true, message: expect.stringContaining('The server had an error.') }],
    ['error-string', { code: 'provider', message: expect.stringContaining('no more room') }],
    ['error-event', { code: 'invalid-request', retryable: false, message: expect.stringContaining('HTTP 400, tool_use_failed') }],
    ['error-after-finish', { code: 'provider', message: expect.stringContaining('Provider returned error: Seehund: out of fish') }],
    ['error-flat', { code: 'invalid-request', message: expect.stringContaining('Too long.') }],
    ['error-in-choice', { code: 'rate-limit', retryAfterMs: 2_000 }],
    ['error-reason', { code: 'provider', retryable: true }],
    ['nameless-call', { code: 'provider' }],
    ['done-without-finish', { code: 'connection', retryable: true }],
    ['no-ending', { code: 'connection', retryable: true }],
  ])('chat-%s is no success', async (name, error) => {
    const got = await read(name)
    expect(got.error).toMatchObject(error)
    expect(got.events.filter(({ type }) => type === 'finish')).toEqual([])
  })

  it('comes after what was said and used', async () => {
    const { events } = await read('error-after-finish')
    expect(answerText(answerOf(events))).toBe('It ends')
    expect(events.at(-1)).toEqual({ type: 'usage', usage: USED })
  })

  it('is not one of the empty error fields that some servers always send', () => {
    for (const error of [null, false, '', undefined]) {
      expect(testNormaliser().read({ choices: [{ index: 0, delta: { content: 'a' }, error }], error })).not.toHaveProperty('error')
    }
  })

  it('is the word of Groq on an early stop', () => {
    const { error } = testNormaliser().read({ choices: [], x_groq: { error: 'over capacity' } })
    expect(error).toMatchObject({ code: 'provider', message: expect.stringContaining('over capacity') })
  })
})

describe('what could grow without end', () => {
  it('calls are so many at most', () => {
    const normaliser = testNormaliser()
    const call = (index: number): Wire => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index, function: { name: 'a', arguments: '' } }] } }],
    })
    for (let index = 0; index < MAX_CALLS; index++) normaliser.read(call(index))
    expect(() => normaliser.read(call(MAX_CALLS))).toThrow(expect.objectContaining({ code: 'provider' }))
    expect(normaliser.read(call(MAX_CALLS - 1)).events).toEqual([])
  })

  it('seals that are too long are left out, whole', () => {
    const normaliser = testNormaliser()
    const seal = (data: string): Wire => ({
      choices: [{ index: 0, delta: { reasoning_details: [{ type: 'reasoning.encrypted', data }] } }],
    })
    expect(normaliser.read(seal('x'.repeat(MAX_SEAL_CHARS))).events).toEqual([])
    expect(normaliser.read(seal('x')).events).toHaveLength(2)
  })

  it('citations that wait for text are so many at most, and none is lost', () => {
    const normaliser = testNormaliser()
    const annotations = Array.from({ length: MAX_EARLY_ANNOTATIONS + 1 }, (_, at) => ({
      type: 'url_citation',
      url: `https://a.example/${at}`,
    }))
    const { events } = normaliser.read({ choices: [{ index: 0, delta: { annotations }, finish_reason: 'stop' }] })
    expect(events).toMatchObject([{ type: 'data', name: 'openai-chat.url_citation' }])
    expect(normaliser.end()).toHaveLength(MAX_EARLY_ANNOTATIONS + 1)
  })
})
