import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from './errors.ts'
import { formatOffset, isOffset, parseOffset, START } from './offset.ts'

const natural = fc.maxSafeNat()

describe('offsets', () => {
  it('read back as they were written', () => {
    fc.assert(
      fc.property(natural, natural, (term, seq) => {
        expect(parseOffset(formatOffset(term, seq))).toEqual({ term, seq })
      }),
    )
  })

  it('sort as text in the order of the log', () => {
    fc.assert(
      fc.property(natural, natural, natural, natural, (a, b, c, d) => {
        const byText = formatOffset(a, b) < formatOffset(c, d)
        expect(byText).toBe(a < c || (a === c && b < d))
      }),
    )
  })

  it('start before every record', () => {
    expect(START < formatOffset(0, 1)).toBe(true)
    expect(parseOffset(START)).toEqual({ term: 0, seq: 0 })
  })

  it.each(['', '-1', 'now', '1_1', `${START}0`, ` ${START}`, `${START}\n`, '9999999999999999_0000000000000000', '٠'.repeat(16)])(
    'refuse %j by name',
    (text) => {
      expect(isOffset(text)).toBe(false)
      expect(() => parseOffset(text)).toThrow(SluiceError)
    },
  )
})
