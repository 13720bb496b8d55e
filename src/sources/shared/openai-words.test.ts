import { describe, expect, it } from 'vitest'
import { openaiLimitResetMs } from './openai-words.ts'

describe('the wait that the limits of OpenAI ask for', () => {
  const wait = (headers: Record<string, string>) => openaiLimitResetMs(new Headers(headers))

  it('is the slowest reset of an empty bucket', () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '120ms' }
    expect(wait(headers)).toBe(120)
    expect(wait({ ...headers, 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' })).toBe(360_000)
    expect(wait({ ...headers, 'x-ratelimit-remaining-tokens': '10', 'x-ratelimit-reset-tokens': '6m0s' })).toBe(120)
    expect(wait({})).toBeUndefined()
  })
})
