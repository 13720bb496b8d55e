/** What one delta says, in one vocabulary: the servers of this API agree on text and calls, and on little else. */
import { objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'

/** Pieces of prose in the order in which they belong. */
export interface Prose {
  readonly kind: 'reasoning' | 'text' | 'refusal'
  readonly text: string
}

/** The text of a delta that says nothing else, as most do; absent for any other. */
export function onlyText(delta: Wire): string | undefined {
  for (const field in delta) if (field !== 'content' && field !== 'role' && delta[field] !== null) return undefined
  return textAt(delta, 'content')
}

/**
 * The prose of a delta.
 * @param useDetails whether the text of `reasoning_details` counts where the delta has no plain reasoning.
 */
export function proseOf(delta: Wire, useDetails: boolean): readonly Prose[] {
  const plain = plainReasoning(delta)
  const reasoning = plain === '' && useDetails ? detailText(delta) : plain
  const content = delta['content']
  const pieces: readonly Prose[] = [
    { kind: 'reasoning', text: reasoning },
    ...(typeof content === 'string' ? [{ kind: 'text', text: content } as const] : objectsAt(delta, 'content').map(piece)),
    { kind: 'refusal', text: textAt(delta, 'refusal') ?? '' },
  ]
  return pieces.filter(({ text }) => text !== '')
}

/** `reasoning_content` (DeepSeek, Qwen) or `reasoning` (OpenRouter, Groq); servers that have both say the same in both. */
export function plainReasoning(delta: Wire): string {
  return textAt(delta, 'reasoning_content') || textAt(delta, 'reasoning') || ''
}

/** OpenRouter's details: the same text again, or the only text there is. */
function detailText(delta: Wire): string {
  return objectsAt(delta, 'reasoning_details')
    .map((detail) => textAt(detail, 'text') ?? textAt(detail, 'summary') ?? '')
    .join('')
}

/** Mistral's reasoning models send content as a list, of text and of thinking that is itself a list. */
function piece(part: Wire): Prose {
  if (part['type'] !== 'thinking') return { kind: 'text', text: textAt(part, 'text') ?? '' }
  const inner = objectsAt(part, 'thinking').map((one) => textAt(one, 'text') ?? '')
  return { kind: 'reasoning', text: textAt(part, 'thinking') ?? inner.join('') }
}

/** The opaque ones of `reasoning_details`, without the text that is told already: signatures, and reasoning that is encrypted. */
export function sealsOf(delta: Wire): readonly Wire[] {
  return objectsAt(delta, 'reasoning_details').flatMap((detail) => {
    const { text: _text, summary: _summary, ...rest } = detail
    return textAt(rest, 'signature') || textAt(rest, 'data') ? [rest] : []
  })
}

/** What this delta says of calls: `tool_calls`, and the one `function_call` of older servers. */
export function callsOf(delta: Wire): readonly Wire[] {
  const legacy = objectAt(delta, 'function_call')
  return legacy === undefined ? objectsAt(delta, 'tool_calls') : [{ index: 0, function: legacy }]
}
