/** Streams of a run from bytes: every type of event, types of a later version, awkward texts, changes of term. */
import type { Located, RunEvent, RunEventBody, UnknownEvent } from '../src/core/event.ts'
import { formatOffset } from '../src/core/offset.ts'
import type { Choices } from './choices.ts'

const MAX_EVENTS = 60
const IDS = ['p1', 'p2', '', '__proto__'] as const

function optional<K extends string, V>(choices: Choices, key: K, value: () => V): { readonly [P in K]?: V } {
  return choices.chance() ? ({ [key]: value() } as { readonly [P in K]?: V }) : {}
}

const error = { type: 'llm', code: 'provider', message: 'The model provider\nreported an error.', recoverable: true, attempt: 1 } as const

const MAKERS: readonly [(choices: Choices) => RunEventBody, ...((choices: Choices) => RunEventBody)[]] = [
  (c) => ({
    type: 'text-delta',
    id: c.pick(IDS),
    text: c.text(),
    ...optional(c, 'tokens', () => c.below(5)),
    ...optional(c, 'code', () => true as const),
    ...optional(c, 'link', () => true as const),
  }),
  (c) => ({ type: 'text-delta', id: 'p1', text: c.text() }),
  (c) => ({ type: 'text-start', id: c.pick(IDS) }),
  (c) => ({ type: 'text-end', id: c.pick(IDS) }),
  (c) => ({ type: 'reasoning-start', id: c.pick(IDS) }),
  (c) => ({ type: 'reasoning-delta', id: c.pick(IDS), text: c.text() }),
  (c) => ({
    type: 'reasoning-end',
    id: c.pick(IDS),
    ...optional(c, 'signature', () => c.text()),
    ...optional(c, 'redacted', () => true as const),
  }),
  (c) => ({
    type: 'citation',
    id: c.pick(IDS),
    ...optional(c, 'url', () => c.text()),
    ...optional(c, 'quote', () => c.text()),
    detail: { type: c.text() },
  }),
  (c) => ({ type: 'tool-call-start', id: c.pick(IDS), name: c.text() }),
  (c) => ({ type: 'tool-call-delta', id: c.pick(IDS), text: c.text() }),
  (c) => ({ type: 'tool-call-end', id: c.pick(IDS), input: c.text() }),
  (c) => ({
    type: 'tool-result',
    id: c.pick(IDS),
    ...optional(c, 'output', () => [c.text(), null]),
    ...optional(c, 'error', () => c.text()),
  }),
  (c) => ({ type: 'status', status: c.pick(['started', 'waiting', 'cancelling']), message: c.text() }),
  (c) => ({
    type: 'progress',
    outputTokens: c.integer(),
    tokensPerSecond: c.below(90),
    elapsedMs: c.integer(),
    ...optional(c, 'percent', () => c.below(101)),
  }),
  (c) => ({ type: 'usage', usage: { outputTokens: c.integer(), basis: 'reported' } }),
  (c) => ({ type: 'notice', error, ...optional(c, 'waitMs', () => c.integer()) }),
  (c) => ({ type: 'data', name: c.text(), ...optional(c, 'id', () => c.pick(IDS)), data: c.chance() ? { text: c.text() } : null }),
]

const LATER = ['of-a-later-version', 'constructor', 'text-delta ', '__proto__'] as const

/** The stream that these decisions make; it may lack its end. */
export function runStreamFrom(choices: Choices): Located<RunEvent | UnknownEvent>[] {
  const bodies: (RunEventBody | Omit<UnknownEvent, 'at'>)[] = [{ type: 'run-start', runId: 'r1', model: choices.text() }]
  while (choices.left && bodies.length < MAX_EVENTS) {
    const kind = choices.below(MAKERS.length + 1)
    const make = MAKERS[kind]
    bodies.push(make === undefined ? { type: choices.pick(LATER), id: 'p1', text: choices.text() } : make(choices))
  }
  if (bodies.length < MAX_EVENTS) {
    bodies.push({ type: 'run-end', outcome: 'failed', usage: { basis: 'unknown' }, ...optional(choices, 'error', () => error) })
  }
  const takeover = choices.below(MAX_EVENTS)
  return bodies.map((body, index) => ({
    offset: formatOffset(index < takeover ? 1 : 2, index + 1),
    // Types of a later version are of no type here; an unknown event is just that.
    event: { ...body, at: 1_700_000_000_000 + index } as RunEvent | UnknownEvent,
  }))
}
