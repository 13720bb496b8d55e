import fc from 'fast-check'
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { countTokens, MAX_KEPT_COUNTS } from './tokens.ts'

const exact = (text: string): number => countO200k(text, { disallowedSpecial: new Set() })

describe('the tokens of a text', () => {
  it('are those of the encoding, the first time and every other', () => {
    const texts = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('', ' the', '<|endoftext|>', '\ud83d')))
    fc.assert(
      fc.property(texts, (some) => {
        for (const text of [...some, ...some]) expect(countTokens(text)).toBe(exact(text))
      }),
    )
  })

  it('are the same when more texts were counted than are kept', () => {
    const words = Array.from({ length: MAX_KEPT_COUNTS + 10 }, (_, index) => `a${index}`)
    const counts = words.map(exact)
    expect(words.map(countTokens)).toEqual(counts)
    expect(words.map(countTokens)).toEqual(counts)
  })

  it('are estimated by the length where counting could take too long', () => {
    expect(countTokens('a'.repeat(100_001))).toBe(25_001)
  })
})
