import { describe, expect, it } from 'vitest'
import type { Observation } from '../ports/observer.ts'
import { combineObservers } from './combine.ts'

const GAP: Observation = { type: 'gap', streamId: 's' }
const FENCED: Observation = { type: 'fenced-write', streamId: 's' }

describe('observers together', () => {
  it('each get every observation', () => {
    const [first, second]: [Observation[], Observation[]] = [[], []]
    const observer = combineObservers(
      (observation) => first.push(observation),
      (observation) => second.push(observation),
    )
    observer(GAP)
    observer(FENCED)
    expect(first).toEqual([GAP, FENCED])
    expect(second).toEqual([GAP, FENCED])
  })

  it('are not disturbed by one that throws, and hear of it once per kind of observation', () => {
    const seen: Observation[] = []
    const observer = combineObservers(
      () => {
        throw new Error('broken')
      },
      (observation) => seen.push(observation),
    )
    for (const observation of [GAP, GAP, FENCED]) observer(observation)
    expect(seen.map(({ type }) => type)).toEqual(['trouble', 'gap', 'gap', 'trouble', 'fenced-write'])
    expect(seen[0]).toMatchObject({ what: 'An observer threw on "gap"', error: { code: 'server', cause: new Error('broken') } })
  })

  it('may all be broken, and the caller does not notice', () => {
    const broken = () => {
      throw new Error('broken')
    }
    const other = () => {
      throw new Error('also broken')
    }
    expect(() => combineObservers(broken, other)(GAP)).not.toThrow()
    expect(() => combineObservers()(GAP)).not.toThrow()
  })
})
