import { describe, expect, it } from 'vitest'
import { parseDuration, retryAfterMs, retryAfterMsFromSentence } from './retry-after.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0)
const wait = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), NOW)

describe('the wait that headers ask for', () => {
  it('is read in every form', () => {
    expect(wait({ 'retry-after-ms': '1500' })).toBe(1_500)
    expect(wait({ 'retry-after': '7' })).toBe(7_000)
    expect(wait({ 'retry-after': '0.25' })).toBe(250)
    expect(wait({ 'retry-after': '6m0s' })).toBe(360_000)
    expect(wait({ 'retry-after': 'Sat, 21 Nov 2026 12:02:00 GMT' })).toBe(120_000)
  })

  it('takes the milliseconds first, at any length', () => {
    expect(wait({ 'retry-after-ms': '250', 'retry-after': '1' })).toBe(250)
    expect(wait({ 'retry-after': '86400' })).toBe(86_400_000)
  })

  it('is 0 for a date that has passed', () => {
    expect(wait({ 'retry-after': 'Sat, 21 Nov 2026 11:59:00 GMT' })).toBe(0)
  })

  it('is not invented', () => {
    for (const value of ['', 'soon', '-5', '1e3', '12 monkeys', '2026']) {
      expect(wait({ 'retry-after': value }), value).toBe(value === '2026' ? 2_026_000 : undefined)
    }
    expect(wait({})).toBeUndefined()
  })

  it('is a length of time, also when the number is longer than numbers are', () => {
    const long = '9'.repeat(400)
    for (const value of [long, `${long}s`, `1${'0'.repeat(306)}`]) expect(wait({ 'retry-after': value }), value).toBeUndefined()
    expect(wait({ 'retry-after-ms': long })).toBeUndefined()
    expect(retryAfterMsFromSentence(`Try again in ${long}s`)).toBeUndefined()
  })
})

describe('durations', () => {
  it('are read as Go prints them', () => {
    expect(['6ms', '0s', '1s', '6m0s', '1h2m3s', '1.5s', '0.5ms'].map(parseDuration)).toEqual([6, 0, 1_000, 360_000, 3_723_000, 1_500, 1])
    expect(['', '6', 's', '6 s', '1d'].map(parseDuration)).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  it('are found in the sentence of an error', () => {
    expect(retryAfterMsFromSentence('Rate limit reached for gpt-5. Please try again in 1.2s. Visit us.')).toBe(1_200)
    expect(retryAfterMsFromSentence('Please try again later.')).toBeUndefined()
  })
})
