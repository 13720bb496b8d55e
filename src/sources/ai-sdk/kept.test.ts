import { describe, expect, it } from 'vitest'
import { delta, end, eventsOf } from './testing/parts.ts'

describe('sources', () => {
  const source = { type: 'source', sourceType: 'url', id: 'x', url: 'https://example.com/a', title: 'A' }

  it('are citations of the text that is open, and data where none is', () => {
    expect(eventsOf(source)).toEqual([{ type: 'data', name: 'ai.source', data: source }])
    expect(eventsOf(delta('0', 'a'), source)[2]).toEqual({
      type: 'citation',
      id: 'text-0',
      url: source.url,
      title: 'A',
      detail: source,
    })
    expect(eventsOf(delta('0', 'a'), end('0'), source).at(-1)).toMatchObject({ type: 'data' })
    expect(eventsOf(delta('0', 'a'), source, delta('0', 'b'), source).filter(({ type }) => type === 'citation')).toHaveLength(2)
  })

  it('that are said at their place, at the end of the text and after it stand there once', () => {
    const quoted = { source: { ...source, id: 'other' }, citedText: 'words', startIndex: 0, endIndex: 1 }
    const place = { ...source, providerMetadata: { anthropic: { citedText: 'words' } } }
    const events = eventsOf(delta('0', 'a'), place, { ...end('0'), citations: [quoted] }, place)
    expect(events.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'citation', 'text-end'])
    expect(events[2]).toMatchObject({ quote: 'words' })
    const late = eventsOf(delta('0', 'a'), { ...end('0'), citations: [quoted, { ...quoted, startIndex: 5 }] }, place)
    expect(late.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'citation', 'citation', 'text-end'])
    expect(late[2]).toMatchObject({ url: source.url, quote: 'words', detail: quoted })
  })
})

describe('what we have no word for', () => {
  it('is kept under its type', () => {
    for (const part of [
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'b' },
      { type: 'custom', kind: 'openai.compaction', providerMetadata: { openai: { itemId: 'c' } } },
      { type: 'of-tomorrow', value: [1] },
    ]) {
      expect(eventsOf(part)).toEqual([{ type: 'data', name: `ai.${part.type}`, data: part }])
    }
  })

  it('is kept without the bytes of files', () => {
    const file = (data: unknown) => eventsOf({ type: 'file', mediaType: 'image/png', data })
    const kept = (data: unknown) => [{ type: 'data', name: 'ai.file', data: { type: 'file', mediaType: 'image/png', data } }]
    expect(file('aGVsbG8=')).toEqual(kept({ omittedBytes: 5 }))
    expect(file(new Uint8Array(7))).toEqual(kept({ omittedBytes: 7 }))
    expect(file({ type: 'data', data: 'aGVsbG8=' })).toEqual(kept({ omittedBytes: 5 }))
    expect(file({ type: 'url', url: new URL('https://example.com/x') })).toEqual(kept({ type: 'url', url: 'https://example.com/x' }))
    const image = { type: 'tool-result', toolCallId: 'i', result: { result: 'A'.repeat(100_000) } }
    expect(eventsOf({ type: 'tool-call', toolCallId: 'i', toolName: 'draw', input: '{}' }, image).at(-1)).toMatchObject({
      output: { result: { omittedBytes: 75_000 } },
    })
  })

  it('is kept of the warnings at the start, if there are any', () => {
    const warnings = [{ type: 'unsupported', feature: 'temperature' }]
    expect(eventsOf({ type: 'stream-start', warnings })).toEqual([{ type: 'data', name: 'ai.warnings', data: warnings }])
    expect(eventsOf({ type: 'stream-start', warnings: [] })).toEqual([])
  })

  it('is left out where it says nothing, or only what other parts say', () => {
    expect(
      eventsOf(
        { type: 'ping' },
        { type: 'raw', rawValue: { a: 1 } },
        { type: 'custom', kind: 'anthropic.message_start', providerMetadata: {} },
      ),
    ).toEqual([])
  })
})
