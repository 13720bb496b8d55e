import type { ResponsesModel } from 'openai/resources/shared'
import { describe, expect, it } from 'vitest'
import { EFFORTS, type Effort, effortFor, familyOf } from './models.ts'

describe('the family of a model', () => {
  it.each<readonly [ResponsesModel, string]>([
    ['gpt-6-astra', 'gpt-6'],
    ['gpt-6.1-sol', 'gpt-6'],
    ['gpt-5.6-sol', 'gpt-5.6'],
    ['gpt-5.5-2026-04-23', 'gpt-5.2 to 5.5'],
    ['gpt-5.4-mini', 'gpt-5.2 to 5.5'],
    ['gpt-5.2-pro-2025-12-11', 'gpt-5.x-pro'],
    ['gpt-5.3-chat-latest', 'gpt-5.x-chat'],
    ['gpt-5.1-codex-max', 'gpt-5.1-codex-max'],
    ['gpt-5.1-mini', 'gpt-5.1'],
    ['gpt-5-codex', 'gpt-5-codex'],
    ['gpt-5-pro-2025-10-06', 'gpt-5-pro'],
    ['gpt-5-chat-latest', 'gpt-5-chat'],
    ['gpt-5-nano-2025-08-07', 'gpt-5'],
    ['o3-deep-research', 'deep research'],
    ['o4-mini', 'o-series'],
    ['gpt-4.1-nano', 'gpt-4.1'],
    ['chatgpt-4o-latest', 'gpt-4o'],
    ['gpt-4-turbo', 'gpt-4 and before'],
    ['gpt-3.5-turbo-0125', 'gpt-4 and before'],
    ['ft:gpt-4.1-mini:acme::x1', 'gpt-4.1'],
    ['o10', 'unknown'],
    ['gpt-50', 'unknown'],
    ['', 'unknown'],
  ])('of %j is %s', (model, family) => {
    expect(familyOf(model).family).toBe(family)
  })
})

describe('the effort for a number of tokens', () => {
  it.each<readonly [string, number, Effort]>([
    ['gpt-5', 1, 'minimal'],
    ['gpt-5', 1_024, 'low'],
    ['gpt-5', 1_000_000, 'high'],
    ['gpt-5.1', 1, 'low'],
    ['o3', 4_000, 'medium'],
    ['gpt-5.4', 60_000, 'xhigh'],
    ['gpt-6-astra', 10_000_000, 'max'],
    ['gpt-5-pro', 1, 'high'],
    ['some-new-model', 60_000, 'high'],
  ])('of %s and %d is %s', (model, tokens, effort) => {
    expect(effortFor(familyOf(model), tokens)).toBe(effort)
  })

  it('never falls while the tokens grow', () => {
    const found = Array.from({ length: 200 }, (_, step) => effortFor(familyOf('gpt-5'), Math.ceil(1.09 ** step)))
    const ranks = found.map((effort) => (effort === undefined ? -1 : EFFORTS.indexOf(effort)))
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
    expect(new Set(found)).toEqual(new Set(['minimal', 'low', 'medium', 'high']))
  })

  it('does not exist for a model that does not reason', () => {
    expect(effortFor(familyOf('gpt-4o'), 1_000)).toBeUndefined()
  })
})
