/**
 * The same bytes through the provider packages of the SDK and through our own sources. Recordings of real streams join in where they are present: set
 * SLUICE_FIXTURES where they lie elsewhere.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { describe, expect, it } from 'vitest'
import { answerOf, collect, disorder, openParts } from '../../conformance/source/collect.ts'
import { SluiceError } from '../../core/errors.ts'
import { answerText } from '../../core/fold.ts'
import type { Source, SourceRequest } from '../../ports/source.ts'
import { loadRecordings, type RecordedApi, type Recording } from '../../simulators/provider/recordings.ts'
import { anthropicSamples } from '../../simulators/provider/samples/anthropic.ts'
import { chatSamples } from '../../simulators/provider/samples/chat.ts'
import { responsesSamples } from '../../simulators/provider/samples/responses.ts'
import { createAnthropicSource } from '../anthropic/source.ts'
import { createOpenAISource } from '../openai/source.ts'
import { createOpenAIChatSource } from '../openai-chat/source.ts'
import { type AiSdkModel, createAiSdkSource } from './source.ts'
import { dressed } from './testing/models.ts'

const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures'), 'provider-streams')
const recordings = existsSync(folder) ? await loadRecordings(folder) : []

const request: SourceRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], options: {} }
const apiKey = 'sk-test'

function respond(bytes: Uint8Array): () => Promise<Response> {
  return async () => new Response(new Blob([Uint8Array.from(bytes)]).stream(), { headers: { 'content-type': 'text/event-stream' } })
}

async function outcomeOf(source: Source) {
  const { events, thrown } = await collect(source, request)
  expect(disorder(events)).toEqual([])
  if (thrown === undefined) expect(openParts(events)).toEqual([])
  else expect(thrown).toBeInstanceOf(SluiceError)
  const answer = answerOf(events)
  const finish = events.at(-1)
  return {
    text: answerText(answer),
    reasoning: answer.parts.flatMap((part) => (part.kind === 'reasoning' ? [part.text] : [])).join(''),
    seals: answer.parts.flatMap((part) =>
      part.kind === 'reasoning' && part.signature !== undefined ? [[part.signature, part.redacted]] : [],
    ),
    calls: answer.parts.flatMap((part) => (part.kind === 'tool' && part.done ? [[part.id, part.name, part.input]] : [])),
    end: finish?.type === 'finish' ? finish.reason : thrown instanceof SluiceError ? `error ${thrown.code}` : 'nothing',
    usage: finish?.type === 'finish' ? finish.usage : undefined,
  }
}

const models: Record<RecordedApi, (bytes: Uint8Array) => AiSdkModel> = {
  'openai-responses': (bytes) => createOpenAI({ apiKey, fetch: respond(dressed({ bytes }).bytes) }).responses('m'),
  'openai-chat': (bytes) => createOpenAI({ apiKey, fetch: respond(bytes) }).chat('m'),
  anthropic: (bytes) => createAnthropic({ apiKey, fetch: respond(bytes) })('m'),
}

const ours: Record<RecordedApi, (bytes: Uint8Array) => Source> = {
  'openai-responses': (bytes) => createOpenAISource({ apiKey, fetch: respond(bytes) }),
  'openai-chat': (bytes) => createOpenAIChatSource({ apiKey, fetch: respond(bytes) }),
  anthropic: (bytes) => createAnthropicSource({ apiKey, fetch: respond(bytes) }),
}

/** The samples that both can read. The SDK refuses more of what gateways get wrong, and rewrites the calls of hosted tools, as the recordings show. */
const READ_BY_BOTH: Record<RecordedApi, readonly string[]> = {
  'openai-responses': [
    'sample-text',
    'sample-reasoning',
    'sample-function-calls',
    'sample-refusal',
    'sample-unknown-events',
    'sample-length',
    'sample-content-filter',
    'sample-error-flat',
    'sample-error-nested',
    'sample-failed',
    'sample-quota',
    'sample-no-ending',
  ],
  'openai-chat': [
    'chat-text',
    'chat-length',
    'chat-content-filter',
    'chat-refusal',
    'chat-parallel-calls',
    'chat-error-object',
    'chat-done-without-finish',
    'chat-no-ending',
  ],
  anthropic: [
    'sample-text',
    'sample-thinking',
    'sample-thinking-undisplayed',
    'sample-thinking-redacted',
    'sample-tool-use',
    'sample-max-tokens',
    'sample-stop-sequence',
    'sample-pause',
    'sample-refusal',
    'sample-usage',
    'sample-repeated-start',
    'sample-error-first',
    'sample-error-overloaded',
    'sample-error-rate-limit',
    'sample-no-ending',
  ],
}

type Outcome = Awaited<ReturnType<typeof outcomeOf>>

/** Where the two differ on real streams, and why. */
const DIFFERS: Readonly<Record<string, readonly (keyof Outcome)[]>> = {
  // The SDK counts 0 where the provider said nothing.
  'otel--openai-chat-long': ['usage'],
  'vercel-ai--duplicate-message-start': ['usage'],
  'vercel-ai--groq-tool-call': ['usage'],
  // Its package for OpenAI reads no reasoning in chat completions: OpenAI sends none, others do.
  'pydantic--groq-midstream-error.1': ['reasoning'],
  'vercel-ai--deepseek-reasoning': ['reasoning'],
  // Nor an error that stands beside the choices of a chunk: the cut answer looks like a long one.
  'pydantic--openrouter-midstream-error': ['reasoning', 'end', 'usage'],
  // Arguments of hosted tools are put into the shape of its own tools.
  'pydantic--openai-responses-thinking-code': ['calls'],
  'vercel-ai--openai-code-interpreter-tool.1': ['calls'],
  'vercel-ai--anthropic-code-execution-20250825.2': ['calls'],
  'vercel-ai--anthropic-programmatic-tool-calling.1': ['calls'],
}

async function expectTheSame({ name, api, bytes }: Recording): Promise<void> {
  const theirs = await outcomeOf(createAiSdkSource({ name: 'ai', models: { m: models[api](bytes) } }))
  const own = await outcomeOf(ours[api](bytes))
  const fields = Object.keys(own) as (keyof Outcome)[]
  const differing = fields.filter((field) => !isDeepStrictEqual(own[field], theirs[field]))
  const expected = DIFFERS[name] ?? []
  for (const field of differing) if (!expected.includes(field)) expect(theirs).toEqual(own)
  expect(differing).toEqual(expected)
}

describe('a provider package of the SDK gives what our own source gives', () => {
  const samples = { 'openai-responses': responsesSamples, 'openai-chat': chatSamples, anthropic: anthropicSamples }
  for (const [api, names] of Object.entries(READ_BY_BOTH) as [RecordedApi, readonly string[]][]) {
    for (const name of names) {
      it(`${api}: ${name}`, async () => {
        const sample = samples[api].find((one) => one.name === name)
        if (sample === undefined) throw new Error(`There is no sample ${name} any more.`)
        await expectTheSame(sample)
      })
    }
  }

  describe.skipIf(recordings.length === 0)('for a recorded stream', () => {
    it('is there', () => {
      expect(recordings.length).toBeGreaterThan(10)
    })

    for (const recording of recordings) it(recording.name, () => expectTheSame(recording))
  })
})
