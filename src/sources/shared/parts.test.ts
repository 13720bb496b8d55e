import { describe, expect, it } from 'vitest'
import { createParts } from './parts.ts'

describe('the id of a call', () => {
  const idsOf = (given: readonly (string | undefined)[]): string[] => {
    const parts = createParts()
    return given.flatMap((callId, index) => parts.call(`tool-${index}`, callId, 'search').map(({ id }) => id))
  }

  it('is the one of the provider, or made from its place', () => {
    expect(idsOf(['a', undefined, 'b'])).toEqual(['a', 'call@tool-1', 'b'])
  })

  it('is unique, also where the ids of the provider repeat or look like ours', () => {
    expect(idsOf(['a', 'a', 'a'])).toEqual(['a', 'a@tool-1', 'a@tool-2'])
    for (const given of [
      ['a@tool-2', 'a', 'a'],
      ['call@tool-1', undefined, undefined],
    ])
      expect(new Set(idsOf(given)).size, given.join()).toBe(given.length)
  })
})
