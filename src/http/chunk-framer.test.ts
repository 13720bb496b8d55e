import { expect, it } from 'vitest'
import { chunkFramer } from './chunk-framer.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

it('frames bytes as a chunk with its length in hexadecimal', () => {
  expect(decode(chunkFramer()(encode('data: abcdefghij\n\n')))).toBe('12\r\ndata: abcdefghij\n\n\r\n')
})

it('frames shared bytes once', () => {
  const frame = chunkFramer()
  const shared = encode('a')
  expect(frame(shared)).toBe(frame(shared))
  expect(decode(frame(encode('b')))).toBe('1\r\nb\r\n')
  expect(decode(frame(shared))).toBe('1\r\na\r\n')
})

it('never writes the empty chunk, which would end the body', () => {
  expect(chunkFramer()(new Uint8Array(0))).toHaveLength(0)
})
