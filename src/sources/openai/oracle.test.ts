/**
 * The provider's own SDK as the judge: every sample and every recording goes through its streaming helper and through our source, and both have to
 * say the same. Where they differ on purpose, the difference stands here with its reason.
 *
 * The folder of recordings is not part of the repository: set SLUICE_FIXTURES where it lies elsewhere.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import type { Response as Answered, ResponseOutputItem } from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { type Attempt, answerOf, collect, disorder, openParts } from '../../conformance/source/collect.ts'
import type { FinishReason } from '../../core/event.ts'
import { loadRecordings, type Recording } from '../../simulators/provider/recordings.ts'
import { responsesSamples } from '../../simulators/provider/samples/responses.ts'
import { createOpenAISource } from './source.ts'

const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures'), 'provider-streams')
const loaded = existsSync(folder) ? await loadRecordings(folder) : []
const recordings = loaded.filter(({ api }) => api === 'openai-responses')

/** What the helper refuses and we read, and why. The judge is then the response in the stream's own terminal event. */
const ONLY_WE_READ: Readonly<Record<string, { readonly says: RegExp; readonly why: string }>> = {
  'sample-unknown-events': {
    says: /Unhandled response stream event/,
    why: 'the API gets new events every few weeks; what we do not know is skipped',
  },
  'sample-unknown-item': { says: /Unhandled response stream event/, why: 'the same, and the item is kept as data' },
  'sample-rotating-ids': {
    says: /identity changed/,
    why: 'some gateways name everything anew in each event; positions say what belongs together',
  },
  'vercel-ai--github-copilot-id-rotation.1': { says: /identity changed/, why: 'the same, as recorded' },
  'pydantic--bg-starting-after.2': { says: /expected 'response.created'/, why: 'a response that is resumed begins in the middle' },
}

/** What the helper resolves with and we refuse. */
const ONLY_THEY_READ: Readonly<Record<string, { readonly status: string; readonly code: string; readonly why: string }>> = {
  'sample-no-ending': { status: 'in_progress', code: 'connection', why: 'the bytes ended without a terminal event' },
  'sample-failed': { status: 'failed', code: 'provider', why: 'a failed response is an error here, not an answer' },
}

/** What both refuse: what the helper says, and our code. */
const REFUSED: Readonly<Record<string, { readonly says: RegExp; readonly code: string }>> = {
  'sample-error-flat': { says: /server had an error/, code: 'provider' },
  'sample-error-nested': { says: /try again in 1.5s/, code: 'rate-limit' },
  'sample-error-done': { says: /Broken/, code: 'provider' },
  'sample-error-failed': { says: /Broken/, code: 'provider' },
  'sample-quota': { says: /exceeded your current quota/, code: 'quota' },
  'sample-spliced': { says: /identity changed/, code: 'connection' },
  'vercel-ai--openai-error.1': { says: /exceeded your current quota/, code: 'quota' },
}

/** Status and reason of a response that is complete, as our reason; tool calls and refusals are told apart below. */
const FINISH: Readonly<Record<string, FinishReason>> = {
  completed: 'stop',
  'incomplete max_output_tokens': 'length',
  'incomplete content_filter': 'content-filter',
}

type Play = () => Promise<Response>

/** A body in pieces that end anywhere. */
const playing =
  (bytes: Uint8Array): Play =>
  async () =>
    new Response(ReadableStream.from(piecesOf(bytes, 977)), { headers: { 'content-type': 'text/event-stream' } })

function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.slice(from, from + size)
}

function theirs(fetch: Play): Promise<Answered> {
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: 'http://127.0.0.1:9/v1', maxRetries: 0, fetch })
  return client.responses.stream({ model: 'any', input: 'Hi' }).finalResponse()
}

async function ours(fetch: Play): Promise<Attempt> {
  await using source = createOpenAISource({ apiKey: 'sk-test', baseUrl: 'http://127.0.0.1:9/v1', fetch })
  return await collect(source, { model: 'any', messages: [{ role: 'user', content: 'Hi' }], options: {} })
}

/** The response in the terminal event of a stream. */
function terminal(bytes: Uint8Array): Answered {
  const lines = new TextDecoder().decode(bytes).split('\n')
  const last = lines.findLast((line) => line.startsWith('data: {'))?.slice('data: '.length)
  return (JSON.parse(last ?? '{}') as { response: Answered }).response
}

interface Said {
  /** Text and refusals by their part. */
  readonly text: Readonly<Record<string, string>>
  readonly citations: readonly unknown[]
  readonly reasoning: Readonly<Record<string, string>>
  /** How many pieces of reasoning carry one. The API encrypts anew for the terminal event, so the texts differ. */
  readonly seals: number
  readonly tools: readonly (readonly [name: string, input: string])[]
  readonly finish: FinishReason | undefined
  readonly usage: Readonly<Record<string, number | undefined>>
}

function saidByThem(response: Answered): Said {
  const { output, usage, status, incomplete_details: details } = response
  const refuses = output.some((item) => item.type === 'message' && item.content.some(({ type }) => type === 'refusal'))
  const finish = FINISH[status === 'incomplete' ? `incomplete ${details?.reason}` : `${status}`]
  const named = (entries: readonly (readonly [string, string])[]) => Object.fromEntries(entries.filter(([, text]) => text !== ''))
  const texts = output.flatMap((item, at) =>
    item.type === 'message'
      ? item.content.map((one, index) => [`text-${at}-${index}`, one.type === 'refusal' ? one.refusal : one.text] as const)
      : [],
  )
  const thoughts = output.flatMap((item, at) =>
    item.type === 'reasoning'
      ? [
          ...(item.summary ?? []).map(({ text }, index) => [`reasoning-${at}-summary-${index}`, text] as const),
          ...(item.content ?? []).map(({ text }, index) => [`reasoning-${at}-${index}`, text] as const),
        ]
      : [],
  )
  return {
    text: named(texts),
    citations: output.flatMap((item) =>
      item.type === 'message' ? item.content.flatMap((one) => (one.type === 'output_text' ? (one.annotations ?? []) : [])) : [],
    ),
    reasoning: named(thoughts),
    seals: output.filter((item) => item.type === 'reasoning' && item.encrypted_content).length,
    tools: output
      .flatMap((item) => calledByThem(item) ?? [])
      .map(([name, input]) => [name, typeof input === 'string' ? input : JSON.stringify(input)]),
    finish: finish === 'stop' ? (refuses ? 'content-filter' : isWaiting(output) ? 'tool-calls' : 'stop') : finish,
    usage: {
      inputTokens: usage?.input_tokens,
      outputTokens: usage?.output_tokens,
      reasoningTokens: usage?.output_tokens_details?.reasoning_tokens,
      cachedInputTokens: usage?.input_tokens_details?.cached_tokens,
    },
  }
}

/** The name and the input of a call, read with the SDK's types and without our table. */
function calledByThem(item: ResponseOutputItem): readonly [readonly [name: string, input: unknown]] | undefined {
  switch (item.type) {
    case 'function_call':
      return [[item.name, item.arguments]]
    case 'custom_tool_call':
      return [[item.name, item.input]]
    case 'mcp_call':
      return [[`${item.server_label}.${item.name}`, item.arguments]]
    case 'mcp_list_tools':
      return [['mcp_list_tools', { server_label: item.server_label }]]
    case 'mcp_approval_request':
      return [['mcp_approval_request', { server_label: item.server_label, name: item.name, arguments: item.arguments }]]
    case 'web_search_call':
      return [['web_search', item.action]]
    case 'file_search_call':
      return [['file_search', { queries: item.queries }]]
    case 'code_interpreter_call':
      return [['code_interpreter', item.code]]
    case 'image_generation_call':
      return [['image_generation', { revised_prompt: item.revised_prompt, size: item.size }]]
    case 'computer_call':
      return [['computer', { action: item.action, pending_safety_checks: item.pending_safety_checks }]]
    case 'local_shell_call':
      return [['local_shell', item.action]]
    case 'shell_call':
      return [['shell', item.action]]
    case 'apply_patch_call':
      return [['apply_patch', item.operation]]
    case 'tool_search_call':
      return [['tool_search', item.arguments]]
    case 'program':
      return [['program', item.code]]
    default:
      return undefined
  }
}

/** Whether a call is left to us: its answer is not in the output. */
function isWaiting(output: readonly ResponseOutputItem[]): boolean {
  const answered = new Set(output.flatMap((item) => ('output' in item && 'call_id' in item ? [item.call_id] : [item.id])))
  return output.some((item) => {
    if (item.type === 'mcp_approval_request') return !output.some(({ type }) => type === 'mcp_approval_response')
    if (item.type === 'tool_search_call') return item.execution === 'client'
    if (item.type === 'shell_call') return item.environment?.type === 'local'
    const left = ['function_call', 'custom_tool_call', 'computer_call', 'local_shell_call', 'apply_patch_call'].includes(item.type)
    return left && 'call_id' in item && !answered.has(item.call_id ?? '')
  })
}

function saidByUs({ events }: Attempt): Said {
  const { parts } = answerOf(events)
  const last = events.at(-1)
  const named = (kind: 'text' | 'reasoning') =>
    Object.fromEntries(parts.flatMap((part) => (part.kind === kind && part.text !== '' ? [[part.id, part.text] as const] : [])))
  const { basis: _basis, ...usage } = last?.type === 'finish' ? last.usage : { basis: 'unknown' }
  return {
    text: named('text'),
    citations: events.flatMap((event) => (event.type === 'citation' ? [event.detail] : [])),
    reasoning: named('reasoning'),
    seals: events.filter((event) => event.type === 'reasoning-end' && event.signature !== undefined).length,
    tools: parts.flatMap((part) => (part.kind === 'tool' ? [[part.name, part.input] as const] : [])),
    finish: last?.type === 'finish' ? last.reason : undefined,
    usage: { inputTokens: undefined, outputTokens: undefined, reasoningTokens: undefined, cachedInputTokens: undefined, ...usage },
  }
}

function judge(all: readonly Recording[]): void {
  for (const { name, bytes } of all) {
    const refused = REFUSED[name]
    const only = ONLY_THEY_READ[name]
    if (refused !== undefined) {
      it(`both refuse ${name}`, async () => {
        await expect(theirs(playing(bytes))).rejects.toThrow(refused.says)
        expect((await ours(playing(bytes))).thrown).toMatchObject({ code: refused.code })
      })
    } else if (only !== undefined) {
      it(`only the SDK takes ${name} for an answer: ${only.why}`, async () => {
        expect((await theirs(playing(bytes))).status).toBe(only.status)
        const { events, thrown } = await ours(playing(bytes))
        expect(thrown).toMatchObject({ code: only.code })
        expect(events.some(({ type }) => type === 'finish')).toBe(false)
      })
    } else {
      const exception = ONLY_WE_READ[name]
      it(`both say the same of ${name}${exception === undefined ? '' : `, but the SDK refuses it: ${exception.why}`}`, async () => {
        if (exception !== undefined) await expect(theirs(playing(bytes))).rejects.toThrow(exception.says)
        const response = exception === undefined ? await theirs(playing(bytes)) : terminal(bytes)
        const attempt = await ours(playing(bytes))
        expect(attempt.thrown).toBeUndefined()
        expect(saidByUs(attempt)).toEqual(saidByThem(response))
        expect([disorder(attempt.events), openParts(attempt.events)]).toEqual([[], []])
      })
    }
  }
}

describe('the SDK and we', () => {
  judge(responsesSamples)

  it('differ over a stream that is cut: the SDK resolves, we say that it broke off', async () => {
    const [{ bytes } = { bytes: new Uint8Array() }] = responsesSamples
    const [before = ''] = new TextDecoder().decode(bytes).split('event: response.completed')
    const cut = new TextEncoder().encode(before)
    const response = await theirs(playing(cut))
    expect(response).toMatchObject({ status: 'in_progress', usage: null })
    expect(response.output_text).toContain('A durable stream')
    expect((await ours(playing(cut))).thrown).toMatchObject({ code: 'connection', retryable: true })
  })
})

describe.skipIf(recordings.length === 0)('the SDK and we, with real streams,', () => {
  it('have some to compare', () => {
    expect(recordings.length).toBeGreaterThan(5)
  })

  judge(recordings)
})
