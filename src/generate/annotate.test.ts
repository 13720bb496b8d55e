import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PartEvent } from '../core/event.ts'
import { fold } from '../core/fold.ts'
import { createAnnotator } from './annotate.ts'

const countTokens = (text: string): number => Math.ceil(text.length / 2)
const delta = (text: string): PartEvent => ({ type: 'text-delta', id: 't', text })

function textOf(events: readonly PartEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
}

describe('annotating the text of a source', () => {
  it('says once for all readers how many tokens there are and whether they lie in code or in a link', () => {
    const { annotate } = createAnnotator(countTokens)
    expect(annotate(delta('see `x` at https://a.b'))).toEqual([
      { type: 'text-delta', id: 't', text: 'see ', tokens: 2 },
      { type: 'text-delta', id: 't', text: '`x`', tokens: 2, code: true },
      { type: 'text-delta', id: 't', text: ' at https://', tokens: 6 },
      { type: 'text-delta', id: 't', text: 'a.b', tokens: 2, link: true },
    ])
  })

  it('never stores half a character: a pair that a provider cut waits for its other half', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.array(fc.nat(6), { maxLength: 12 }), (text, cuts) => {
        const { annotate } = createAnnotator(countTokens)
        const stored: PartEvent[] = []
        let at = 0
        for (const cut of [...cuts, text.length]) {
          stored.push(...annotate(delta(text.slice(at, at + cut))))
          at += cut
        }
        stored.push(...annotate({ type: 'text-end', id: 't' }))
        expect(textOf(stored)).toBe(text)
        for (const event of stored) if (event.type === 'text-delta') expect(event.text.isWellFormed()).toBe(true)
      }),
    )
  })

  it('keeps apart the text of parts that come in turns', () => {
    const { annotate } = createAnnotator(countTokens)
    annotate({ type: 'text-delta', id: 'a', text: '```\ncode' })
    expect(annotate({ type: 'text-delta', id: 'b', text: 'prose' })).toEqual([{ type: 'text-delta', id: 'b', text: 'prose', tokens: 3 }])
    expect(annotate({ type: 'text-delta', id: 'a', text: 'more' })).toMatchObject([{ code: true }])
  })

  it('goes on in the middle of a code block that an earlier owner began, and counts its tokens', () => {
    const past = fold([{ ...delta('Look:\n```ts\nconst a'), at: 1 }])
    const annotator = createAnnotator(countTokens, past)
    expect(annotator.outputTokens).toBe(10)
    expect(annotator.annotate(delta(' = 1'))).toMatchObject([{ code: true }])
    expect(annotator.outputTokens).toBe(12)
  })

  it('counts reasoning and the input of tools, and drops deltas without text', () => {
    const annotator = createAnnotator(countTokens)
    annotator.annotate({ type: 'reasoning-delta', id: 'r', text: 'abcd' })
    annotator.annotate({ type: 'tool-call-delta', id: 'c', text: '{}' })
    expect(annotator.annotate({ type: 'reasoning-delta', id: 'r', text: '' })).toEqual([])
    expect(annotator.annotate(delta(''))).toEqual([])
    expect(annotator.outputTokens).toBe(3)
  })

  it('writes the name of a call to its end, also when an earlier owner began it', () => {
    const { annotate } = createAnnotator(countTokens)
    annotate({ type: 'tool-call-start', id: 'c', name: 'look' })
    expect(annotate({ type: 'tool-call-end', id: 'c', input: '{}' })).toEqual([
      { type: 'tool-call-end', id: 'c', input: '{}', name: 'look' },
    ])
    const past = fold([{ type: 'tool-call-start', id: 'd', name: 'find', at: 1 }])
    expect(createAnnotator(countTokens, past).annotate({ type: 'tool-call-end', id: 'd', input: '{}' })).toMatchObject([{ name: 'find' }])
  })
})
