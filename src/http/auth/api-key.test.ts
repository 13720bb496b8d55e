import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesDigest, newApiKey, parseApiKey, sameText } from './api-key.ts'

describe('an API key', () => {
  it('is proved by its own secret and by no other', async () => {
    const [one, two] = [await newApiKey(), await newApiKey()]
    const secret = parseApiKey(one.text)?.secret ?? ''
    expect(parseApiKey(one.text)?.id).toBe(one.id)
    expect(await matchesDigest(secret, one.digest)).toBe(true)
    expect(await matchesDigest(secret, two.digest)).toBe(false)
    expect(await matchesDigest(secret, undefined)).toBe(false)
    expect(one.digest).not.toContain(secret)
  })

  it.each(['', 'sl_', 'sl_0123456789abcdef_short', `sk_0123456789abcdef_${'x'.repeat(43)}`, `sl_0123456789ABCDEF_${'x'.repeat(43)}`])(
    'is not %j',
    (text) => {
      expect(parseApiKey(text)).toBeUndefined()
    },
  )
})

it('two texts are the same exactly when they are equal', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(sameText(a, b)).toBe(a === b)
      expect(sameText(a, a)).toBe(true)
    }),
  )
})

it('comparing looks at every character, wherever the first difference is', () => {
  const looked = (a: string): number => {
    let count = 0
    const charCodeAt = (at: number): number => {
      count += 1
      return a.charCodeAt(at)
    }
    // A stand-in with the two members of a text that are used.
    const text = { length: a.length, charCodeAt } as unknown as string
    sameText(text, 'x'.repeat(a.length))
    return count
  }
  expect([looked('yxxx'), looked('xxxy'), looked('xxxx')]).toEqual([4, 4, 4])
})
