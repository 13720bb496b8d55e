/**
 * The past for late joiners: fewer events that fold to the same answer.
 *
 * - Adjacent deltas of one part merge, as long as their metadata says the same; their tokens add up.
 * - `status`, `progress` and `usage` that a later one in the same slice supersedes are dropped.
 * - Each result keeps the offset of its last source, so a reader may resume at any of them: what it has then folded,
 *   plus whatever follows that offset, is the answer (SPEC ST2).
 *
 * One linear pass each way.
 */
import { isKnownEvent, type Located, type RunEvent, type UnknownEvent } from './event.ts'

/** Coalesces a slice of a stream. The slice may begin and end anywhere. */
export function coalesce(events: readonly Located<RunEvent | UnknownEvent>[]): Located<RunEvent | UnknownEvent>[] {
  const result: Located<RunEvent | UnknownEvent>[] = []
  const superseded = supersededIndexes(events)
  let open: Located<RunEvent | UnknownEvent> | undefined
  for (const [index, item] of events.entries()) {
    if (superseded.has(index)) continue
    const merged = open && merge(open, item)
    if (merged) {
      result[result.length - 1] = merged
      open = merged
    } else {
      result.push(item)
      open = item
    }
  }
  return result
}

const SUPERSEDING: ReadonlySet<string> = new Set(['status', 'progress', 'usage'])

function supersededIndexes(events: readonly Located<RunEvent | UnknownEvent>[]): ReadonlySet<number> {
  const dropped = new Set<number>()
  const seen = new Set<string>()
  for (let index = events.length - 1; index >= 0; index--) {
    const type = events[index]?.event.type
    if (type === undefined || !SUPERSEDING.has(type)) continue
    if (seen.has(type)) dropped.add(index)
    seen.add(type)
  }
  return dropped
}

function merge(left: Located<RunEvent | UnknownEvent>, right: Located<RunEvent | UnknownEvent>): Located<RunEvent> | undefined {
  const event = isKnownEvent(left.event) && isKnownEvent(right.event) ? mergeDeltas(left.event, right.event) : undefined
  return event && { offset: right.offset, event }
}

/** Two adjacent deltas as one, when they belong to the same part and say the same about their text. */
export function mergeDeltas(a: RunEvent, b: RunEvent): RunEvent | undefined {
  if (a.type === 'text-delta' && b.type === 'text-delta') {
    if (a.id !== b.id || a.code !== b.code || a.link !== b.link) return undefined
    const tokens = (a.tokens ?? 0) + (b.tokens ?? 0)
    return { ...b, text: a.text + b.text, ...(tokens > 0 ? { tokens } : {}) }
  }
  if ((a.type === 'reasoning-delta' && b.type === 'reasoning-delta') || (a.type === 'tool-call-delta' && b.type === 'tool-call-delta')) {
    return a.id === b.id ? { ...b, text: a.text + b.text } : undefined
  }
  return undefined
}
