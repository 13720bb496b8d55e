/** Output items of one response: as they begin, and as they stand when they are done. Holds which calls there are and who has answered them. */
import type { PartEvent, ReasoningSeal } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { bounded, boundedItem } from '../shared/bounded.ts'
import type { Parts } from '../shared/parts.ts'
import { objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { createCitations } from './citations.ts'
import { type CallType, itemError, itemType, type ResultType, runnerOf } from './item-types.ts'

/** An item's place in the response; its id where a gateway leaves the place out. */
export type Place = number | string

/** Part keys, which are also the ids of text and reasoning parts. */
export const keyOf = {
  text: (item: Place, content: number): string => `text-${item}-${content}`,
  summary: (item: Place, index: number): string => `reasoning-${item}-summary-${index}`,
  reasoning: (item: Place, content: number): string => `reasoning-${item}-${content}`,
  call: (item: Place): string => `tool-${item}`,
} as const

export interface Items {
  /** An item begins: calls are announced at once, text starts with its first character. */
  begin(at: Place, item: Wire): readonly SourceEvent[]
  /** An item is done: whatever of it did not come as deltas is caught up with, and its parts end. */
  end(at: Place, item: Wire): readonly SourceEvent[]
  /** A piece of a message is done. */
  endContent(at: Place, index: number, content: Wire): readonly SourceEvent[]
  /** A piece of reasoning, under a key of the item at `at`. */
  reason(at: Place, key: string, text: string): readonly SourceEvent[]
  /** The whole text of such a piece; its end comes with the item's. */
  reasonWhole(at: Place, key: string, whole: string | undefined): readonly SourceEvent[]
  annotate(at: Place, index: number, annotation: Wire): readonly SourceEvent[]
  /** Takes notice of what an item means for the end of the response. */
  note(item: Wire): void
  /** Whether a call waits for an answer of ours. */
  readonly waiting: boolean
  /** Whether a message refuses. */
  readonly refused: boolean
  /** Whether anything of any item was told. */
  readonly any: boolean
}

/** Longest type of an unknown item that becomes part of an event's name. */
const MAX_TYPE_CHARS = 64

export function createItems(parts: Parts): Items {
  const citations = createCitations(parts)
  /** Keys of the reasoning parts of an item. */
  const reasoning = new Map<Place, Set<string>>()
  /** Keys of calls, by `call_id` and by the item's id. */
  const calls = new Map<string, string>()
  /** Key of the last call of a type, for results that name none. */
  const lastCall = new Map<string, string>()
  /** `call_id` by the item's id: results may name either. */
  const callIds = new Map<string, string>()
  const waiting = new Set<string>()
  const answered = new Set<string>()
  const told = new Set<Place>()
  let refused = false

  const note: Items['note'] = (item) => {
    const type = itemType(item)
    if (type.as === 'message') refused ||= objectsAt(item, 'content').some((content) => content['type'] === 'refusal')
    else if (type.as === 'call') {
      const id = callId(item)
      callIds.set(textAt(item, 'id') ?? id, id)
      if (runnerOf(type, item) === 'us' && !answered.has(id)) waiting.add(id)
    } else if (type.as === 'result') {
      const named = type.call(item)
      if (named === undefined) return
      const id = callIds.get(named) ?? named
      answered.add(id)
      waiting.delete(id)
    }
  }

  const beginCall = (at: Place, item: Wire, type: CallType): readonly PartEvent[] => {
    const key = keyOf.call(at)
    for (const id of [textAt(item, 'call_id'), textAt(item, 'id')]) if (id !== undefined && !calls.has(id)) calls.set(id, key)
    const kind = textAt(item, 'type') ?? ''
    lastCall.set(kind, key)
    return parts.call(key, textAt(item, 'call_id') ?? textAt(item, 'id'), type.name(item) ?? kind)
  }

  const endCall = (at: Place, item: Wire, type: CallType): readonly PartEvent[] => {
    const key = keyOf.call(at)
    const events = [...beginCall(at, item, type), ...parts.finishCall(key, type.input(item))]
    const output = type.output?.(item)
    return output === undefined ? events : [...events, ...parts.result(key, bounded(output), itemError(item))]
  }

  const endResult = (item: Wire, type: ResultType): readonly SourceEvent[] => {
    const id = type.call(item)
    const key = id === undefined ? lastCall.get(type.of ?? '') : calls.get(id)
    // The call was made in an earlier response, or nobody knows which it is.
    if (key === undefined) return keep(item)
    return [...parts.finishCall(key, undefined), ...parts.result(key, bounded(type.output(item)), itemError(item))]
  }

  const keep = (item: Wire): readonly SourceEvent[] => {
    const type = textAt(item, 'type')
    if (type === undefined) return []
    const id = textAt(item, 'id')
    const name = `openai.${type.slice(0, MAX_TYPE_CHARS)}`
    return [{ type: 'data', name, data: boundedItem(item), ...(id === undefined ? {} : { id }) }]
  }

  const annotate: Items['annotate'] = (at, index, annotation) => citations.cite(keyOf.text(at, index), annotation)

  const endContent: Items['endContent'] = (at, index, content) => {
    const key = keyOf.text(at, index)
    return [
      ...parts.complete('text', key, textAt(content, 'text') ?? textAt(content, 'refusal')),
      ...objectsAt(content, 'annotations').flatMap((annotation) => annotate(at, index, annotation)),
      ...parts.finish('text', key, undefined),
    ]
  }

  const endReasoning = (at: Place, item: Wire): readonly PartEvent[] => {
    const pieces = [
      ...objectsAt(item, 'summary').map((piece, index) => [keyOf.summary(at, index), textAt(piece, 'text')] as const),
      ...objectsAt(item, 'content').map((piece, index) => [keyOf.reasoning(at, index), textAt(piece, 'text')] as const),
    ]
    const caughtUp = pieces.flatMap(([key, whole]) => reasonWhole(at, key, whole))
    const keys = [...(reasoning.get(at) ?? [])]
    const signature = textAt(item, 'encrypted_content')
    const last = keys.at(-1)
    if (last === undefined) {
      // Nothing of it may be read: what is left is what the provider knows it by.
      const seal: ReasoningSeal | undefined = signature === undefined ? undefined : { signature, redacted: true }
      return parts.finish('reasoning', keyOf.reasoning(at, 0), undefined, seal)
    }
    const seal: ReasoningSeal | undefined = signature === undefined ? undefined : { signature }
    return [...caughtUp, ...keys.flatMap((key) => parts.finish('reasoning', key, undefined, key === last ? seal : undefined))]
  }

  const reasonWhole = (at: Place, key: string, whole: string | undefined): readonly PartEvent[] => {
    if (whole !== undefined && whole !== '') remember(at, key)
    return parts.complete('reasoning', key, whole)
  }

  const remember = (at: Place, key: string): void => {
    const keys = reasoning.get(at) ?? new Set()
    reasoning.set(at, keys.add(key))
  }

  return {
    note,
    annotate,
    endContent,
    reasonWhole,
    begin(at, item) {
      const type = itemType(item)
      return type.as === 'call' ? beginCall(at, item, type) : []
    },
    end(at, item) {
      if (told.has(at)) return []
      told.add(at)
      const type = itemType(item)
      switch (type.as) {
        case 'message':
          return objectsAt(item, 'content').flatMap((content, index) => endContent(at, index, content))
        case 'reasoning':
          return endReasoning(at, item)
        case 'call':
          return endCall(at, item, type)
        case 'result':
          return endResult(item, type)
        case 'data':
          return keep(item)
        default:
          return type satisfies never
      }
    },
    reason(at, key, text) {
      if (text !== '') remember(at, key)
      return parts.write('reasoning', key, text)
    },
    get waiting() {
      return waiting.size > 0
    },
    get refused() {
      return refused
    },
    get any() {
      return parts.any || told.size > 0
    },
  }
}

/** By what answers name a call. */
function callId(item: Wire): string {
  return textAt(item, 'call_id') ?? textAt(item, 'id') ?? ''
}
