import { describe, expect, it } from 'vitest'
import { MODEL_TABLE, traitsOf } from './models.ts'

describe('the table of models', () => {
  it('finds the family of a name with a date, an alias, or the affixes of another cloud', () => {
    const limits = {
      'claude-sonnet-4-20250514': 64_000,
      'claude-opus-4-0': 32_000,
      'claude-opus-4-1-20250805': 32_000,
      'claude-opus-4@20250514': 32_000,
      'claude-opus-4-5-20251101': 64_000,
      'us.anthropic.claude-haiku-4-5-20251001-v1:0': 64_000,
      'anthropic/claude-sonnet-4.5': 64_000,
      'claude-fable-5': 128_000,
      'claude-fable-5-2': 128_000,
      'claude-3-haiku-20240307': 4_096,
      'claude-3-5-haiku-latest': 8_192,
    }
    for (const [model, limit] of Object.entries(limits))
      expect(traitsOf(model), model).toMatchObject({ maxOutputTokens: limit, known: true })
  })

  it('does not take a version that it does not know for the one whose name it begins with', () => {
    for (const model of ['claude-opus-4-9', 'claude-opus-4.9', 'claude-opus-5-6', 'claude-fable-5-3-20270101', 'claude-sonnet-45']) {
      expect(traitsOf(model), model).toEqual({
        defaultOutputTokens: 32_000,
        thinking: 'adaptive',
        prefill: false,
        temperature: false,
        known: false,
      })
    }
  })

  it('has a safe default for models of others', () => {
    expect(traitsOf('llama-4')).toEqual({ defaultOutputTokens: 8_192, thinking: 'none', prefill: false, temperature: true, known: false })
  })

  it('names each family once, with where its row comes from and when', () => {
    expect(new Set(MODEL_TABLE.map(({ family }) => family)).size).toBe(MODEL_TABLE.length)
    for (const { family, source, date, maxOutputTokens } of MODEL_TABLE) {
      expect(source, family).not.toBe('')
      expect(date, family).toMatch(/^\d{4}-\d\d-\d\d$/)
      expect(traitsOf(family).maxOutputTokens, family).toBe(maxOutputTokens)
    }
  })
})
