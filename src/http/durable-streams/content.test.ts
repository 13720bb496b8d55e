import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { START } from '../../core/offset.ts'
import { bodyOf, isJson, isText, MAX_MESSAGES, mediaType, recordsOf } from './content.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const JSON_TYPE = 'application/json; charset=utf-8'

function messages(text: string): readonly string[] {
  return recordsOf(JSON_TYPE, encoder.encode(text)).map((record) => decoder.decode(record))
}

/** JSON text of a value, with white space wherever JSON has room for it. */
function spaced(value: unknown, space: string): string {
  if (Array.isArray(value)) return `[${space}${value.map((one) => spaced(one, space)).join(`${space},${space}`)}${space}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}${space}:${space}${spaced(one, space)}`)
  return `{${space}${members.join(`${space},${space}`)}${space}}`
}

describe('a JSON body', () => {
  it('that is an array is as many messages as JSON.parse finds, each with the same value', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom('', ' ', '\n\t ', '\r\n'), (values, space) => {
        const parsed = JSON.parse(JSON.stringify(values)) as unknown[]
        expect(messages(space + spaced(parsed, space) + space).map((message) => JSON.parse(message))).toEqual(parsed)
      }),
    )
  })

  it('that is no array is one message', () => {
    fc.assert(
      fc.property(
        fc.jsonValue().filter((value) => !Array.isArray(value)),
        (value) => {
          expect(messages(` ${JSON.stringify(value)}\n`)).toEqual([JSON.stringify(value)])
        },
      ),
    )
  })

  it('keeps what a double cannot hold, and the order and doubling of keys', () => {
    expect(messages('[12345678901234567890, 1.10, {"b":1,"a":2,"b":3}]')).toEqual(['12345678901234567890', '1.10', '{"b":1,"a":2,"b":3}'])
  })

  it('is cut at its own commas only', () => {
    expect(messages(String.raw`["a,]\"\\", [1,[2]], {"}":"["}]`)).toEqual([String.raw`"a,]\"\\"`, '[1,[2]]', '{"}":"["}'])
    expect(messages('[ ]')).toEqual([])
    expect(messages('[""]')).toEqual(['""'])
  })

  it.each(['{', '[1,]', '', 'nothing', '[1] [2]'])('that is none is refused: %j', (text) => {
    expect(() => messages(text)).toThrow('not valid JSON')
  })

  it('in another encoding is refused', () => {
    expect(() => recordsOf(JSON_TYPE, Uint8Array.of(0x22, 0xff, 0x22))).toThrow('not valid JSON in UTF-8')
  })

  it('of very many tiny messages is refused before they cost a hundred times their bytes', () => {
    expect(() => messages(`[${'1,'.repeat(MAX_MESSAGES)}1]`)).toThrow('at most')
    expect(messages(`[${'1,'.repeat(MAX_MESSAGES - 1)}1]`)).toHaveLength(MAX_MESSAGES)
  })

  it('nested as deep as it likes is one message', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(messages(`[${deep}]`)).toEqual([deep])
  })
})

it('what was sent in any pieces is read back whole', () => {
  const stored = (parts: readonly Uint8Array[]) => parts.map((data) => ({ offset: START, data }))
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (parts) => {
      expect([...bodyOf('application/octet-stream', stored(parts))]).toEqual(parts.flatMap((part) => [...part]))
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (values) => {
      const records = values.flatMap((value) => recordsOf(JSON_TYPE, encoder.encode(JSON.stringify([value]))))
      expect(JSON.parse(decoder.decode(bodyOf(JSON_TYPE, stored(records))))).toEqual(JSON.parse(JSON.stringify(values)))
    }),
  )
})

it('types are the same whatever their case and parameters', () => {
  expect(mediaType(' Application/JSON ; charset=UTF-8')).toBe('application/json')
  expect([isJson('application/json;x'), isJson('application/jsonl'), isText('Text/Plain'), isText('application/x')]).toEqual([
    true,
    false,
    true,
    false,
  ])
})
