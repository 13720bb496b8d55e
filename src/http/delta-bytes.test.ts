/** What is done on bytes gives what decoding, `coalesce` and `framesOf` give, to the byte, for any records. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesce } from '../core/coalesce.ts'
import { decodeEvent, encodeEvent, type TextMetadata } from '../core/event.ts'
import { formatOffset } from '../core/offset.ts'
import { runStream } from '../core/testing/arbitrary-events.ts'
import type { StoredRecord } from '../ports/store.ts'
import { headOf, readDelta } from './delta-bytes.ts'
import { frameOfBytes, framesOf } from './frames.ts'
import { mergeDeltaBytes } from './merged-deltas.ts'
import { rawFormat, sseFormat } from './wire-formats.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const located = ({ offset, data }: StoredRecord) => ({ offset, event: decodeEvent(data) })
const plainly = {
  live: (records: readonly StoredRecord[]) => records.map(located),
  past: (records: readonly StoredRecord[]) => coalesce(records.map(located)),
}

/** What a call gives, or the code of its error. */
function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return { code: (error as { code?: unknown }).code }
  }
}

function expectSame(records: readonly StoredRecord[]): void {
  for (const way of ['live', 'past'] as const) {
    const text = outcome(() => new TextDecoder('utf-8', { ignoreBOM: true }).decode(sseFormat()[way](records)))
    expect(text).toEqual(
      outcome(() =>
        plainly[way](records)
          .map(({ offset, event }) => framesOf(offset, event))
          .join('')
          .toWellFormed(),
      ),
    )
  }
  expect(outcome(() => coalesce(mergeDeltaBytes(records).map(located)))).toEqual(outcome(() => plainly.past(records)))
}

const records = (datas: readonly Uint8Array[]): StoredRecord[] => datas.map((data, index) => ({ offset: formatOffset(1, index + 1), data }))

const PIECES = [
  'a',
  ' ',
  '"',
  '\\',
  '\n',
  '\t',
  '\b',
  '\0',
  '\u001f',
  '\u007f',
  'é',
  '日本',
  '\u2028',
  '😀',
  '\ud83d',
  '\ude00',
  '\ufeff',
  '/',
]
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((pieces) => pieces.join(''))
const type = fc.constantFrom('text-delta', 'text-delta', 'text-delta', 'reasoning-delta', 'tool-call-delta')
const at = fc.constantFrom(0, 1, 1_700_000_000_000)
/** Mostly what we write, in a few variants, so that many adjacent ones belong together. */
const delta = fc
  .record({ type, id: fc.constantFrom('p', 'p', 'q', 'é', '"'), text })
  .chain((start) =>
    fc
      .record({ tokens: fc.constantFrom(0, 1, 12, 1_234_567_890), code: fc.constant(true), link: fc.constant(true) }, { requiredKeys: [] })
      .chain((metadata) => at.map((time) => ({ ...start, ...metadata, at: time }))),
  )
const foreign = fc.constantFrom(
  '{"type":"text-delta","text":"a","id":"p","at":1}',
  '{"type":"text-delta","id":"p","text":"\\u0061\\/","at":1}',
  '{"type":"text-delta","id":"p","text":"a","at":1,"new":{}}',
  '{"type":"text-delta","id":"p","text":"a","new":"b","tokens":1,"at":1}',
  '{"type":"text-delta","id":"p","text":"a","code":false,"at":1}',
  '{"type":"text-delta","id":"p","text":"a","link":true,"code":true,"at":1}',
  '{"type":"text-delta","id":"p","text":"a","tokens":1.5,"at":1}',
  '{"type":"text-delta","id":"p","text":"a","tokens":"1","at":1}',
  '{"type":"text-delta","id":"p","text":"a","at":1e3}',
  '{"type":"text-delta","id":"p","text":"a","at":-1}',
  '{ "type":"text-delta","id":"p","text":"a","at":1}',
  '{"type":"text-delta","id":"p","text":5,"at":1}',
  '{"type":"text-delta","id":"p","text":"a"}',
  '{"type":"reasoning-delta","id":"p","text":"a","tokens":3,"at":1}',
  '{"type":"status","status":"waiting","message":"Waiting","at":1}',
  '{"type":"from-the-future","at":1}',
)
const stored = fc.oneof(
  { weight: 9, arbitrary: delta.map((event) => bytesOf(JSON.stringify(event))) },
  { weight: 1, arbitrary: foreign.map(bytesOf) },
)

describe('frames made of stored bytes are those of the events', () => {
  it('for streams as they are written', () => {
    fc.assert(
      fc.property(runStream, (events) => {
        expectSame(events.map(({ offset, event }) => ({ offset, data: encodeEvent(event).slice() })))
      }),
    )
  })

  it('for deltas of any text, and for records that another program wrote', () => {
    fc.assert(
      fc.property(fc.array(stored, { maxLength: 12 }), (datas) => {
        expectSame(records(datas))
      }),
      { numRuns: 1_000 },
    )
  })

  it('for damaged records, which are refused where decoding refuses them', () => {
    const damage = fc.record({ record: fc.nat(), at: fc.nat(), byte: fc.oneof(fc.nat(255), fc.constantFrom(...bytesOf('"\\u0,{}:1'))) })
    fc.assert(
      fc.property(fc.array(stored, { minLength: 1, maxLength: 3 }), damage, fc.boolean(), (datas, { record, at: place, byte }, cut) => {
        const damaged = datas.map((data) => data.slice())
        const index = record % damaged.length
        const data = damaged[index] ?? new Uint8Array(0)
        data[place % data.length] = byte
        if (cut) damaged[index] = data.slice(0, place % data.length)
        expectSame(records(damaged))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    '"tokens":,"at":1}',
    '"tokens":01,"at":1}',
    '"tokens":12345678901234567891,"at":1}',
    '"at":}',
    '"at":01}',
    '"at":1',
    '"at":1}}',
    '"at":1 }',
  ])('for deltas that end with %s', (end) => {
    const data = bytesOf(`{"type":"text-delta","id":"p","text":"a",${end}`)
    expectSame(records([data]))
    expectSame(records([bytesOf('{"type":"text-delta","id":"p","text":"a","tokens":1,"at":1}'), data]))
  })

  it('when a character or an escape is cut between two records', () => {
    const head = '{"type":"text-delta","id":"p","text":"'
    const tail = bytesOf('","at":1}')
    const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
    for (const whole of ['é', '日', '😀', '\\u0061', '\\ud83d\\ude00', '\\n']) {
      const bytes = bytesOf(whole)
      for (let cut = 1; cut < bytes.length; cut++) {
        expectSame(records([bytes.subarray(0, cut), bytes.subarray(cut)].map((half) => join(bytesOf(head), half, tail))))
      }
    }
  })
})

describe('deltas as we write them', () => {
  const written = (event: { readonly text: string } & TextMetadata): Uint8Array =>
    encodeEvent({ type: 'text-delta', id: 'text-0-0', ...event, at: 1_700_000_000_000 }).slice()

  it('are not decoded', () => {
    for (const event of [{ text: 'a "b"\n' }, { text: '日本', tokens: 2 }, { text: '', tokens: 1, code: true, link: true } as const]) {
      expect(frameOfBytes('1', written(event))).toBeDefined()
    }
    expect(mergeDeltaBytes(records([written({ text: 'a' }), written({ text: 'b\\' }), written({ text: '日' })]))).toEqual([
      { offset: formatOffset(1, 3), data: written({ text: 'ab\\日' }) },
    ])
  })

  it('are taken apart where their parts are', () => {
    const data = written({ text: 'a\\"', tokens: 12, link: true })
    const head = headOf(data)
    const read = head && readDelta(data, head)
    expect(read).toMatchObject({ tokens: 12, code: undefined, link: true })
    expect(new TextDecoder().decode(data.subarray(read?.rest))).toBe(',"link":true,"at":1700000000000}')
  })

  it('go out as they were stored when they have no neighbour, also in the raw view', () => {
    const alone = records([written({ text: 'a' })])
    expect(mergeDeltaBytes(alone)[0]).toBe(alone[0])
    expect(rawFormat().past(alone)).toEqual(rawFormat().live(alone))
  })
})
