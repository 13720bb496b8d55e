import { createParser, type EventSourceMessage } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeEvent, encodeEvent, type Located, type RunEvent, type UnknownEvent } from '../core/event.ts'
import { type Answer, answerText, fold } from '../core/fold.ts'
import { formatOffset, START } from '../core/offset.ts'
import type { WireFormat } from '../log/hub.ts'
import type { StoredRecord } from '../ports/store.ts'
import { rawFormat, sseFormat } from './wire-formats.ts'

const AT = Date.UTC(2026, 0, 1)
const HOSTILE = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\u2028',
  '\u2029',
  '\ufeff',
  'data: x\n\n',
  '\nid: 9\n',
  ':',
  '\0',
  '"',
  '\\',
  '😀',
  '\ud83d',
  '\nevent: complete\n',
]

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...HOSTILE, 'a', ' '), { maxLength: 6 }).map((parts) => parts.join('')),
)
const part = fc.constantFrom('0', '1')
const error = { type: 'llm', code: 'timeout', message: 'The model took too long\nto answer.', recoverable: true, attempt: 1 } as const

const body: fc.Arbitrary<RunEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('text-delta' as const), id: part, text, tokens: fc.nat(9), at: fc.constant(AT) }) },
  fc.record({ type: fc.constant('text-delta' as const), id: part, text, code: fc.constant(true as const), at: fc.constant(AT) }),
  fc.record({ type: fc.constant('reasoning-delta' as const), id: part, text, at: fc.constant(AT) }),
  fc.record({ type: fc.constantFrom('text-start' as const, 'text-end' as const, 'reasoning-end' as const), id: part, at: fc.constant(AT) }),
  fc.record({ type: fc.constant('tool-call-start' as const), id: part, name: text, at: fc.constant(AT) }),
  fc.record({ type: fc.constant('tool-call-delta' as const), id: part, text, at: fc.constant(AT) }),
  fc.record({ type: fc.constant('tool-result' as const), id: part, output: fc.jsonValue(), at: fc.constant(AT) }),
  fc.record({ type: fc.constant('status' as const), status: fc.constant('waiting' as const), message: text, at: fc.constant(AT) }),
  fc.record({ type: fc.constant('notice' as const), error: fc.constant(error), at: fc.constant(AT) }),
  fc.record({ type: fc.constant('data' as const), name: text, data: fc.jsonValue(), at: fc.constant(AT) }),
)
const end: RunEvent = { type: 'run-end', outcome: 'completed', finishReason: 'stop', usage: { outputTokens: 3, basis: 'reported' }, at: AT }
const stream = fc.array(body, { maxLength: 40 }).map((events): RunEvent[] => [...events, end])

function stored(events: readonly (RunEvent | UnknownEvent)[], after = 0): StoredRecord[] {
  return events.map((event, index) => ({ offset: formatOffset(1, after + index + 1), data: encodeEvent(event as RunEvent) }))
}

/** Any slicing into batches, each encoded as past or live as `choices` say. */
function encode(format: WireFormat, records: readonly StoredRecord[], choices: readonly [size: number, live: boolean][]): Uint8Array[] {
  const batches: Uint8Array[] = []
  let at = 0
  for (let turn = 0; at < records.length; turn++) {
    const [size, live] = choices[turn % choices.length] ?? [records.length, false]
    const batch = records.slice(at, at + size)
    batches.push(live ? format.live(batch) : format.past(batch))
    at += size
  }
  return batches
}

function parse(chunks: readonly Uint8Array[]): EventSourceMessage[] {
  const messages: EventSourceMessage[] = []
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onError: (failure) => {
      throw failure
    },
  })
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
  return messages
}

const choices = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()), { minLength: 1, maxLength: 6 })
const well = (value: string): string => value.toWellFormed()

function foldOf(messages: readonly EventSourceMessage[], from?: Answer): Answer {
  return fold(
    messages.map(({ data }) => JSON.parse(data) as RunEvent),
    from,
  )
}

describe('the raw view', () => {
  it('folds to the same answer however it is sliced, and wherever a reader resumes', () => {
    fc.assert(
      fc.property(stream, choices, fc.nat(), (events, slices, pick) => {
        const records = stored(events)
        const messages = parse(encode(rawFormat(), records, slices))
        const expected = fold(records.map(({ data }) => decodeEvent(data)))
        expect(foldOf(messages)).toEqual(expected)

        const cut = messages[pick % messages.length]
        const seen = messages.slice(0, messages.indexOf(cut as EventSourceMessage) + 1)
        const rest = records.filter(({ offset }) => offset > (cut?.id ?? START))
        expect(foldOf(parse(encode(rawFormat(), rest, slices)), foldOf(seen))).toEqual(expected)
      }),
    )
  })

  it('sends a live event as the very bytes that were stored', () => {
    const data = new TextEncoder().encode('{"type":"from-the-future","at":1,"big":12345678901234567890}')
    const offset = formatOffset(2, 7)
    expect(new TextDecoder().decode(rawFormat().live([{ offset, data }]))).toBe(
      `id: ${offset}\ndata: ${new TextDecoder().decode(data)}\n\n`,
    )
    expect(rawFormat().past([{ offset, data }])).toEqual(rawFormat().live([{ offset, data }]))
  })

  it('puts an event that was laid out over lines on one', () => {
    const data = new TextEncoder().encode('{\r\n "type": "x",\n "at": 1\r}')
    expect(parse([rawFormat().live([{ offset: START, data }])])).toEqual([{ id: START, event: undefined, data: '{"type":"x","at":1}' }])
  })
})

describe('the default view', () => {
  it('gives all text of the answer, once, however it is sliced, and wherever a reader resumes', () => {
    fc.assert(
      fc.property(stream, choices, fc.nat(), (events, slices, pick) => {
        const records = stored(events)
        const contents = (messages: readonly EventSourceMessage[]): string =>
          messages.flatMap(({ event, data }) => (event === 'message' ? [(JSON.parse(data) as { content: string }).content] : [])).join('')
        const expected = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('')
        const messages = parse(encode(sseFormat(), records, slices))
        expect(contents(messages)).toBe(expected)
        expect(messages.at(-1)).toMatchObject({ event: 'complete', id: records.at(-1)?.offset })

        const cut = pick % messages.length
        const lastId = messages.slice(0, cut + 1).findLast(({ id }) => id !== undefined)?.id ?? START
        const rest = records.filter(({ offset }) => offset > lastId)
        expect(contents(messages.slice(0, cut + 1)) + contents(parse(encode(sseFormat(), rest, slices)))).toBe(expected)
      }),
    )
  })

  it('counts the same tokens for a late joiner as for a live reader', () => {
    fc.assert(
      fc.property(stream, (events) => {
        const tokens = (chunk: Uint8Array): number =>
          parse([chunk])
            .filter(({ event }) => event === 'message')
            .reduce((sum, { data }) => sum + (JSON.parse(data) as { metadata: { token_count: number } }).metadata.token_count, 0)
        expect(tokens(sseFormat().past(stored(events)))).toBe(tokens(sseFormat().live(stored(events))))
      }),
    )
  })

  const framesFor = (...events: readonly (RunEvent | UnknownEvent)[]): EventSourceMessage[] => parse([sseFormat().live(stored(events))])
  const id = formatOffset(1, 1)

  it.each<[string, RunEvent, string, unknown]>([
    [
      'text with its metadata',
      { type: 'text-delta', id: '0', text: 'a\nb', tokens: 2, code: true, at: AT },
      'message',
      { content: 'a\nb', metadata: { token_count: 2, is_code: true, is_link: false } },
    ],
    [
      'text without metadata',
      { type: 'text-delta', id: '0', text: 'a', at: AT },
      'message',
      { content: 'a', metadata: { token_count: 0, is_code: false, is_link: false } },
    ],
    ['reasoning', { type: 'reasoning-delta', id: '0', text: 'hm', at: AT }, 'reasoning', { content: 'hm' }],
    ['the start of a tool call', { type: 'tool-call-start', id: 't', name: 'f', at: AT }, 'tool', { kind: 'start', id: 't', name: 'f' }],
    ['a piece of its arguments', { type: 'tool-call-delta', id: 't', text: '{', at: AT }, 'tool', { kind: 'delta', id: 't', text: '{' }],
    ['its whole arguments', { type: 'tool-call-end', id: 't', input: '{}', at: AT }, 'tool', { kind: 'end', id: 't', input: '{}' }],
    ['its result', { type: 'tool-result', id: 't', output: { a: 1 }, at: AT }, 'tool', { kind: 'result', id: 't', output: { a: 1 } }],
    ['its failure', { type: 'tool-result', id: 't', error: 'no', at: AT }, 'tool', { kind: 'result', id: 't', error: 'no' }],
    ['a status', { type: 'status', status: 'queued', message: 'Waiting', at: AT }, 'status', { status: 'queued', message: 'Waiting' }],
    [
      'progress',
      { type: 'progress', outputTokens: 1, tokensPerSecond: 2, elapsedMs: 3, at: AT },
      'progress',
      { outputTokens: 1, tokensPerSecond: 2, elapsedMs: 3 },
    ],
    ['a notice', { type: 'notice', error, waitMs: 5, at: AT }, 'error', error],
    [
      'data',
      { type: 'data', name: 'n', data: [1], id: 'i', metadata: { a: 1 }, at: AT },
      'data',
      { name: 'n', data: [1], id: 'i', timestamp: '2026-01-01T00:00:00.000Z', metadata: { a: 1 } },
    ],
    ['the end', end, 'complete', { outcome: 'completed', usage: { outputTokens: 3, basis: 'reported' }, finishReason: 'stop' }],
  ])('shows %s', (_what, event, name, data) => {
    expect(framesFor(event).map((frame) => ({ ...frame, data: JSON.parse(frame.data) }))).toEqual([{ id, event: name, data }])
  })

  it('shows the error of a failed run before its end, and gives only the end an id, so that a break between the two loses neither', () => {
    const failed: RunEvent = { type: 'run-end', outcome: 'failed', error, usage: { basis: 'unknown' }, at: AT }
    expect(framesFor(failed)).toEqual([
      { id: undefined, event: 'error', data: JSON.stringify(error) },
      { id, event: 'complete', data: JSON.stringify({ outcome: 'failed', usage: { basis: 'unknown' } }) },
    ])
  })

  it('shows nothing of starts, ends, usage and types it does not know', () => {
    expect(
      sseFormat().live(
        stored([
          { type: 'run-start', runId: 'r', model: 'm', at: AT },
          { type: 'text-start', id: '0', at: AT },
          { type: 'text-end', id: '0', at: AT },
          { type: 'usage', usage: { basis: 'unknown' }, at: AT },
          { type: 'from-the-future', at: AT, text: 'x' },
        ]),
      ),
    ).toHaveLength(0)
  })

  it('never lets a value of a record end a frame, whatever its type', () => {
    const forged = { type: 'text-delta', id: '0', text: 'x', tokens: '1}}\n\nevent: complete\ndata: {}', at: AT } as unknown as RunEvent
    expect(framesFor(forged)).toHaveLength(1)
  })

  it('writes ids with the prefix it was given, and refuses one that could break a frame', () => {
    const event: RunEvent = { type: 'text-delta', id: '0', text: 'a', at: AT }
    expect(parse([sseFormat('run_1.').live(stored([event]))])[0]?.id).toBe(`run_1.${id}`)
    expect(sseFormat('a.').name).not.toBe(sseFormat('b.').name)
    expect(() => sseFormat('a\nid: b')).toThrow(RangeError)
  })

  it('keeps a connection alive with a comment that no client sees', () => {
    expect(parse([sseFormat().heartbeat, rawFormat().heartbeat])).toEqual([])
    expect(new TextDecoder().decode(sseFormat().heartbeat)).toBe(':\n\n')
  })
})

it('text that is not well formed reaches readers as the replacement character at worst', () => {
  const located: Located<RunEvent>[] = [{ offset: START, event: { type: 'text-delta', id: '0', text: 'a\ud83d', at: AT } }]
  const records = located.map(({ offset, event }) => ({ offset, data: encodeEvent(event) }))
  const [message] = parse([sseFormat().past(records)])
  expect(well((JSON.parse(message?.data ?? '{}') as { content: string }).content)).toBe('a\ufffd')
  expect(answerText(fold(records.map(({ data }) => decodeEvent(data))))).toBe('a\ud83d')
})
