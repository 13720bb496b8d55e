/** The streams that are replayed: what a run stores for a long answer, each delta a record of its own. */
import { encodeEvent, type RunEvent } from '../../src/core/event.ts'
import { formatOffset } from '../../src/core/offset.ts'
import { framesOf } from '../../src/http/frames.ts'

const PIECES = [
  'A ',
  'durable',
  ' stream',
  ' is',
  ' a',
  ' log',
  ' that',
  ' people',
  ' can',
  ' read',
  ' while',
  ' it',
  ' grows',
  '. ',
  '日本語',
  '\n\n',
]
const BEGAN = 1_760_000_000_000
const EVENT_EVERY_MS = 20
/** A term that is not the first, as after a fence. */
export const TERM = 1

/** Events of one stream. */
export function eventsOf(count: number): RunEvent[] {
  const id = 'text-0-0'
  const at = (index: number): number => BEGAN + index * EVENT_EVERY_MS
  const first: RunEvent[] = [
    { type: 'run-start', runId: 'run_bench', model: 'bench/bench', at: at(0) },
    { type: 'status', status: 'started', message: 'Thinking', at: at(1) },
    { type: 'text-start', id, at: at(2) },
  ]
  const last: RunEvent[] = [
    { type: 'text-end', id, at: at(count) },
    { type: 'run-end', outcome: 'completed', finishReason: 'stop', usage: { outputTokens: count, basis: 'reported' }, at: at(count) },
  ]
  const deltas = Array.from(
    { length: count - first.length - last.length },
    (_, index): RunEvent => ({
      type: 'text-delta',
      id,
      text: PIECES[index % PIECES.length] ?? '',
      tokens: 1,
      at: at(index),
    }),
  )
  return [...first, ...deltas, ...last]
}

/** UTF-16 units of the text of such a stream. */
export function charsOf(events: readonly RunEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === 'text-delta' ? event.text.length : 0), 0)
}

export function recordsOf(events: readonly RunEvent[]): Uint8Array[] {
  // Copies: what the encoder gives lives in a slab that is meant for bytes that are soon forgotten.
  return events.map((event) => encodeEvent(event).slice())
}

/** The frames of the default view, one for each event that it shows. */
export function wireOf(events: readonly RunEvent[]): Uint8Array[] {
  return events.flatMap((event, index) => {
    const text = framesOf(formatOffset(TERM, index + 1), event)
    return text === '' ? [] : [Buffer.from(text)]
  })
}
