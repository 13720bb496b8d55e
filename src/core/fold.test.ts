import { describe, expect, it } from 'vitest'
import type { RunEvent, RunEventBody } from './event.ts'
import { answerText, applyEvent, EMPTY_ANSWER, fold } from './fold.ts'

const at = (events: readonly RunEventBody[]): RunEvent[] => events.map((event, index) => ({ ...event, at: index }))

describe('fold', () => {
  it('gives what a person sees', () => {
    const answer = fold(
      at([
        { type: 'run-start', runId: 'r', model: 'simulated/short' },
        { type: 'status', status: 'started', message: 'Thinking' },
        { type: 'reasoning-start', id: 'r1' },
        { type: 'reasoning-delta', id: 'r1', text: 'hm' },
        { type: 'reasoning-end', id: 'r1' },
        { type: 'tool-call-start', id: 'c1', name: 'search' },
        { type: 'tool-call-delta', id: 'c1', text: '{"q":' },
        { type: 'tool-call-end', id: 'c1', input: '{"q":1}' },
        { type: 'tool-result', id: 'c1', output: 7 },
        { type: 'text-start', id: 't1' },
        { type: 'text-delta', id: 't1', text: 'Hel', tokens: 1 },
        { type: 'text-delta', id: 't1', text: 'lo', tokens: 1 },
        { type: 'text-end', id: 't1' },
        { type: 'run-end', outcome: 'completed', finishReason: 'stop', usage: { outputTokens: 2, basis: 'reported' } },
      ]),
    )
    expect(answer).toEqual({
      runId: 'r',
      model: 'simulated/short',
      parts: [
        { kind: 'reasoning', id: 'r1', text: 'hm', done: true },
        { kind: 'tool', id: 'c1', name: 'search', input: '{"q":1}', done: true, result: { output: 7 } },
        { kind: 'text', id: 't1', text: 'Hello', done: true },
      ],
      data: [],
      notices: [],
      outcome: 'completed',
      finishReason: 'stop',
      usage: { outputTokens: 2, basis: 'reported' },
    })
    expect(answerText(answer)).toBe('Hello')
  })

  it('keeps the seal of reasoning, and citations where the text stood', () => {
    const answer = fold(
      at([
        { type: 'reasoning-start', id: 'r' },
        { type: 'reasoning-end', id: 'r', signature: 'sealed', redacted: true },
        { type: 'citation', id: 't', detail: { lost: true } },
        { type: 'text-start', id: 't' },
        { type: 'text-delta', id: 't', text: 'High water' },
        { type: 'citation', id: 't', url: 'https://tides.test/', detail: { type: 'url_citation' } },
        { type: 'text-delta', id: 't', text: '.' },
      ]),
    )
    expect(answer.parts).toEqual([
      { kind: 'reasoning', id: 'r', text: '', done: true, signature: 'sealed', redacted: true },
      {
        kind: 'text',
        id: 't',
        text: 'High water.',
        done: false,
        citations: [{ url: 'https://tides.test/', detail: { type: 'url_citation' }, position: 10 }],
      },
    ])
  })

  it('never changes the answer that it was given', () => {
    const before = fold(at([{ type: 'text-delta', id: 't', text: 'a' }]))
    const copy = structuredClone(before)
    applyEvent(before, { type: 'text-delta', id: 't', text: 'b', at: 1 })
    expect(before).toEqual(copy)
  })

  it('skips types that it does not know, also those named like a property of every object', () => {
    expect(applyEvent(EMPTY_ANSWER, { type: 'constructor', at: 1 })).toBe(EMPTY_ANSWER)
  })

  it('replaces data of the same name and id, and keeps the rest', () => {
    const data = fold(
      at([
        { type: 'data', name: 'step', id: '1', data: 'a' },
        { type: 'data', name: 'step', id: '2', data: 'b' },
        { type: 'data', name: 'step', id: '1', data: 'c' },
        { type: 'data', name: 'log', data: 1 },
        { type: 'data', name: 'log', data: 2 },
      ]),
    ).data
    expect(data.map((item) => item.data)).toEqual(['c', 'b', 1, 2])
  })
})
