import { parseJsonEventStream, readUIMessageStream, type UIMessage, type UIMessageChunk, uiMessageChunkSchema } from 'ai'
import { describe, expect, it } from 'vitest'
import { encodeEvent, type RunEventBody } from '../../core/event.ts'
import { formatOffset } from '../../core/offset.ts'
import type { StoredRecord } from '../../ports/store.ts'
import { messageIdOf, uiMessageFormat } from './format.ts'

const RUN = { id: 'run_1' }
const FORMAT = uiMessageFormat(RUN)
const ERROR = { type: 'connection', code: 'connection', message: 'Lost.', recoverable: true, attempt: 1 } as const

/** Everything that a run can hold. */
const BEGINNING: readonly RunEventBody[] = [
  { type: 'run-start', runId: 'run_1', model: 'test/one' },
  { type: 'status', status: 'queued', message: 'Waiting' },
  { type: 'reasoning-start', id: '0' },
  { type: 'reasoning-delta', id: '0', text: 'Let me ' },
  { type: 'reasoning-delta', id: '0', text: 'think.' },
  { type: 'reasoning-end', id: '0', signature: 'sealed' },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', text: 'One\r\n\ndata: ', tokens: 2 },
  { type: 'progress', outputTokens: 2, tokensPerSecond: 1, elapsedMs: 5 },
  { type: 'usage', usage: { inputTokens: 3, basis: 'reported' } },
  { type: 'text-delta', id: '0', text: '`two`', code: true },
  { type: 'citation', id: '0', url: 'https://example.org/a', title: 'A', quote: 'q', detail: {} },
  { type: 'citation', id: '0', url: 'javascript:alert(1)', title: 'B', detail: {} },
  { type: 'text-end', id: '0' },
  { type: 'notice', error: ERROR },
  { type: 'tool-call-start', id: 'c1', name: 'look' },
  { type: 'tool-call-delta', id: 'c1', text: '{"q":' },
  { type: 'tool-call-delta', id: 'c1', text: '1}' },
  { type: 'tool-call-end', id: 'c1', input: '{"q":1}', name: 'look' },
  { type: 'tool-result', id: 'c1', output: { found: true } },
  { type: 'tool-call-start', id: 'c2', name: 'look' },
  { type: 'tool-call-end', id: 'c2', input: '', name: 'look' },
  { type: 'tool-result', id: 'c2', error: 'No.' },
  { type: 'tool-call-start', id: 'c3', name: 'look' },
  { type: 'tool-call-end', id: 'c3', input: '{oops', name: 'look' },
  { type: 'data', name: 'a b/ü', id: 'd', data: 1 },
  { type: 'data', name: 'a b/ü', id: 'd', data: 2 },
  { type: 'data', name: 'status', data: 3 },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', text: 'Last ' },
  { type: 'text-delta', id: '1', text: 'words.' },
]
const WHOLE: readonly RunEventBody[] = [
  ...BEGINNING,
  { type: 'text-end', id: '1' },
  { type: 'run-end', outcome: 'completed', finishReason: 'stop', usage: { outputTokens: 9, basis: 'reported' } },
]

function stored(events: readonly RunEventBody[]): StoredRecord[] {
  return events.map((event, index) => ({ offset: formatOffset(1, index + 1), data: encodeEvent({ ...event, at: 1 }) }))
}

/** The chunks as the client's own parser and schema give them. */
async function chunksOf(...bytes: readonly Uint8Array[]): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = []
  const parsed = parseJsonEventStream({
    stream: new Blob(bytes.map((part) => new Uint8Array(part))).stream(),
    schema: uiMessageChunkSchema,
  })
  for await (const chunk of parsed) {
    if (!chunk.success) throw chunk.error
    chunks.push(chunk.value)
  }
  return chunks
}

/** The message that the client makes of them. */
async function messageOf(...bytes: readonly Uint8Array[]): Promise<UIMessage | undefined> {
  const chunks = await chunksOf(...bytes)
  let last: UIMessage | undefined
  for await (const message of readUIMessageStream({ stream: ReadableStream.from(chunks), onError: () => {} })) last = message
  return last
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('the UI message stream', () => {
  it('shows text, reasoning, calls, sources and data to the real client', async () => {
    const message = await messageOf(FORMAT.live(stored(WHOLE)))
    expect(message).toMatchObject({
      id: 'run_1.assistant',
      metadata: { runId: 'run_1', model: 'test/one', outcome: 'completed', usage: { outputTokens: 9 } },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', text: 'Let me think.', state: 'done', providerMetadata: { sluice: { signature: 'sealed' } } },
        { type: 'text', text: 'One\r\n\ndata: `two`', state: 'done' },
        { type: 'source-url', url: 'https://example.org/a', title: 'A' },
        { type: 'source-document', title: 'B' },
        { type: 'tool-look', state: 'output-available', input: { q: 1 }, output: { found: true }, providerExecuted: true },
        { type: 'tool-look', state: 'output-error', input: {}, errorText: 'No.' },
        { type: 'tool-look', state: 'output-error', input: '{oops' },
        { type: 'data-a-b-', id: 'd', data: 2 },
        { type: 'data-item-status', data: 3 },
        { type: 'text', text: 'Last words.', state: 'done' },
      ],
    })
    expect(JSON.stringify(message)).not.toContain('javascript:')
  })

  it('gives a late joiner the same message, wherever the past ends and live begins', async () => {
    const records = stored(WHOLE)
    const expected = await messageOf(FORMAT.live(records))
    for (let cut = 0; cut <= records.length; cut++) {
      expect(await messageOf(FORMAT.past(records.slice(0, cut)), FORMAT.live(records.slice(cut))), `cut at ${cut}`).toEqual(expected)
    }
  })

  it('gives a late joiner all text so far as one delta, whatever lay between its pieces', async () => {
    const deltas = (await chunksOf(FORMAT.past(stored(WHOLE)))).filter(({ type }) => type === 'text-delta')
    expect(deltas).toEqual([
      { type: 'text-delta', id: '0', delta: 'One\r\n\ndata: `two`' },
      { type: 'text-delta', id: '1', delta: 'Last words.' },
    ])
  })

  it('gives the last frame of an event, and only that, its id; the mark of the end has none', () => {
    const [first = new Uint8Array(0)] = stored(WHOLE).map((record) => FORMAT.live([record]))
    expect(text(first).match(/^id: .*$/gm)).toEqual([`id: run_1.${formatOffset(1, 1)}`])
    expect(text(first)).toMatch(/^data: \{"type":"start",.*\}\n\nid: \S+\ndata: \{"type":"start-step"\}\n\n$/)
    const end = text(FORMAT.live(stored(WHOLE).slice(-1)))
    expect(end).toMatch(/\n\nid: \S+\ndata: \{"type":"finish",.*\}\n\ndata: \[DONE\]\n\n$/)
    expect(end.match(/^id: /gm)).toHaveLength(1)
  })

  it('ends what an interrupted answer left open, says why, and finishes', async () => {
    const end: RunEventBody = {
      type: 'run-end',
      outcome: 'interrupted',
      error: ERROR,
      usage: { basis: 'unknown' },
      open: [
        { kind: 'text', id: '1' },
        { kind: 'tool', id: 'c9', name: 'look' },
      ],
    }
    const call: RunEventBody = { type: 'tool-call-start', id: 'c9', name: 'look' }
    const bytes = FORMAT.live(stored([...BEGINNING, call, end]))
    expect((await chunksOf(bytes)).slice(-5)).toMatchObject([
      { type: 'text-end', id: '1' },
      { type: 'tool-input-error', toolCallId: 'c9', toolName: 'look' },
      { type: 'finish-step' },
      { type: 'error', errorText: 'Lost.' },
      { type: 'finish', finishReason: 'interrupted' },
    ])
  })

  it.each([
    ['cancelled', ['finish-step', 'abort', 'finish']],
    ['failed', ['finish-step', 'error', 'finish']],
  ] as const)('of a %s answer', async (outcome, types) => {
    const end: RunEventBody = { type: 'run-end', outcome, usage: { basis: 'unknown' } }
    expect((await chunksOf(FORMAT.live(stored([end])))).map(({ type }) => type)).toEqual(types)
  })

  it('skips events of types that this version does not know', () => {
    const record = { offset: formatOffset(1, 1), data: new TextEncoder().encode('{"type":"hologram","at":1}') }
    expect([FORMAT.live([record]).byteLength, FORMAT.past([record]).byteLength]).toEqual([0, 0])
  })

  it('calls the message what the client calls it, where the answer goes on with one', () => {
    expect(messageIdOf({ id: 'run_2', transcript: { question: 'written', messageId: 'mine' } })).toBe('mine')
  })
})
