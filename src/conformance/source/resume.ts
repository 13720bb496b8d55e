import { describe, expect, it } from 'vitest'
import { EMPTY_ANSWER } from '../../core/fold.ts'
import { answerOf, collect, disorder, isPart } from './collect.ts'
import { opened } from './content.ts'
import type { OpenSource, SourceUnderTest } from './index.ts'

/** Cuts of the whole that are tried, spread evenly. */
const CUTS = 12

export function resumeCases(open: OpenSource): void {
  describe('resume', () => {
    it('goes on exactly where an attempt stopped when it claims `position`, and refuses to when it claims `none`', async () => {
      await using test = await opened(open)
      const { resume } = test.source.capabilities(test.completes.model)
      if (resume === 'position') await expectExactResume(test)
      if (resume === 'none') {
        const { events, thrown } = await collect(test.source, test.completes, { resume: { answer: EMPTY_ANSWER } })
        expect(thrown).toMatchObject({ code: 'invalid-request' })
        expect(events).toEqual([])
      }
    })
  })
}

async function expectExactResume({ source, completes }: SourceUnderTest): Promise<void> {
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
}
