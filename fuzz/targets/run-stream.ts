/** The stream of a run: encoding, what late joiners get, and both views as bytes. */
import { coalesce } from '../../src/core/coalesce.ts'
import { decodeEvent, encodeEvent, isKnownEvent, type Located, type RunEvent, type UnknownEvent } from '../../src/core/event.ts'
import { fold } from '../../src/core/fold.ts'
import { START } from '../../src/core/offset.ts'
import { framesOf } from '../../src/http/frames.ts'
import { rawFormat, sseFormat } from '../../src/http/wire-formats.ts'
import { createChoices } from '../choices.ts'
import { referenceFrames } from '../reference-sse.ts'
import { runStreamFrom } from '../run-stream.ts'
import { bytesOf, counted, must, mustBeSame, type Target } from '../target.ts'

type Stream = readonly Located<RunEvent | UnknownEvent>[]

const answer = (stream: Stream) => fold(stream.map(({ event }) => event))
const decoder = new TextDecoder('utf-8', { fatal: true })

const MAX_RESUMES = 10

function checkCoalesced(stream: Stream, from: number): void {
  const slice = stream.slice(from)
  const merged = coalesce(slice)
  const before = stream.slice(0, from)
  mustBeSame(answer([...before, ...merged]), answer(stream), 'a coalesced past folds to the same answer')
  must(merged.length <= slice.length, 'a coalesced past is no longer')
  mustBeSame(merged.at(-1)?.offset, slice.at(-1)?.offset, 'a coalesced past ends where the past ends')
  for (const [index, { offset }] of merged.entries()) {
    must(offset > (merged[index - 1]?.offset ?? START), 'offsets of a coalesced past rise')
    // All of them in a short stream, one in a few in a long one: each costs a fold.
    if (index % Math.ceil(merged.length / MAX_RESUMES) !== 0) continue
    const resumed = [...before, ...merged.slice(0, index + 1), ...slice.filter((item) => item.offset > offset)]
    mustBeSame(answer(resumed), answer(stream), 'resuming at any frame gives the same answer')
  }
}

/** What must come out of the default view for one event, from the table of PROTOCOL 4.4. */
const SHOWN: Readonly<Record<string, string>> = {
  'text-delta': 'message',
  'reasoning-delta': 'reasoning',
  citation: 'citation',
  'tool-call-start': 'tool',
  'tool-call-delta': 'tool',
  'tool-call-end': 'tool',
  'tool-result': 'tool',
  status: 'status',
  progress: 'progress',
  data: 'data',
  notice: 'error',
  'run-end': 'complete',
}

function checkFrames({ offset, event }: Located<RunEvent | UnknownEvent>): void {
  const frames = referenceFrames(framesOf(offset, event))
  const name = isKnownEvent(event) ? SHOWN[event.type] : undefined
  const names = name === undefined ? [] : event.type === 'run-end' && event['error'] !== undefined ? ['error', name] : [name]
  mustBeSame(
    frames.map((frame) => frame.event),
    names,
    'an event gives its frames and no others',
  )
  const last = frames.at(-1)
  if (last === undefined) return
  must(last.id === offset && frames.slice(0, -1).every(({ id }) => id === undefined), 'the last frame of an event has its offset', () =>
    JSON.stringify(frames),
  )
  const data = frames.map((frame) => JSON.parse(frame.data))
  if (event.type === 'text-delta' || event.type === 'reasoning-delta') mustBeSame(data[0].content, event['text'], 'text arrives as it was')
  if (event.type === 'tool-call-end') mustBeSame(data[0].input, event['input'], 'arguments arrive as they were')
  if (event.type === 'data')
    mustBeSame([data[0].name, data[0].data, data[0].id], [event['name'], event['data'], event['id']], 'data arrives as it was')
}

function checkViews(stream: Stream): void {
  const records = stream.map(({ offset, event }) => ({ offset, data: encodeEvent(event as RunEvent).slice() }))
  for (const [index, { data }] of records.entries())
    mustBeSame(decodeEvent(data), stream[index]?.event, 'an event reads back as it was written')
  const raw = rawFormat()
  const live = referenceFrames(decoder.decode(raw.live(records)))
  mustBeSame(
    live.map(({ id, data }) => [id, JSON.parse(data)]),
    stream.map(({ offset, event }) => [offset, event]),
    'the raw view gives the events as stored',
  )
  const past = referenceFrames(decoder.decode(raw.past(records)))
  mustBeSame(
    past.map(({ id, data }) => [id, JSON.parse(data)]),
    coalesce(stream).map(({ offset, event }) => [offset, event]),
    'the raw past is the coalesced one',
  )
  const sse = sseFormat('run.')
  const single = records.flatMap((record) => referenceFrames(decoder.decode(sse.live([record]))))
  mustBeSame(referenceFrames(decoder.decode(sse.live(records))), single, 'frames do not run into each other')
  const ids = referenceFrames(decoder.decode(sse.past(records))).flatMap(({ id }) => id ?? [])
  must(
    ids.every((id, index) => id.startsWith('run.') && id > (ids[index - 1] ?? '')),
    'ids of the default view rise',
    () => ids.join(' '),
  )
}

export const runStream: Target = {
  name: 'run-stream',
  seeds: () =>
    ['', 'hello world', '\u0000\u0001\u0005a\u00ffbc\u0011\u0003abc', 'data: x\n\nid: 1\n', 'aaaabbbbccccddddeeeeffffgggg'].map(bytesOf),
  dictionary: ['\u0000', '\u0001\u0003abc', '\u0005', '\u0011', '\u00ff', '\u0080'],
  shape: 'bytes',
  maxBytes: 600,
  run(input) {
    const choices = createChoices(input)
    const from = choices.below(8)
    const stream = runStreamFrom(choices)
    checkCoalesced(stream, from)
    for (const item of stream) checkFrames(item)
    checkViews(stream)
    return { features: [...counted(stream.map(({ event }) => event.type)), `merged*${stream.length - coalesce(stream).length > 0}`] }
  },
}
