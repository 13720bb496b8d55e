import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isBehind, nextCursor } from './cursor.ts'

it('a cursor always exceeds the one that the reader sent, and never goes back in time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2100, 0, 1) }),
      fc.integer({ min: 0, max: 10 ** 14 }),
      (nowMs, echoed) => {
        const next = nextCursor(nowMs, String(echoed))
        expect(next).toBeGreaterThan(echoed)
        expect(next).toBeGreaterThanOrEqual(nextCursor(nowMs, undefined))
        if (isBehind(nowMs, String(echoed))) expect(next).toBe(nextCursor(nowMs, undefined))
      },
    ),
  )
})

it.each(['', 'x', '-1', '1.5', '1e3', '9'.repeat(16), undefined])('what is no cursor counts as none: %s', (echoed) => {
  const nowMs = Date.UTC(2026, 0, 1)
  expect(nextCursor(nowMs, echoed)).toBe(Math.floor((nowMs - Date.UTC(2024, 9, 9)) / 20_000))
})
