/**
 * The parts of one attempt: which are open, under which ids. Turns "text of item 1, content 0" into balanced start, delta and end events.
 *
 * Parts are keyed by their position in the response, never by the provider's item ids: some gateways send a new id with every event.
 */
import type { Citation, PartEvent, ReasoningSeal } from '../../core/event.ts'

export interface Parts {
  /** Text or reasoning at a position; the part starts with its first character, so that no empty part ever exists. */
  write(kind: 'text' | 'reasoning', key: string, text: string): readonly PartEvent[]
  /**
   * The end of a part. `whole` is what the provider says that it was: what of it did not come as deltas is caught up with.
   * `seal` goes with the end of reasoning; one that says `redacted` makes a part where there is none.
   */
  finish(kind: 'text' | 'reasoning', key: string, whole: string | undefined, seal?: ReasoningSeal): readonly PartEvent[]
  /** The whole text of a part has come, its end has not: there may be citations or a seal yet. Catches up as `finish` does; later deltas are not believed. */
  complete(kind: 'text' | 'reasoning', key: string, whole: string | undefined): readonly PartEvent[]
  /** Where the text of a part is taken from. Does nothing for a part that has not begun or has ended. */
  cite(key: string, citation: Citation): readonly PartEvent[]
  /** A call begins. `callId` is the provider's; made unique within the attempt. Does nothing when it has begun. */
  call(key: string, callId: string | undefined, name: string): readonly PartEvent[]
  /** A piece of a call's argument. Does nothing for a call that has not begun. */
  argument(key: string, text: string): readonly PartEvent[]
  /** The end of a call. `whole` as for `finish`. Does nothing when it has ended. */
  finishCall(key: string, whole: string | undefined): readonly PartEvent[]
  /** What a tool that the provider ran came back with. */
  result(key: string, output: unknown, error: string | undefined): readonly PartEvent[]
  /** Ends whatever is open. */
  finishAll(): readonly PartEvent[]
  /** Whether any part has begun. */
  readonly any: boolean
}

interface Part {
  readonly id: string
  readonly kind: 'text' | 'reasoning' | 'tool'
  /** Text, or argument text of a call, so far. */
  text: string
  /** Nothing more is written to it. */
  full: boolean
  done: boolean
}

export function createParts(): Parts {
  const parts = new Map<string, Part>()
  const callIds = new Set<string>()

  const complete: Parts['complete'] = (kind, key, whole) => {
    const late = whole === undefined ? [] : write(kind, key, restOf(whole, parts.get(key)?.text ?? ''))
    const part = parts.get(key)
    if (part !== undefined) part.full = true
    return late
  }

  const finish: Parts['finish'] = (kind, key, whole, seal) => {
    const late = complete(kind, key, whole)
    const part = parts.get(key)
    if (part === undefined && kind === 'reasoning' && seal?.redacted) {
      parts.set(key, { id: key, kind, text: '', full: true, done: true })
      return [
        { type: 'reasoning-start', id: key },
        { type: 'reasoning-end', id: key, ...seal },
      ]
    }
    if (part === undefined || part.done || part.kind === 'tool') return late
    part.done = true
    return [...late, part.kind === 'text' ? { type: 'text-end', id: part.id } : { type: 'reasoning-end', id: part.id, ...seal }]
  }

  const write: Parts['write'] = (kind, key, text) => {
    if (text === '') return []
    const existing = parts.get(key)
    if (existing?.full) return []
    const part: Part = existing ?? { id: key, kind, text: '', full: false, done: false }
    parts.set(key, part)
    part.text += text
    const delta: PartEvent = { type: DELTA_OF[kind], id: part.id, text }
    return existing === undefined ? [{ type: `${kind}-start`, id: part.id }, delta] : [delta]
  }

  const finishCall: Parts['finishCall'] = (key, whole) => {
    const part = parts.get(key)
    if (part === undefined || part.done || part.kind !== 'tool') return []
    const input = whole ?? part.text
    const late = restOf(input, part.text)
    part.done = true
    const end: PartEvent = { type: 'tool-call-end', id: part.id, input }
    return late === '' ? [end] : [{ type: 'tool-call-delta', id: part.id, text: late }, end]
  }

  return {
    write,
    complete,
    finish,
    cite(key, citation) {
      const part = parts.get(key)
      return part === undefined || part.done || part.kind !== 'text' ? [] : [{ type: 'citation', id: part.id, ...citation }]
    },
    finishCall,
    call(key, callId, name) {
      if (parts.has(key)) return []
      let id = callId ?? `call@${key}`
      // Once more where the provider's own ids look like ours.
      while (callIds.has(id)) id = `${id}@${key}`
      callIds.add(id)
      parts.set(key, { id, kind: 'tool', text: '', full: false, done: false })
      return [{ type: 'tool-call-start', id, name }]
    },
    argument(key, text) {
      const part = parts.get(key)
      if (part === undefined || part.done || text === '') return []
      part.text += text
      return [{ type: 'tool-call-delta', id: part.id, text }]
    },
    result(key, output, error) {
      const part = parts.get(key)
      if (part === undefined) return []
      return [{ type: 'tool-result', id: part.id, ...(output === undefined ? {} : { output }), ...(error === undefined ? {} : { error }) }]
    },
    finishAll() {
      const keys = [...parts.keys()]
      return keys.flatMap((key) => {
        const kind = parts.get(key)?.kind
        return kind === undefined || kind === 'tool' ? finishCall(key, undefined) : finish(kind, key, undefined)
      })
    },
    get any() {
      return parts.size > 0
    },
  }
}

/** Names that are put together anew compare by their characters, in every `switch` on the way. */
const DELTA_OF = { text: 'text-delta', reasoning: 'reasoning-delta' } as const

/** What `whole` has beyond `text`; nothing when it does not begin with it, since what people have read cannot be taken back. */
function restOf(whole: string, text: string): string {
  return whole.length > text.length && whole.startsWith(text) ? whole.slice(text.length) : ''
}
