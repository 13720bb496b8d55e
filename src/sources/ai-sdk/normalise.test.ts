import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf } from '../../conformance/source/collect.ts'
import { delta, end, eventsOf, type Part, read, start, USAGE } from './testing/parts.ts'

describe('text', () => {
  it('begins with its first character, so an empty part never exists', () => {
    expect(eventsOf(start('0'), end('0'), start('1'), delta('1', ''), delta('1', 'a'), end('1'))).toEqual([
      { type: 'text-start', id: 'text-1' },
      { type: 'text-delta', id: 'text-1', text: 'a' },
      { type: 'text-end', id: 'text-1' },
    ])
  })

  it('of an id that begins again is another part', () => {
    const events = eventsOf(start('0'), delta('0', 'a'), end('0'), start('0'), delta('0', 'b'), start('0'), delta('0', 'c'))
    expect(answerOf(events).parts).toMatchObject([
      { id: 'text-0', text: 'a' },
      { id: 'text-0-2', text: 'b' },
      { id: 'text-0-3', text: 'c' },
    ])
  })

  it('without a start, after an end and without an end is kept', () => {
    const events = eventsOf(delta('0', 'a'), end('0'), end('0'), delta('0', 'b'), end('7'))
    expect(answerOf(events).parts).toMatchObject([
      { text: 'a', done: true },
      { text: 'b', done: true },
    ])
  })

  it('and reasoning may share an id and take turns', () => {
    const events = eventsOf(delta('0', 'a'), { type: 'reasoning-delta', id: '0', delta: 'why' }, delta('0', 'b'))
    expect(answerOf(events).parts).toMatchObject([
      { kind: 'text', text: 'ab' },
      { kind: 'reasoning', text: 'why' },
    ])
  })
})

describe('reasoning', () => {
  const sealed = (metadata: unknown, ...more: readonly Part[]) =>
    eventsOf(
      { type: 'reasoning-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'why' },
      { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: metadata },
      ...more,
      { type: 'reasoning-end', id: '0' },
    ).at(-1)

  it('carries the seal of each provider at its end', () => {
    expect(sealed({ anthropic: { signature: 'sig' } })).toEqual({ type: 'reasoning-end', id: 'reasoning-0', signature: 'sig' })
    expect(sealed({ google: { thoughtSignature: 'sig' } })).toMatchObject({ signature: 'sig' })
    expect(sealed({ openai: { itemId: 'rs_1', reasoningEncryptedContent: 'enc' } })).toMatchObject({ signature: 'enc' })
    expect(sealed({ openai: { itemId: 'rs_1', reasoningEncryptedContent: null } })).toEqual({ type: 'reasoning-end', id: 'reasoning-0' })
  })

  it('takes the newest metadata, as the SDK does: a part that is not the last of its item loses what it began with', () => {
    const events = eventsOf(
      { type: 'reasoning-start', id: '0', providerMetadata: { openai: { reasoningEncryptedContent: 'early' } } },
      { type: 'reasoning-delta', id: '0', delta: 'why' },
      { type: 'reasoning-end', id: '0', providerMetadata: { openai: { itemId: 'rs_1' } } },
    )
    expect(events.at(-1)).toEqual({ type: 'reasoning-end', id: 'reasoning-0' })
  })

  it('of which nothing is shown exists for the sake of its seal, and without a seal not at all', () => {
    const redacted = { type: 'reasoning-start', id: '0', providerMetadata: { anthropic: { redactedData: 'enc' } } }
    expect(eventsOf(redacted, { type: 'reasoning-end', id: '0' })).toEqual([
      { type: 'reasoning-start', id: 'reasoning-0' },
      { type: 'reasoning-end', id: 'reasoning-0', signature: 'enc', redacted: true },
    ])
    expect(eventsOf(redacted)).toHaveLength(2)
    const encrypted = { type: 'reasoning-end', id: '0', providerMetadata: { openai: { reasoningEncryptedContent: 'enc' } } }
    expect(eventsOf({ type: 'reasoning-start', id: '0' }, encrypted)[1]).toMatchObject({ signature: 'enc', redacted: true })
    const silent = { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: { anthropic: { signature: 'sig' } } }
    expect(eventsOf(silent, { type: 'reasoning-end', id: '0' })).toEqual([
      { type: 'reasoning-start', id: 'reasoning-0' },
      { type: 'reasoning-end', id: 'reasoning-0', signature: 'sig' },
    ])
    expect(eventsOf({ type: 'reasoning-start', id: '0' }, { type: 'reasoning-end', id: '0' })).toEqual([])
  })
})

describe('a tool call', () => {
  const begin: Part = { type: 'tool-input-start', id: 'call_1', toolName: 'find' }
  const piece = (text: string): Part => ({ type: 'tool-input-delta', id: 'call_1', delta: text })
  const call = (input: unknown, id = 'call_1'): Part => ({ type: 'tool-call', toolCallId: id, toolName: 'find', input })
  const whole = [
    { type: 'tool-call-start', id: 'call_1', name: 'find' },
    { type: 'tool-call-delta', id: 'call_1', text: '{"q":1}' },
    { type: 'tool-call-end', id: 'call_1', input: '{"q":1}' },
  ]

  it('that streams its input, and one that comes whole, and one that comes twice, are the same', () => {
    expect(eventsOf(begin, piece('{"q":1}'), { type: 'tool-input-end', id: 'call_1' }, call('{"q":1}'))).toEqual(whole)
    expect(eventsOf(call('{"q":1}'))).toEqual(whole)
    expect(eventsOf(call({ q: 1 }))).toEqual(whole)
    expect(eventsOf(call('{"q":1}'), call('{"q":1}'))).toEqual(whole)
    expect(eventsOf(begin, begin, piece('{"q":1}'))).toEqual(whole)
  })

  it('ends with the input of the call where the pieces say something else', () => {
    expect(eventsOf(begin, piece('{"code":"'), call('{"q":1}')).at(-1)).toEqual(whole.at(-1))
  })

  it('under an id that was used is another call', () => {
    const events = eventsOf(call('{"q":1}'), call('{"q":2}'), begin, piece('{}'), call('{}'))
    const calls = answerOf(events).parts
    expect(calls.map((part) => ('input' in part ? part.input : ''))).toEqual(['{"q":1}', '{"q":2}', '{}'])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(3)
  })

  it('that the provider ran has its result, and an error is one', () => {
    const result = { type: 'tool-result', toolCallId: 'call_1', toolName: 'find' }
    expect(eventsOf(call('{}'), { ...result, result: { hits: 3 } }).at(-1)).toEqual({
      type: 'tool-result',
      id: 'call_1',
      output: { hits: 3 },
    })
    expect(eventsOf(call('{}'), { ...result, result: { why: 'secret' }, isError: true }).at(-1)).toEqual({
      type: 'tool-result',
      id: 'call_1',
      error: '{"why":"***"}',
    })
    expect(
      eventsOf(begin, piece('{}'), { ...result, result: 1 })
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['tool-call-end', 'tool-result'])
    expect(eventsOf(call('{}'), { ...result, result: 'preview', preliminary: true })).toHaveLength(3)
  })

  it('of an earlier message leaves its result as data', () => {
    const result = { type: 'tool-result', toolCallId: 'old', toolName: 'find', result: 1 }
    expect(eventsOf(result)).toEqual([{ type: 'data', name: 'ai.tool-result', data: result }])
  })
})

describe('the response', () => {
  it('is named once, and not without an id', () => {
    expect(
      eventsOf(
        { type: 'response-metadata', modelId: 'm' },
        { type: 'response-metadata', id: 'r1' },
        { type: 'response-metadata', id: 'r1' },
      ),
    ).toEqual([{ type: 'response', responseId: 'r1' }])
  })

  it('finishes with the reason and the usage of each specification', () => {
    const finish = (finishReason: unknown, usage: unknown) => read([{ type: 'finish', finishReason, usage }]).events.at(-1)
    expect(finish({ unified: 'length', raw: 'max_tokens' }, USAGE)).toEqual({
      type: 'finish',
      reason: 'length',
      usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 3, reasoningTokens: 1, basis: 'reported' },
    })
    expect(finish('tool-calls', { inputTokens: 9, outputTokens: undefined, cachedInputTokens: 2 })).toEqual({
      type: 'finish',
      reason: 'tool-calls',
      usage: { inputTokens: 9, cachedInputTokens: 2, basis: 'reported' },
    })
    expect(finish({ unified: 'stop', raw: 'pause_turn' }, {})).toEqual({ type: 'finish', reason: 'pause', usage: { basis: 'unknown' } })
    expect(finish({ unified: 'other', raw: 'compaction' }, undefined)).toMatchObject({ reason: 'other' })
    expect(finish('other', undefined)).toMatchObject({ reason: 'other' })
  })

  it('is not complete when the model says so, or only fell silent', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ unified: 'interrupted', raw: undefined }, 'connection'],
      [{ unified: 'other', raw: undefined }, 'connection'],
      ['unknown', 'connection'],
      [undefined, 'connection'],
      [{ unified: 'error', raw: 'secret' }, 'provider'],
      ['error', 'provider'],
      [{ unified: 'other', raw: 'insufficient_system_resource' }, 'provider'],
    ]
    for (const [finishReason, code] of cases) {
      const { events, error } = read([delta('0', 'a'), { type: 'finish', finishReason, usage: USAGE }])
      expect(error).toMatchObject({ code, retryable: true })
      expect(error?.message).not.toContain('secret')
      expect(events.at(-1)).toMatchObject({ type: 'usage', usage: { outputTokens: 3 } })
    }
  })
})

describe('whatever a model sends', () => {
  it('stays in order, uses ids once, and ends all parts', () => {
    const id = fc.constantFrom('0', '1', '0-2', 'text-0')
    const text = fc.constantFrom('', 'a', 'bc')
    const block = fc.constantFrom('text', 'reasoning').chain((kind) =>
      fc.constantFrom('start', 'delta', 'end').chain((step) =>
        fc.record({
          type: fc.constant(`${kind}-${step}`),
          id,
          delta: text,
          providerMetadata: fc.constantFrom(undefined, { x: { signature: 's' } }),
        }),
      ),
    )
    const tool = fc.oneof(
      fc.record({
        type: fc.constantFrom('tool-input-start', 'tool-input-delta', 'tool-input-end'),
        id,
        toolName: fc.constantFrom('a', 'b'),
        delta: text,
      }),
      fc.record({ type: fc.constant('tool-call'), toolCallId: id, toolName: fc.constantFrom('a', 'b'), input: text }),
      fc.record({ type: fc.constant('tool-result'), toolCallId: id, result: text, isError: fc.boolean(), preliminary: fc.boolean() }),
    )
    const source = fc.record({ type: fc.constant('source'), url: fc.constantFrom('u', 'v') })
    const broken = fc.record({
      type: fc.constantFrom('text-delta', 'tool-call', 'tool-result', 'x', ''),
      id: fc.anything(),
      delta: fc.anything(),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(block, block, tool, source, broken), { maxLength: 40 }), (parts) => {
        const events = eventsOf(...parts)
        expect(answerOf(events).parts.map(({ id: used }) => used)).toEqual([...new Set(answerOf(events).parts.map(({ id: used }) => used))])
      }),
      { numRuns: 1_000 },
    )
  })
})
