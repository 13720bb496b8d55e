import { describe, expect, it } from 'vitest'
import { answerOf, collect, disorder, isPart } from './collect.ts'
import { opened } from './content.ts'
import type { OpenSource } from './index.ts'

/** Cuts of the whole that are tried, spread evenly. */
const CUTS = 12

export function resumeCases(open: OpenSource): void {
  describe('resume', () => {
    it('goes on exactly where an attempt stopped, if it claims `position`', async (context) => {
      await using test = await opened(open)
      const { source, completes } = test
      if (source.capabilities(completes.model).resume !== 'position') context.skip('this source does not claim it')
      const { events } = await collect(source, completes)
      const parts = events.filter(isPart)
      for (let cut = 0; cut <= CUTS; cut++) {
        const kept = parts.slice(0, Math.floor((parts.length * cut) / CUTS))
        const answer = answerOf(kept)
        const resumed = await collect(source, completes, { resume: { answer } })
        expect(resumed.thrown).toBeUndefined()
        expect(answerOf(resumed.events, answer).parts).toEqual(answerOf(parts).parts)
        expect(disorder([...kept, ...resumed.events])).toEqual([])
        expect(resumed.events.at(-1)?.type).toBe('finish')
      }
    })
  })
}
