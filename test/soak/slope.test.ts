import { describe, expect, test } from 'vitest'
import { slopeOf } from '../../soak/slope.ts'
import { createRandom } from '../../src/sources/simulated/random.ts'

const MIB = 2 ** 20

/** A heap: a floor that grows by so many bytes a second, and the collector's teeth above it. */
function heap(seconds: number, growthPerSecond: number) {
  const random = createRandom(7, 'heap')
  return Array.from({ length: seconds }, (_, second) => ({
    atMs: second * 1_000,
    value: 200 * MIB + growthPerSecond * second + (second % 5) * 8 * MIB + random.integer(0, 4 * MIB),
  }))
}

describe('the slope of memory', () => {
  test('finds a leak under the teeth of the collector', () => {
    const slope = slopeOf(heap(600, 0.5 * MIB))
    expect((slope?.perSecond ?? 0) / MIB).toBeCloseTo(0.5, 1)
    expect((slope?.lowerPerSecond ?? 0) / MIB).toBeGreaterThan(0.4)
  })

  test('is surely nothing for a heap that only has teeth', () => {
    expect((slopeOf(heap(600, 0))?.lowerPerSecond ?? 1) * 600).toBeLessThanOrEqual(0)
  })

  test('is not said of a handful of samples', () => expect(slopeOf(heap(7, MIB))).toBeUndefined())
})
