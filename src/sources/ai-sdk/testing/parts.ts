/** Reading parts of a model as our events. */
import { expect } from 'vitest'
import { disorder, openParts } from '../../../conformance/source/collect.ts'
import type { SluiceError } from '../../../core/errors.ts'
import type { SourceEvent } from '../../../ports/source.ts'
import { createNormaliser } from '../normalise.ts'

export type Part = Readonly<Record<string, unknown>>

export const USAGE = { inputTokens: { total: 9, cacheRead: 4 }, outputTokens: { total: 3, reasoning: 1 } }
const FINISH: Part = { type: 'finish', finishReason: { unified: 'stop', raw: 'end_turn' }, usage: USAGE }

export function read(parts: readonly Part[]): { readonly events: SourceEvent[]; readonly error?: SluiceError } {
  const normaliser = createNormaliser({ name: 'ai', label: 'test model', redact: (text) => text.replaceAll('secret', '***'), now: () => 0 })
  const events: SourceEvent[] = []
  for (const part of parts) {
    const reading = normaliser.read(part)
    events.push(...reading.events)
    if (reading.error !== undefined) return { events, error: reading.error }
  }
  return { events }
}

/** The events before `finish` of an answer that is complete and in order. */
export function eventsOf(...parts: readonly Part[]): readonly SourceEvent[] {
  const { events, error } = read([...parts, FINISH])
  expect(error).toBeUndefined()
  expect(disorder(events)).toEqual([])
  expect(openParts(events)).toEqual([])
  expect(events.at(-1)?.type).toBe('finish')
  return events.slice(0, -1)
}

export const start = (id: string): Part => ({ type: 'text-start', id })
export const delta = (id: string, text: string): Part => ({ type: 'text-delta', id, delta: text })
export const end = (id: string): Part => ({ type: 'text-end', id })
