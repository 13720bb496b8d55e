import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesPattern, patternFault } from './glob.ts'

/** The definition, word for word; exponential, so only good for short patterns. */
function means(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return path.length === 0
  if (first === '**') return means(rest, path) || (path.length > 0 && means(pattern, path.slice(1)))
  return path.length > 0 && (first === '*' || first === path[0]) && means(rest, path.slice(1))
}

describe('a pattern', () => {
  it.each([
    ['events/*', 'events/a', true],
    ['events/*', 'events/a/b', false],
    ['events/*', 'events', false],
    ['events/**', 'events', true],
    ['**', 'a/b/c', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/z/z', true],
    ['runs/*', 'runs%2Fx', false],
    ['e.ents', 'events', false],
  ])('%s over %s: %s', (pattern, path, expected) => {
    expect(matchesPattern(pattern, path)).toBe(expected)
  })

  it('means what its definition says, for every short pattern and name', () => {
    const segments = (names: readonly string[]) => fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(segments(['a', 'b', '*', '**']), segments(['a', 'b']), (pattern, path) => {
        expect(matchesPattern(pattern.join('/'), path.join('/'))).toBe(means(pattern, path))
      }),
    )
  })

  it('that could take for ever answers at once', () => {
    const pattern = Array.from({ length: 200 }, () => '**/a').join('/')
    expect(matchesPattern(pattern, `${'a/'.repeat(190)}b`)).toBe(false)
  })

  it('is refused with the reason when it is none', () => {
    expect(patternFault('')).toContain('1 to 1024')
    expect(patternFault('events/')).toContain('empty segments')
    expect(patternFault('events/a*')).toContain('whole segment')
    expect(patternFault('**/a/*')).toBeUndefined()
  })
})
