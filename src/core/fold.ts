/**
 * The fold of a run's events: the answer that a person sees. Pure and incremental: `applyEvent` never changes its
 * argument, costs the parts of the answer and not its text, and skips types that it does not know.
 */
import type { PublicError } from './errors.ts'
import {
  type Citation,
  type FinishReason,
  isKnownEvent,
  type Outcome,
  type ReasoningSeal,
  type RunEvent,
  type RunPhase,
  type UnknownEvent,
  type Usage,
} from './event.ts'

/** Text that the model wrote, either for the reader or to itself. */
export interface TextPart extends ReasoningSeal {
  readonly kind: 'text' | 'reasoning'
  readonly id: string
  readonly text: string
  /** Whether the part ended; an interrupted answer can leave one open. */
  readonly done: boolean
  /** Absent while there is none. */
  readonly citations?: readonly PlacedCitation[]
}

/** A citation and how much of the text had come when it came, in UTF-16 units. */
export interface PlacedCitation extends Citation {
  readonly position: number
}

/** One call of a tool. */
export interface ToolPart {
  readonly kind: 'tool'
  readonly id: string
  readonly name: string
  /** The argument text so far; the whole of it once `done`. */
  readonly input: string
  readonly done: boolean
  readonly result?: { readonly output?: unknown; readonly error?: string }
}

export type AnswerPart = TextPart | ToolPart

/** One item of structured data; a later item with the same name and id replaced it. */
export interface DataItem {
  readonly name: string
  readonly id?: string
  readonly data: unknown
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What a run's events add up to. */
export interface Answer {
  readonly runId?: string
  readonly model?: string
  /** In the order in which they began. */
  readonly parts: readonly AnswerPart[]
  readonly data: readonly DataItem[]
  readonly notices: readonly PublicError[]
  readonly status?: { readonly status: RunPhase; readonly message: string }
  readonly progress?: {
    readonly outputTokens: number
    readonly tokensPerSecond: number
    readonly elapsedMs: number
    readonly percent?: number
  }
  readonly usage?: Usage
  readonly finishReason?: FinishReason
  readonly error?: PublicError
  /** Set by the terminal event, and only by it. */
  readonly outcome?: Outcome
}

/** The answer before the first event. */
export const EMPTY_ANSWER: Answer = { parts: [], data: [], notices: [] }

/** The answer after all `events`. */
export function fold(events: Iterable<RunEvent | UnknownEvent>, from: Answer = EMPTY_ANSWER): Answer {
  let answer = from
  for (const event of events) answer = applyEvent(answer, event)
  return answer
}

/** The text for the reader: all text parts, joined as the model sent them. */
export function answerText(answer: Answer): string {
  let text = ''
  for (const part of answer.parts) if (part.kind === 'text') text += part.text
  return text
}

/** The answer after one more event. */
export function applyEvent(answer: Answer, event: RunEvent | UnknownEvent): Answer {
  if (!isKnownEvent(event)) return answer
  switch (event.type) {
    case 'run-start':
      return { ...answer, runId: event.runId, model: event.model }
    case 'text-start':
    case 'text-delta':
    case 'text-end':
      return withText(answer, 'text', event)
    case 'reasoning-start':
    case 'reasoning-delta':
    case 'reasoning-end':
      return withText(answer, 'reasoning', event)
    case 'citation':
      return withCitation(answer, event)
    case 'tool-call-start':
      return withTool(answer, event.id, (part) => ({ ...part, name: event.name }))
    case 'tool-call-delta':
      return withTool(answer, event.id, (part) => ({ ...part, input: part.input + event.text }))
    case 'tool-call-end':
      return withTool(answer, event.id, (part) => ({ ...part, input: event.input, done: true }))
    case 'tool-result':
      return withTool(answer, event.id, (part) => ({
        ...part,
        result: {
          ...(event.output === undefined ? {} : { output: event.output }),
          ...(event.error === undefined ? {} : { error: event.error }),
        },
      }))
    case 'status':
      return { ...answer, status: { status: event.status, message: event.message } }
    case 'progress': {
      const { type: _type, at: _at, ...progress } = event
      return { ...answer, progress }
    }
    case 'notice':
      return { ...answer, notices: [...answer.notices, event.error] }
    case 'usage':
      return { ...answer, usage: event.usage }
    case 'data':
      return { ...answer, data: withData(answer.data, event) }
    case 'run-end': {
      const { status: _status, ...rest } = answer
      return {
        ...rest,
        outcome: event.outcome,
        usage: event.usage,
        ...(event.finishReason === undefined ? {} : { finishReason: event.finishReason }),
        ...(event.error === undefined ? {} : { error: event.error }),
      }
    }
    default:
      return event satisfies never
  }
}

type TextEvent = Extract<RunEvent, { type: `text-${string}` | `reasoning-${string}` }>

function withText(answer: Answer, kind: TextPart['kind'], event: TextEvent): Answer {
  const index = answer.parts.findLastIndex((part) => part.kind === kind && part.id === event.id)
  const old = answer.parts[index]
  const part: TextPart = old?.kind === kind ? old : { kind, id: event.id, text: '', done: false }
  return { ...answer, parts: put(answer.parts, index, afterTextEvent(part, event)) }
}

function afterTextEvent(part: TextPart, event: TextEvent): TextPart {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return { ...part, text: part.text + event.text }
    case 'reasoning-end': {
      const { signature, redacted } = event
      return { ...part, done: true, ...(signature === undefined ? {} : { signature }), ...(redacted === undefined ? {} : { redacted }) }
    }
    default:
      return { ...part, done: event.type === 'text-end' }
  }
}

function withCitation(answer: Answer, event: Extract<RunEvent, { type: 'citation' }>): Answer {
  const { type: _type, at: _at, id, ...citation } = event
  const index = answer.parts.findLastIndex((part) => part.kind === 'text' && part.id === id)
  const part = answer.parts[index]
  // A citation of text that is not there has nothing to stand at.
  if (part?.kind !== 'text') return answer
  const placed: PlacedCitation = { ...citation, position: part.text.length }
  return { ...answer, parts: put(answer.parts, index, { ...part, citations: [...(part.citations ?? []), placed] }) }
}

function withTool(answer: Answer, id: string, change: (part: ToolPart) => ToolPart): Answer {
  const index = answer.parts.findLastIndex((part) => part.kind === 'tool' && part.id === id)
  const old = answer.parts[index]
  const part: ToolPart = old?.kind === 'tool' ? old : { kind: 'tool', id, name: '', input: '', done: false }
  return { ...answer, parts: put(answer.parts, index, change(part)) }
}

function withData(items: readonly DataItem[], event: Extract<RunEvent, { type: 'data' }>): readonly DataItem[] {
  const { type: _type, at: _at, ...item } = event
  const index = item.id === undefined ? -1 : items.findIndex((old) => old.name === item.name && old.id === item.id)
  return put(items, index, item)
}

function put<T>(items: readonly T[], index: number, item: T): readonly T[] {
  return index < 0 ? [...items, item] : items.with(index, item)
}
