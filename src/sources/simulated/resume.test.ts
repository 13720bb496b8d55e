import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf, disorder } from '../../conformance/source/collect.ts'
import type { PartEvent } from '../../core/event.ts'
import { remainingSteps } from './resume.ts'
import { SCENARIOS, type Scenario, simulatedScript } from './scenarios.ts'
import type { ScriptStep } from './script.ts'

const QUESTION = 'How do durable streams work?'

/** The events before a position: whole ones, and the first `letters` of the delta that lies there. */
function beginning(steps: readonly ScriptStep[], position: number, letters: number): readonly PartEvent[] {
  const events = steps.slice(0, position).map(({ event }) => event)
  const next = steps[position]?.event
  const part = next !== undefined && 'text' in next ? next.text.slice(0, letters) : ''
  return next !== undefined && 'text' in next && part !== '' ? [...events, { ...next, text: part }] : events
}

function expectWhole(scenario: Scenario, seed: number, position: number, letters: number): void {
  const { steps } = simulatedScript(scenario, seed, QUESTION)
  const kept = beginning(steps, position, letters)
  const answer = answerOf(kept)
  const rest = remainingSteps(steps, answer).map(({ event }) => event)
  const whole = answerOf(steps.map(({ event }) => event))
  expect(answerOf(rest, answer).parts).toEqual(whole.parts)
  expect(disorder([...kept, ...rest])).toEqual([])
}

describe('what is left of a script', () => {
  it('completes any beginning of it: at every event, and inside of every delta', () => {
    for (const scenario of ['tool-calls', 'stall', 'mid-stream-error', 'right-to-left'] as const) {
      const { steps } = simulatedScript(scenario, 1, QUESTION)
      for (let position = 0; position <= steps.length; position++) {
        for (const letters of [0, 1, 2]) expectWhole(scenario, 1, position, letters)
      }
    }
  })

  it('completes any beginning, for every scenario and seed', () => {
    const cases = fc.record({
      scenario: fc.constantFrom(...SCENARIOS),
      seed: fc.nat(9_999),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      letters: fc.nat(8),
    })
    fc.assert(
      fc.property(cases, ({ scenario, seed, at, letters }) => {
        const { steps } = simulatedScript(scenario, seed, QUESTION)
        expectWhole(scenario, seed, Math.floor(at * steps.length), letters)
      }),
      { numRuns: 60 },
    )
  })

  it('completes an answer whose deltas were merged or cut otherwise', () => {
    const { steps } = simulatedScript('tool-calls', 1, QUESTION)
    const events = steps.map(({ event }) => event)
    const reasoning = answerOf(events).parts[0]
    if (reasoning?.kind !== 'reasoning') throw new Error('The script begins with reasoning.')
    const rest = remainingSteps(steps, { parts: [{ ...reasoning, text: reasoning.text.slice(0, 33), done: false }], data: [], notices: [] })
    expect(rest[0]?.event).toMatchObject({ type: 'reasoning-delta', id: reasoning.id })
    expect(answerOf(rest.map(({ event }) => event)).parts[0]).toMatchObject({ text: reasoning.text.slice(33), done: true })
  })

  it('goes on under the ids that the parts have in the answer', () => {
    const { steps } = simulatedScript('short', 1, QUESTION)
    const rest = remainingSteps(steps, { parts: [{ kind: 'text', id: 'renamed', text: 'You', done: false }], data: [], notices: [] })
    expect(new Set(rest.map(({ event }) => event.id))).toEqual(new Set(['renamed']))
    expect(rest.some(({ event }) => event.type === 'text-start')).toBe(false)
  })

  it('does not repeat a silence that lies inside of a delta which began', () => {
    const { steps } = simulatedScript('stall', 1, QUESTION)
    const position = steps.findIndex(({ silenceMs }) => silenceMs > 0)
    const silent = (letters: number) =>
      remainingSteps(steps, answerOf(beginning(steps, position, letters))).some(({ silenceMs }) => silenceMs > 0)
    expect(silent(0)).toBe(true)
    expect(remainingSteps(steps, answerOf(beginning(steps, position + 1, 0))).some(({ silenceMs }) => silenceMs > 0)).toBe(false)
  })

  it('is refused for an answer that is not a beginning of the script', () => {
    const { steps } = simulatedScript('short', 1, QUESTION)
    const resume =
      (...parts: Parameters<typeof remainingSteps>[1]['parts']) =>
      () =>
        remainingSteps(steps, { parts, data: [], notices: [] })
    const whole = answerOf(steps.map(({ event }) => event)).parts
    expect(resume({ kind: 'text', id: 't', text: 'No such words', done: false })).toThrow(/differs/)
    expect(resume({ kind: 'reasoning', id: 't', text: '', done: false })).toThrow(/differs/)
    expect(resume(...whole, { kind: 'text', id: 'more', text: 'x', done: false })).toThrow(/differs/)
    expect(resume({ kind: 'text', id: 't', text: `${whole[0]?.kind === 'text' ? whole[0].text : ''} and more`, done: false })).toThrow(
      /differs/,
    )
    expect(resume(...whole)()).toEqual([])
  })
})
