import { describe, expect, it } from 'vitest'
import { createEventReader } from './sse.ts'

const encoder = new TextEncoder()

describe('a bad frame', () => {
  const read = (text: string | Uint8Array, maxEventChars?: number): unknown => {
    const seen: unknown[] = []
    const limit = maxEventChars === undefined ? {} : { maxEventChars }
    const reader = createEventReader({
      label: 'The provider',
      onEvent: (wire) => seen.push(wire),
      onDone: () => seen.push('done'),
      ...limit,
    })
    try {
      reader.feed(typeof text === 'string' ? encoder.encode(text) : text)
      reader.end()
    } catch (error) {
      return error
    }
    return seen
  }

  it('that is not a JSON object is a provider error, and its text is not in the message', () => {
    for (const frame of ['{"type":', 'secret words', '7', 'null', '[]', '"text"']) {
      const error = read(`data: ${frame}\n\n`)
      expect(error).toMatchObject({ code: 'provider' })
      expect(String(error)).not.toContain('secret')
    }
  })

  it('that the end of the bytes cut off is a connection error', () => {
    expect(read('data: {"type":"resp')).toMatchObject({ code: 'connection' })
    expect(read(encoder.encode('data: {"type":"é').subarray(0, -1))).toMatchObject({ code: 'connection' })
  })

  it('that is not UTF-8 is a provider error', () => {
    expect(read(Uint8Array.of(100, 97, 116, 97, 58, 0xff, 10, 10))).toMatchObject({ code: 'provider' })
  })

  it('that is too long is a provider error, however it is split', () => {
    const long = JSON.stringify({ text: 'x'.repeat(200) })
    expect(read(`data: ${long}\n\n`, 100)).toMatchObject({ code: 'provider' })
    expect(read(`data: ${long}`, 100)).toMatchObject({ code: 'provider' })
    expect(read(`data: ${'x'.repeat(60)}\ndata: ${'x'.repeat(60)}`, 100)).toMatchObject({ code: 'provider' })
    expect(read(`data: {}\n\n`, 100)).toEqual([{}])
    expect(read(`data: {}\n\ndata: [DONE]\n\n`)).toEqual([{}, 'done'])
  })
})

describe('a byte order mark', () => {
  const first = (text: string): unknown => {
    const seen: unknown[] = []
    const reader = createEventReader({ label: 'The provider', onEvent: (wire) => seen.push(wire), onDone: () => {} })
    for (const byte of encoder.encode(`${text}data: {"a":1}\n\n`)) reader.feed(Uint8Array.of(byte))
    reader.end()
    return seen[0]
  }

  it('is skipped once, at the beginning', () => {
    expect(first('\ufeff')).toEqual({ a: 1 })
    for (const other of ['\ufeff\ufeff', '\u00ef\u00bb\u00bf', '\n\ufeff']) expect(first(other), JSON.stringify(other)).toBeUndefined()
  })
})
