import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Faults, planBody, type Step } from './faults.ts'

const BODY = new TextEncoder().encode('0123456789')

function sent(steps: readonly Step[]): string {
  return steps.map((step) => (step.do === 'write' ? new TextDecoder().decode(step.bytes) : '')).join('')
}

describe('the plan of a body', () => {
  it('without faults sends everything and ends', () => {
    expect(planBody(BODY, {})).toEqual([{ do: 'write', bytes: BODY }, { do: 'end' }])
    expect(planBody(new Uint8Array(), {})).toEqual([{ do: 'end' }])
  })

  it('cuts after so many bytes, cleanly or not', () => {
    expect(planBody(BODY, { cutAfter: 4 }).at(-1)).toEqual({ do: 'end' })
    expect(planBody(BODY, { cutAfter: 4, cut: 'reset' }).at(-1)).toEqual({ do: 'reset' })
    expect(sent(planBody(BODY, { cutAfter: 4 }))).toBe('0123')
    expect(planBody(BODY, { cutAfter: 10, cut: 'reset' }).at(-1)).toEqual({ do: 'end' })
  })

  it('stalls after so many bytes', () => {
    const steps = planBody(BODY, { stallAfter: 3 })
    expect(sent(steps)).toBe('012')
    expect(steps.at(-1)).toEqual({ do: 'stall' })
    expect(planBody(BODY, { stallAfter: 8, cutAfter: 3 }).at(-1)).toEqual({ do: 'end' })
  })

  it('waits between the pieces of a slow body', () => {
    const steps = planBody(BODY, { bytesPerTick: 4, tickMs: 7 })
    expect(steps.map((step) => step.do)).toEqual(['write', 'wait', 'write', 'wait', 'write', 'end'])
    expect(steps[1]).toEqual({ do: 'wait', ms: 7 })
  })

  it('inverts one bit', () => {
    expect(sent(planBody(BODY, { flipByteAt: 2 }))).toBe('0133456789')
    expect(sent(planBody(BODY, { flipByteAt: 99 }))).toBe('0123456789')
  })

  it('sends exactly the beginning that its faults leave, in any pieces', () => {
    const size = fc.integer({ min: 0, max: 12 })
    const faults: fc.Arbitrary<Faults> = fc.record(
      { cutAfter: size, stallAfter: size, bytesPerTick: size, chunkSizes: fc.array(size, { maxLength: 4 }) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(faults, (any) => {
        const end = Math.min(any.cutAfter ?? 10, any.stallAfter ?? 10, 10)
        expect(sent(planBody(BODY, any))).toBe('0123456789'.slice(0, end))
      }),
    )
  })
})
