/**
 * The official client as the oracle: it and we read the same bytes, and say the same. Where it gives up, what each does is stated, with the reason.
 * Real recordings are not part of the repository: set SLUICE_FIXTURES where they lie elsewhere.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import type { BetaContentBlock, BetaMessage } from '@anthropic-ai/sdk/resources/beta/messages/messages'
import { describe, expect, it } from 'vitest'
import { type Attempt, answerOf, collect } from '../../conformance/source/collect.ts'
import type { FinishReason, Usage } from '../../core/event.ts'
import { loadRecordings } from '../../simulators/provider/recordings.ts'
import { anthropicSamples } from '../../simulators/provider/samples/anthropic.ts'
import { createAnthropicSource } from './source.ts'

interface Body {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What both readings come down to. */
interface Reading {
  readonly texts: readonly { readonly text: string; readonly citations: readonly unknown[] }[]
  readonly reasoning: readonly { readonly text: string; readonly signature?: string | undefined; readonly redacted: boolean }[]
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown; readonly result?: unknown }[]
  /** Blocks that we have no word for. */
  readonly others: readonly unknown[]
  readonly reason: FinishReason
  readonly usage: Usage
}

const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures'), 'provider-streams')
const PIECE_BYTES = 61
const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_oracle' }

/**
 * Bodies that the client gives up on: the words with which it does, and what we do with them instead.
 * It and we agree on all errors of the provider and on what is cut off; we differ on purpose on the first two.
 */
const SDK_GIVES_UP: Readonly<Record<string, { readonly sdk: RegExp; readonly ours: FinishReason | { readonly code: string } }>> = {
  // A start that is sent twice before anything else takes nothing away: the whole answer follows.
  'sample-repeated-start': { sdk: /Unexpected event order/, ours: 'stop' },
  'vercel-ai--duplicate-message-start': { sdk: /Unexpected event order/, ours: 'stop' },
  // A second message in the middle: broken off, and worth another try.
  'sample-splice': { sdk: /Unexpected event order/, ours: { code: 'connection' } },
  'sample-no-ending': { sdk: /without producing a Message/, ours: { code: 'connection' } },
  'sample-error-first': { sdk: /Overloaded/, ours: { code: 'provider' } },
  'sample-error-overloaded': { sdk: /Overloaded/, ours: { code: 'provider' } },
  'sample-error-rate-limit': { sdk: /Slow down/, ours: { code: 'rate-limit' } },
  'sample-error-spend': { sdk: /No more/, ours: { code: 'quota' } },
  'sample-error-api': { sdk: /Internal server error/, ours: { code: 'provider' } },
  'sample-error-timeout': { sdk: /Request timed out/, ours: { code: 'timeout' } },
  'sample-error-unknown': { sdk: /Fell/, ours: { code: 'provider' } },
  'sample-error-flat': { sdk: /upstream closed/, ours: { code: 'provider' } },
  // It skips events without a name, so it knows only that the message never ended; we say why.
  'sample-error-untyped': { sdk: /without producing a Message/, ours: { code: 'provider' } },
}

const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  pause_turn: 'pause',
}

/** Calls that broke off: the client repairs the JSON of their input; we keep the text as it came, which nobody takes for a whole input. */
const REPAIRED: Readonly<Record<string, string>> = { 'sample-max-tokens': '{"cham' }

/** In pieces that cut lines and characters. */
function answering(bytes: Uint8Array<ArrayBuffer>): () => Promise<Response> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, at) =>
    bytes.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
  )
  return async () => new Response(ReadableStream.from(pieces), { headers: HEADERS })
}

function readBySdk(bytes: Uint8Array<ArrayBuffer>): Promise<BetaMessage> {
  const client = new Anthropic({ apiKey: 'sk-ant-test', baseURL: 'http://127.0.0.1:1', maxRetries: 0, fetch: answering(bytes) })
  const stream = client.beta.messages.stream({ model: 'any', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] })
  return stream.finalMessage()
}

async function readByUs(bytes: Uint8Array<ArrayBuffer>): Promise<Attempt> {
  await using source = createAnthropicSource({ apiKey: 'sk-ant-test', baseUrl: 'http://127.0.0.1:1', fetch: answering(bytes) })
  return await collect(source, { model: 'any', messages: [{ role: 'user', content: 'Hi' }], options: {} })
}

function reduced({ events }: Attempt, name: string): Reading {
  const { parts } = answerOf(events)
  const finish = events.at(-1)
  if (finish?.type !== 'finish') throw new Error(`${name} did not finish.`)
  return {
    texts: parts.flatMap((part) =>
      part.kind === 'text' ? [{ text: part.text, citations: (part.citations ?? []).map(({ detail }) => detail) }] : [],
    ),
    reasoning: parts.flatMap((part) =>
      part.kind === 'reasoning' ? [{ text: part.text, signature: part.signature, redacted: part.redacted ?? false }] : [],
    ),
    calls: parts
      .filter((part) => part.kind === 'tool')
      .map(({ id, name: tool, input, result }) => ({
        id,
        name: tool,
        input: input === REPAIRED[name] ? {} : JSON.parse(input),
        result: result?.output,
      })),
    others: events
      .filter((event) => event.type === 'data' && event.name !== 'anthropic.refusal')
      .map((event) => 'data' in event && event.data),
    reason: finish.reason,
    usage: finish.usage,
  }
}

function expected(message: BetaMessage): Reading {
  const { content } = message
  const results = content.filter((block) => 'tool_use_id' in block)
  const calls = content.filter((block) => block.type === 'tool_use' || block.type === 'server_tool_use' || block.type === 'mcp_tool_use')
  const isOfCall = (block: BetaContentBlock): boolean => 'tool_use_id' in block && calls.some(({ id }) => id === block.tool_use_id)
  const known = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'mcp_tool_use'])
  return {
    // Empty blocks of text are no parts of ours.
    texts: content
      .filter((block) => block.type === 'text')
      .filter(({ text }) => text !== '')
      .map(({ text, citations }) => ({ text, citations: citations ?? [] })),
    reasoning: content.flatMap((block): Reading['reasoning'] => {
      if (block.type === 'thinking') return [{ text: block.thinking, signature: block.signature, redacted: false }]
      return block.type === 'redacted_thinking' ? [{ text: '', signature: block.data, redacted: true }] : []
    }),
    calls: calls.map(({ id, name, input }) => ({ id, name, input, result: results.find((block) => block.tool_use_id === id)?.content })),
    others: content.filter((block) => !known.has(block.type) && !isOfCall(block)),
    // Without a reason from the provider, and with one that we have no word for.
    reason: REASONS[message.stop_reason ?? ''] ?? 'other',
    usage: usageOf(message),
  }
}

/** The client leaves the cache out of the input as the wire does, and repeats a 0 of those who do not count. */
function usageOf({ usage, stop_reason }: BetaMessage): Usage {
  const { cache_creation_input_tokens: written, cache_read_input_tokens: read } = usage
  const input = usage.input_tokens + (written ?? 0) + (read ?? 0)
  // Without a reason to stop there was no last count: what it has is the placeholder of the start.
  const output = stop_reason === null ? 0 : usage.output_tokens
  const reasoning = usage.output_tokens_details?.thinking_tokens
  return {
    ...(input === 0 ? {} : { inputTokens: input }),
    ...(output === 0 ? {} : { outputTokens: output }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
    ...(input === 0 || typeof read !== 'number' ? {} : { cachedInputTokens: read }),
    basis: input === 0 && output === 0 ? 'unknown' : 'reported',
  }
}

function compare({ name, bytes }: Body): void {
  const difference = SDK_GIVES_UP[name]
  if (difference !== undefined) {
    it(`${name}: the client gives up with ${difference.sdk}, we say ${JSON.stringify(difference.ours)}`, async () => {
      await expect(readBySdk(bytes)).rejects.toThrow(difference.sdk)
      const attempt = await readByUs(bytes)
      if (typeof difference.ours === 'string') expect(reduced(attempt, name).reason).toBe(difference.ours)
      else expect(attempt.thrown).toMatchObject(difference.ours)
    })
    return
  }
  it(`${name}: the client and we say the same`, async () => {
    const attempt = await readByUs(bytes)
    expect(attempt.thrown).toBeUndefined()
    expect(reduced(attempt, name)).toEqual(expected(await readBySdk(bytes)))
  })
}

/** The messages of a recording, each as the body that it was. */
function messagesOf({ name, bytes }: Body): readonly Body[] {
  const bodies = new TextDecoder().decode(bytes).split(/(?<="message_stop"[^\n]*\n\n)/)
  return bodies.map((body, at) => ({ name: bodies.length === 1 ? name : `${name} (${at + 1})`, bytes: new TextEncoder().encode(body) }))
}

function copied({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }): Body {
  return { name, bytes: new Uint8Array(bytes) }
}

describe('a sample', () => {
  for (const sample of anthropicSamples) compare(copied(sample))

  it('that the client gives up on is one that there is', () => {
    const names = anthropicSamples.map(({ name }) => name)
    expect(Object.keys(SDK_GIVES_UP).filter((name) => name.startsWith('sample-') && !names.includes(name))).toEqual([])
  })
})

describe.skipIf(!existsSync(folder))('a recorded stream', async () => {
  const recordings = existsSync(folder) ? (await loadRecordings(folder)).filter(({ api }) => api === 'anthropic').map(copied) : []

  it('is there', () => {
    expect(recordings.length).toBeGreaterThan(8)
  })

  // One recording holds what fifteen requests of one conversation were answered with: code of the provider called our tool again and again.
  for (const body of recordings.flatMap(messagesOf)) compare(body)

  it('of several answers ends with the first', async () => {
    const several = recordings.filter((body) => messagesOf(body).length > 1)
    expect(several.map((body) => messagesOf(body).length)).toEqual([15])
    for (const body of several) {
      const [first = body] = messagesOf(body)
      expect(await readByUs(body.bytes)).toEqual(await readByUs(first.bytes))
      await expect(readBySdk(body.bytes)).rejects.toThrow(/Unexpected event order/)
    }
  })
})
