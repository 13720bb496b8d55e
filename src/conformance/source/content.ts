import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../core/errors.ts'
import { answerText } from '../../core/fold.ts'
import { answerOf, collect, disorder, openParts } from './collect.ts'
import type { OpenSource } from './index.ts'

export function contentCases(open: OpenSource): void {
  describe('content', () => {
    it('ends right after exactly one finish, with all parts ended and some text', async () => {
      await using test = await opened(open)
      const { events, thrown } = await collect(test.source, test.completes)
      expect(thrown).toBeUndefined()
      expect(events.filter((event) => event.type === 'finish')).toHaveLength(1)
      expect(events.at(-1)?.type).toBe('finish')
      expect(openParts(events)).toEqual([])
      expect(answerText(answerOf(events))).not.toBe('')
    })

    it('keeps every delta between the start and the end of its part, and starts no part twice', async () => {
      await using test = await opened(open)
      for (const request of [test.completes, test.breaks]) {
        const { events } = await collect(test.source, request)
        expect(disorder(events)).toEqual([])
      }
    })

    it('throws a SluiceError, and never finishes, when the attempt breaks off', async () => {
      await using test = await opened(open)
      const { events, thrown } = await collect(test.source, test.breaks)
      expect(thrown).toBeInstanceOf(SluiceError)
      expect(events.length).toBeGreaterThan(0)
      expect(events.filter((event) => event.type === 'finish')).toEqual([])
      await test.released()
    })

    it('keeps attempts that run at the same time apart', async () => {
      await using test = await opened(open)
      const attempts = await Promise.all([collect(test.source, test.completes), collect(test.source, test.completes)])
      const [one, other] = attempts.map(({ events }) => answerOf(events))
      expect(one?.parts).toEqual(other?.parts)
      expect(one?.parts).not.toEqual([])
    })

    it('says what it can do with its models, and refuses the empty name', async () => {
      await using test = await opened(open)
      for (const model of test.source.models) expect(test.source.capabilities(model)).toHaveProperty('resume')
      expect(() => test.source.capabilities('')).toThrow(SluiceError)
    })
  })
}

/** A source that is closed when its test ends. */
export async function opened(open: OpenSource): Promise<Awaited<ReturnType<OpenSource>> & AsyncDisposable> {
  const test = await open()
  return { ...test, [Symbol.asyncDispose]: () => test.close() }
}
