import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf, disorder } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import { DEFAULT_STALL_MS, SCENARIOS, type Scenario, simulatedScript, simulatedText } from './scenarios.ts'

const QUESTION = 'How do durable streams work?'
const TABLE = /^\|.*\|\n\|[-:|]+\|$/m
const CODE = /^```\w+\n/m
const scenarios = fc.constantFrom(...SCENARIOS)
const seeds = fc.integer({ min: 0, max: 1_000_000 })

function tokens(scenario: Scenario, seed: number): number {
  return simulatedScript(scenario, seed, QUESTION).steps.filter(({ event }) => 'text' in event).length
}

describe('a simulated answer', () => {
  it('is the same for the same scenario, seed and prompt', () => {
    fc.assert(
      fc.property(scenarios, seeds, fc.string(), (scenario, seed, prompt) => {
        expect(simulatedScript(scenario, seed, prompt)).toEqual(simulatedScript(scenario, seed, [{ role: 'user', content: prompt }]))
      }),
      { numRuns: 30 },
    )
  })

  it('differs between seeds', () => {
    for (const scenario of SCENARIOS) {
      const texts = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => simulatedText(scenario, seed, QUESTION)))
      expect(texts.size, scenario).toBeGreaterThan(1)
    }
  })

  it('adds up to its text, with every part in order and, but for the error, ended', () => {
    fc.assert(
      fc.property(scenarios, seeds, (scenario, seed) => {
        const { steps, end } = simulatedScript(scenario, seed, QUESTION)
        const events = steps.map(({ event }) => event)
        expect(disorder(events)).toEqual([])
        expect(answerText(answerOf(events))).toBe(simulatedText(scenario, seed, QUESTION))
        expect(answerOf(events).parts.every(({ done }) => done)).toBe('finish' in end)
      }),
      { numRuns: 30 },
    )
  })

  it('never splits a character, in any delta', () => {
    for (const { event } of simulatedScript('right-to-left', 3, QUESTION).steps) {
      if ('text' in event) expect(event.text.isWellFormed()).toBe(true)
    }
  })

  it('is as long as its scenario says', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(tokens('long', seed)).toBeGreaterThanOrEqual(2_000)
        expect(tokens('long', seed)).toBeLessThanOrEqual(3_000)
        expect(tokens('short', seed)).toBeLessThan(150)
        // At 40 tokens/s nobody waits longer than a minute for it.
        expect(tokens('hostile-markdown', seed)).toBeLessThan(2_400)
      }),
      { numRuns: 20 },
    )
  })

  it('has headings, lists, a table and code where a newcomer looks first', () => {
    for (const seed of [1, 2, 3]) {
      for (const mark of [/^# /m, /^## /m, /^- /m, TABLE, CODE]) expect(simulatedText('long', seed, QUESTION)).toMatch(mark)
      for (const mark of [TABLE, CODE]) expect(simulatedText('code-and-tables', seed, QUESTION)).toMatch(mark)
    }
  })

  it('stalls once, for as long as it is told', () => {
    const silences = (stallMs?: number) =>
      simulatedScript('stall', 1, QUESTION, stallMs === undefined ? {} : { stallMs }).steps.flatMap(({ silenceMs }) =>
        silenceMs > 0 ? [silenceMs] : [],
      )
    expect(silences()).toEqual([DEFAULT_STALL_MS])
    expect(silences(7)).toEqual([7])
  })

  it('comes in bursts that take as long as an even pace', () => {
    const steps = simulatedScript('bursty', 1, QUESTION).steps.filter(({ event }) => event.type === 'text-delta')
    const waits = steps.map(({ waitTokens }) => waitTokens).filter((wait) => wait > 0)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(15)
    const total = waits.reduce((sum, wait) => sum + wait, 0)
    expect(Math.abs(total - steps.length)).toBeLessThan(60)
  })
})

describe('the echo of the question', () => {
  const opening = (question: string) => simulatedText('short', 1, question).split('\n')[0] ?? ''

  it('repeats a plain question, cut at a word', () => {
    expect(opening('How do durable streams work?')).toBe('You asked: “How do durable streams work?”')
    expect(opening('word '.repeat(100))).toBe(`You asked: “${'word '.repeat(15)}word…”`)
    expect(opening('')).not.toContain('You asked')
  })

  it('holds nothing that means anything in Markdown, HTML or a chat platform, whatever was asked', () => {
    const nasty = fc.array(
      fc.constantFrom(
        '<script>',
        '](javascript:x)',
        '`',
        '**',
        '@everyone',
        'www.evil.com',
        'https://evil.example',
        '\u202e',
        '\u0000',
        '\n# ',
        '|',
        'a',
        ' ',
        '👩‍🚀',
        '<!channel>',
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(nasty, (pieces) => {
        expect(opening(pieces.join(''))).not.toMatch(/[<>[\]()`*_~#@|\\\p{Cc}\p{Cf}]|\w\.\w|:\/\//u)
      }),
    )
  })
})
