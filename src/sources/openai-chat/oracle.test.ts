/**
 * The official client as a second opinion: the same bytes through its helper and through our source. Recordings of real streams join in where they
 * are present: set SLUICE_FIXTURES where they lie elsewhere.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { answerOf, collect } from '../../conformance/source/collect.ts'
import { SluiceError } from '../../core/errors.ts'
import type { FinishReason } from '../../core/event.ts'
import { answerText } from '../../core/fold.ts'
import { loadRecordings, type Recording } from '../../simulators/provider/recordings.ts'
import { chatSamples } from '../../simulators/provider/samples/chat.ts'
import { asObject, objectAt, objectsAt, textAt } from '../shared/wire.ts'
import { createOpenAIChatSource } from './source.ts'

const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures'), 'provider-streams')
const recordings = existsSync(folder) ? (await loadRecordings(folder)).filter(({ api }) => api === 'openai-chat') : []

/** What the helper cannot read, or reads as something that nobody said; we are held to our own expectations in `normalise.test.ts`. */
const HELPER_FAILS: Readonly<Record<string, RegExp>> = {
  'chat-bare': /missing role/, // It insists on the role in the first delta.
  'chat-unknown-fields': /choices is not iterable/, // It takes every frame for a chunk.
  'chat-no-index': /invalid tool call index/,
  'chat-no-index-no-id': /invalid tool call index/,
}
const HELPER_GARBLES: Readonly<Record<string, string>> = {
  'chat-content-list': '[object Object]', // It joins lists as text, and drops the rest of them.
  'chat-object-arguments': '[object Object]',
  'chat-whole-calls': '}{}', // It takes two whole calls under one index for one.
}
/** Failures that the helper takes for an answer: it looks for an error at the top of a frame only, and knows no reason to finish that is one. */
const HELPER_ACCEPTS = ['chat-error-in-choice', 'chat-error-reason']

/** Reasoning that is in neither of the two plain fields. */
const OTHER_REASONING: Readonly<Record<string, string>> = { 'chat-only-details': 'Depth counts.', 'chat-content-list': 'Deux ports.' }

function client(bytes: Uint8Array): OpenAI {
  return new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: async () => response(bytes) })
}

function response(bytes: Uint8Array): Response {
  return new Response(new Blob([Uint8Array.from(bytes)]).stream(), { headers: { 'content-type': 'text/event-stream' } })
}

async function helper(bytes: Uint8Array) {
  const completion = await client(bytes).chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion()
  const choice = completion.choices[0]
  if (choice === undefined) throw new Error('The helper gave no choice')
  const { message } = choice
  const { tool_calls = [], function_call: legacy } = message
  const calls = tool_calls.map((call) => ('function' in call ? [call.function.name, call.function.arguments] : [call.type]))
  return {
    text: `${message.content ?? ''}${message.refusal ?? ''}`,
    calls: legacy ? [[legacy.name, legacy.arguments]] : calls,
    reason: ourReason(choice.finish_reason, Boolean(message.refusal)),
    usage: completion.usage,
  }
}

/** The helper hands the server's word through; a refusal ends with "stop" there, and with our word for it here. */
function ourReason(said: string, refused: boolean): FinishReason {
  const words: Readonly<Record<string, FinishReason>> = {
    stop: 'stop',
    length: 'length',
    tool_calls: 'tool-calls',
    function_call: 'tool-calls',
    content_filter: 'content-filter',
  }
  return refused ? 'content-filter' : (words[said] ?? 'other')
}

async function ours(bytes: Uint8Array) {
  await using source = createOpenAIChatSource({ baseUrl: 'http://127.0.0.1:1/v1', fetch: async () => response(bytes) })
  const { events, thrown } = await collect(source, { model: 'm', messages: [{ role: 'user', content: 'Hi' }], options: {} })
  const answer = answerOf(events)
  const last = events.at(-1)
  return {
    thrown,
    text: answerText(answer),
    reasoning: answer.parts.map((part) => (part.kind === 'reasoning' ? part.text : '')).join(''),
    calls: answer.parts.flatMap((part) => (part.kind === 'tool' ? [[part.name, part.input]] : [])),
    reason: last?.type === 'finish' ? last.reason : undefined,
    usage: last?.type === 'finish' ? last.usage : undefined,
  }
}

/** The reasoning in the raw deltas of the first choice, which the helper does not know. */
function rawReasoning(bytes: Uint8Array): string {
  const lines = new TextDecoder().decode(bytes).split('\n')
  return lines
    .filter((line) => line.startsWith('data: {'))
    .map((line) => objectAt(objectsAt(asObject(JSON.parse(line.slice('data: '.length))), 'choices')[0], 'delta'))
    .map((delta) => textAt(delta, 'reasoning_content') ?? textAt(delta, 'reasoning') ?? '')
    .join('')
}

function agree({ name, bytes }: Recording): void {
  it(name, async () => {
    const got = await ours(bytes)
    const refusal = HELPER_FAILS[name]
    const garbled = HELPER_GARBLES[name]
    if (refusal !== undefined) {
      await expect(helper(bytes)).rejects.toThrow(refusal)
      expect(got.thrown).toBeUndefined()
      return
    }
    if (HELPER_ACCEPTS.includes(name)) {
      await expect(helper(bytes)).resolves.toMatchObject({ text: 'Ha' })
      expect(got.thrown).toBeInstanceOf(SluiceError)
      return
    }
    const theirs = await helper(bytes).catch((error: unknown) => ({ error }))
    if ('error' in theirs) {
      expect(got.thrown).toBeInstanceOf(SluiceError)
      expect(got.reason).toBeUndefined()
      return
    }
    expect(got.thrown).toBeUndefined()
    expect(got.reasoning).toBe(OTHER_REASONING[name] ?? rawReasoning(bytes))
    if (garbled !== undefined) {
      expect(JSON.stringify(theirs)).toContain(garbled)
      expect(JSON.stringify(got)).not.toContain(garbled)
      return
    }
    expect({ text: got.text, calls: got.calls, reason: got.reason }).toEqual({
      text: theirs.text,
      calls: theirs.calls,
      reason: theirs.reason,
    })
    const { usage } = theirs
    const reasoningTokens = usage?.completion_tokens_details?.reasoning_tokens ?? 0
    // xAI's total shows that its completion leaves the reasoning out; the helper hands the counts through.
    const apart =
      usage !== undefined && usage !== null && usage.total_tokens === usage.prompt_tokens + usage.completion_tokens + reasoningTokens
    expect(got.usage).toMatchObject(
      usage
        ? { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens + (apart ? reasoningTokens : 0), basis: 'reported' }
        : { basis: 'unknown' },
    )
  })
}

describe('the official helper and our source agree on', () => {
  for (const sample of chatSamples) agree(sample)
})

describe.skipIf(recordings.length === 0)('the official helper and our source agree on the recording (needs SLUICE_FIXTURES)', () => {
  for (const recording of recordings) agree(recording)

  it('of which there are enough', () => {
    expect(recordings.length).toBeGreaterThan(5)
  })
})

describe('a stream that was cut', () => {
  it.each(['chat-no-ending', 'chat-done-without-finish'])('%s is success to the official raw stream, and not to us', async (name) => {
    const bytes = chatSamples.find((sample) => sample.name === name)?.bytes ?? new Uint8Array()
    let text = ''
    const stream = await client(bytes).chat.completions.create({ model: 'm', messages: [], stream: true })
    // It ends by itself here, without an error, and nothing tells that the answer is half.
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('Cut off')
    expect(await ours(bytes)).toMatchObject({ text: 'Cut off', thrown: { code: 'connection' }, reason: undefined })
  })
})
