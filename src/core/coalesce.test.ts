import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesce } from './coalesce.ts'
import type { Located, RunEvent, UnknownEvent } from './event.ts'
import { fold } from './fold.ts'
import { formatOffset } from './offset.ts'
import { runStream } from './testing/arbitrary-events.ts'

const events = (items: readonly Located<RunEvent | UnknownEvent>[]) => items.map((item) => item.event)

function delta(seq: number, text: string, more: object = {}): Located<RunEvent> {
  return { offset: formatOffset(1, seq), event: { type: 'text-delta', id: 't', text, tokens: 1, at: seq, ...more } }
}

describe('coalesce', () => {
  it('merges adjacent deltas of a part, adds their tokens and keeps the last offset', () => {
    expect(coalesce([delta(1, 'Hel'), delta(2, 'lo')])).toEqual([delta(2, 'Hello', { tokens: 2 })])
  })

  it('keeps deltas apart whose metadata differs', () => {
    expect(coalesce([delta(1, 'see '), delta(2, '`x`', { code: true })])).toHaveLength(2)
  })

  it('drops a status that a later one supersedes, and merges across it', () => {
    const status = (seq: number, message: string): Located<RunEvent> => ({
      offset: formatOffset(1, seq),
      event: { type: 'status', status: 'waiting', message, at: seq },
    })
    expect(coalesce([delta(1, 'a'), status(2, 'old'), delta(3, 'b'), status(4, 'new')])).toEqual([
      delta(3, 'ab', { tokens: 2 }),
      status(4, 'new'),
    ])
  })

  it('keeps events of unknown types as they are', () => {
    const unknown: Located<UnknownEvent> = { offset: formatOffset(1, 1), event: { type: 'from-the-future', at: 1, more: [1] } }
    expect(coalesce([unknown, unknown])).toEqual([unknown, unknown])
  })

  it('folds to the same answer', () => {
    fc.assert(
      fc.property(runStream, (stream) => {
        expect(fold(events(coalesce(stream)))).toEqual(fold(events(stream)))
      }),
    )
  })

  it('gives the same answer when a reader resumes at any frame, whatever slices it was served in', () => {
    fc.assert(
      fc.property(runStream, fc.nat(40), fc.nat(40), (stream, cut, resume) => {
        const frames = [...coalesce(stream.slice(0, cut)), ...coalesce(stream.slice(cut))]
        const had = frames.slice(0, resume)
        const last = had.at(-1)?.offset ?? ''
        const rest = coalesce(stream.filter((item) => item.offset > last))
        expect(fold(events([...had, ...rest]))).toEqual(fold(events(stream)))
      }),
    )
  })

  it('gives one frame per offset, in order', () => {
    fc.assert(
      fc.property(runStream, (stream) => {
        const offsets = coalesce(stream).map((item) => item.offset)
        expect(offsets).toEqual([...new Set(offsets)].sort())
      }),
    )
  })
})
