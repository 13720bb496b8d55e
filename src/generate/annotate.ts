/**
 * What the writer adds to the text of a source, once, for all readers: tokens, and whether it lies in code or in a link. A
 * delta whose characters disagree becomes several; half a surrogate pair waits for its other half, since bytes cannot carry it alone.
 */
import type { PartEvent } from '../core/event.ts'
import type { Answer } from '../core/fold.ts'
import { createSpanTracker, type Span, type SpanTracker } from '../text/spans.ts'

export interface Annotator {
  /** The events to store for one event of a source. */
  annotate(event: PartEvent): readonly PartEvent[]
  /** Tokens of all text, reasoning and tool input that passed. */
  readonly outputTokens: number
}

interface TextState {
  readonly spans: SpanTracker
  /** High surrogate that ended the last delta. */
  carry: string
}

/**
 * @param countTokens estimate of the tokens of a text.
 * @param past what the stream holds already, when an earlier owner began it.
 */
export function createAnnotator(countTokens: (text: string) => number, past?: Answer): Annotator {
  const open = new Map<string, TextState>()
  /** Names of the calls that have not ended. */
  const calls = new Map<string, string>()
  let outputTokens = 0

  for (const part of past?.parts ?? []) {
    outputTokens += countTokens(part.kind === 'tool' ? part.input : part.text)
    if (part.kind === 'text' && !part.done) stateOf(open, part.id).spans.push(part.text)
    if (part.kind === 'tool' && !part.done) calls.set(part.id, part.name)
  }

  const textDelta = (id: string, { text, code, link }: Span): PartEvent => {
    const tokens = countTokens(text)
    outputTokens += tokens
    // Nearly every delta: spread properties cost more than the rest of it.
    if (tokens > 0 && !code && !link) return { type: 'text-delta', id, text, tokens }
    return {
      type: 'text-delta',
      id,
      text,
      ...(tokens > 0 ? { tokens } : {}),
      ...(code ? { code } : {}),
      ...(link ? { link } : {}),
    }
  }
  const textDeltas = (id: string, { spans }: TextState, text: string): readonly PartEvent[] =>
    spans.push(text).map((span) => textDelta(id, span))

  return {
    get outputTokens() {
      return outputTokens
    },
    annotate(event) {
      switch (event.type) {
        case 'text-delta': {
          const state = stateOf(open, event.id)
          const text = state.carry + event.text
          state.carry = endsInHighSurrogate(text) ? text.slice(-1) : ''
          return textDeltas(event.id, state, state.carry === '' ? text : text.slice(0, -1))
        }
        case 'text-end': {
          const state = open.get(event.id)
          open.delete(event.id)
          return state === undefined || state.carry === '' ? [event] : [...textDeltas(event.id, state, state.carry), event]
        }
        case 'tool-call-start':
          calls.set(event.id, event.name)
          return [event]
        case 'tool-call-end': {
          const name = calls.get(event.id)
          calls.delete(event.id)
          return [name === undefined ? event : { ...event, name }]
        }
        case 'reasoning-delta':
        case 'tool-call-delta':
          outputTokens += countTokens(event.text)
          return event.text === '' ? [] : [event]
        default:
          return [event]
      }
    },
  }
}

function stateOf(open: Map<string, TextState>, id: string): TextState {
  let state = open.get(id)
  if (!state) {
    state = { spans: createSpanTracker(), carry: '' }
    open.set(id, state)
  }
  return state
}

function endsInHighSurrogate(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff
}
