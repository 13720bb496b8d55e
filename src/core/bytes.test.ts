import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shortLivedBytes, shortLivedUtf8 } from './bytes.ts'

const texts = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.string({ maxLength: 3_000 })), { maxLength: 40 })

describe('bytes from a slab', () => {
  it('are the text in UTF-8, and no later bytes change them', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const encoded = all.map(shortLivedUtf8)
        for (const [index, text] of all.entries()) expect(encoded[index]).toEqual(new TextEncoder().encode(text))
      }),
    )
  })

  it('never overlap, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9_000), { maxLength: 60 }), (sizes) => {
        const taken = sizes.map((size, index) => shortLivedBytes(size).fill(index % 256))
        for (const [index, bytes] of taken.entries()) {
          expect(bytes.byteLength).toBe(sizes[index])
          expect(bytes.every((byte) => byte === index % 256)).toBe(true)
        }
      }),
    )
  })
})
