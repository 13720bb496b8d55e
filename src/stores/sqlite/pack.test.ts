import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack, unpack } from './pack.ts'

const where = (): string => 'A pack'

describe('packs', () => {
  it('give back any records', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (records, key, last) => {
        const read = unpack(key, last, pack(key, last, records), where)
        expect(Array.from({ length: read.count }, (_, index) => Uint8Array.from(read.record(index)))).toEqual(records)
      }),
    )
  })

  it('notice any flipped bit, any cut, and a foreign place', () => {
    const records = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(records, fc.nat(), fc.nat({ max: 7 }), (given, at, bit) => {
        const blob = pack(3, 9, given)
        const flipped = Uint8Array.from(blob)
        const index = at % blob.length
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit)
        const damaged = expect.objectContaining({ code: 'storage-corrupt' })
        expect(() => unpack(3, 9, flipped, where)).toThrow(damaged)
        expect(() => unpack(3, 9, blob.slice(0, index), where)).toThrow(damaged)
        expect(() => unpack(3, 10, blob.slice(), where)).toThrow(damaged)
        expect(() => unpack(4, 9, blob.slice(), where)).toThrow(damaged)
      }),
    )
  })
})
