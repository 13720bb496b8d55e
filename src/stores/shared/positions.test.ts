import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createOffsets, offsetAt, termSpan } from './positions.ts'

it('offsets of many records are those of each, over all terms and whatever comes first', () => {
  const rises = fc.uniqueArray(fc.integer({ min: 2, max: 3_000 }), { maxLength: 4 })
  fc.assert(
    fc.property(rises, fc.array(fc.nat(3_100), { maxLength: 40 }), fc.nat(3_000), (firsts, anywhere, from) => {
      const spans = [1, ...firsts.sort((a, b) => a - b)].map((firstSeq, index) => termSpan(index + 1, firstSeq))
      const offsetOf = createOffsets(spans)
      const seqs = [...anywhere, ...Array.from({ length: 20 }, (_, step) => from + step)]
      expect(seqs.map(offsetOf)).toEqual(seqs.map((seq) => offsetAt(spans, seq)))
    }),
  )
})
