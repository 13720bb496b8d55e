import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callsOf, onlyText, plainReasoning, proseOf, sealsOf } from './delta.ts'

const OTHER_FIELDS = ['role', 'refusal', 'reasoning', 'reasoning_content', 'reasoning_details', 'tool_calls', 'function_call', 'audio']

describe('the text of a delta that says nothing else', () => {
  it.each([
    ['content alone', { content: 'a' }, 'a'],
    ['with the role and fields of null', { role: 'assistant', content: 'a', refusal: null, tool_calls: null }, 'a'],
    ['beside a call', { content: 'a', tool_calls: [] }, undefined],
    ['beside a field that is not known', { content: 'a', audio: {} }, undefined],
    ['a list', { content: [{ type: 'text', text: 'a' }] }, undefined],
    ['none', { role: 'assistant' }, undefined],
  ])('%s', (_what, delta, text) => {
    expect(onlyText(delta)).toBe(text)
  })

  it('is all that is read of it in any other way', () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      fc.constantFrom('', 'a', [], {}, [{ type: 'text', text: 'b', data: 'c' }]),
    )
    const content = fc.oneof({ weight: 5, arbitrary: fc.constantFrom('', 'a') }, value)
    const others = fc.dictionary(fc.constantFrom(...OTHER_FIELDS), value, { maxKeys: 4 })
    fc.assert(
      fc.property(content, others, (content, others) => {
        const delta = { ...others, content }
        const text = onlyText(delta)
        fc.pre(text !== undefined)
        expect(proseOf(delta, true)).toEqual(text === '' ? [] : [{ kind: 'text', text }])
        expect([plainReasoning(delta), ...sealsOf(delta), ...callsOf(delta)]).toEqual([''])
      }),
    )
  })
})
