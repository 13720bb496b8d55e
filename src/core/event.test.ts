import { describe, expect, it } from 'vitest'
import { decodeEvent, encodeEvent, type RunEvent } from './event.ts'

describe('a stored event', () => {
  it('reads back as it was written, half surrogate pairs and line separators included', () => {
    const event: RunEvent = { type: 'text-delta', id: 'p1', text: 'a\ud83d\u2028\u0000\r\n', at: 1 }
    expect(decodeEvent(encodeEvent(event))).toEqual(event)
  })

  it.each(['\ufeff{"type":"x","at":1}', 'null', '[]', '{"type":1}', '{'])('is none when the bytes are %j', (text) => {
    expect(() => decodeEvent(new TextEncoder().encode(text))).toThrow(expect.objectContaining({ code: 'storage-corrupt' }))
  })
})
