import { describe, expect, it } from 'vitest'
import { closes, expiryOf, forkOf, producerOf } from './headers.ts'

const of = (headers: Record<string, string>): Headers => new Headers(headers)

describe('the headers of a request', () => {
  it.each(['01', '-1', '+1', '1.0', '1e3', '', ' ', '0x1', '9007199254740992'])('take no other form of a number: %j', (text) => {
    expect(() => expiryOf(of({ 'stream-ttl': text }))).toThrow('stream-ttl')
  })

  it('say when a stream is to go', () => {
    expect(expiryOf(of({}))).toBeUndefined()
    expect(expiryOf(of({ 'stream-ttl': '0' }))).toEqual({ kind: 'sliding', ttlMs: 0 })
    expect(expiryOf(of({ 'stream-expires-at': '2030-01-31T12:00:00+02:00' }))).toEqual({
      kind: 'absolute',
      atMs: Date.UTC(2030, 0, 31, 10),
    })
    expect(() => expiryOf(of({ 'stream-expires-at': '2030-13-31T12:00:00Z' }))).toThrow('RFC 3339')
    expect(() => expiryOf(of({ 'stream-expires-at': 'tomorrow' }))).toThrow('RFC 3339')
    expect(() => expiryOf(of({ 'stream-ttl': '1', 'stream-expires-at': '2030-01-31T12:00:00Z' }))).toThrow('not both')
  })

  it('name a producer whole or not at all', () => {
    const all = { 'producer-id': 'p', 'producer-epoch': '1', 'producer-seq': '2' }
    expect(producerOf(of(all))).toEqual({ id: 'p', epoch: 1, seq: 2 })
    expect(producerOf(of({}))).toBeUndefined()
    for (const left of Object.keys(all)) {
      const rest = Object.fromEntries(Object.entries(all).filter(([name]) => name !== left))
      expect(() => producerOf(of(rest))).toThrow('together')
    }
  })

  it('fork from a place or from the end', () => {
    expect(forkOf(of({}))).toBeUndefined()
    expect(forkOf(of({ 'stream-forked-from': '/v1/stream/a' }))).toEqual({ source: '/v1/stream/a', subOffset: 0 })
    expect(() => forkOf(of({ 'stream-fork-offset': '-1' }))).toThrow('need')
    expect(() => forkOf(of({ 'stream-forked-from': '/v1/stream/a', 'stream-fork-sub-offset': '1' }))).toThrow('counts from')
  })

  it('close with the word true only', () => {
    expect(['true', 'TRUE', 'false', '1', ''].map((text) => closes(of({ 'stream-closed': text })))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
