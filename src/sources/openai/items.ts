/** Output items of a response: messages, reasoning and calls, as they begin and as they stand when they are done. */
import type { PartEvent } from '../../core/event.ts'
import type { Parts } from '../shared/parts.ts'
import { asObject, objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'

/** Part keys, which are also the ids of text and reasoning parts. `item` is the item's position in the response. */
export const keyOf = {
  text: (item: number | string, content: number): string => `text-${item}-${content}`,
  summary: (item: number | string, index: number): string => `reasoning-${item}-summary-${index}`,
  reasoning: (item: number | string, content: number): string => `reasoning-${item}-${content}`,
  call: (item: number | string): string => `tool-${item}`,
} as const

/** Whether an item is a call that we have to answer, rather than one that the provider runs itself. */
export function isOurCall(item: Wire): boolean {
  return item['type'] === 'function_call' || item['type'] === 'custom_tool_call'
}

/** An item begins: calls are announced at once, text starts with its first character. */
export function itemBegins(parts: Parts, index: number | string, item: Wire): readonly PartEvent[] {
  const type = textAt(item, 'type') ?? ''
  if (!type.endsWith('_call')) return []
  // `web_search_call`, `code_interpreter_call`, …: the tool's name is the type, unless the item says otherwise.
  const name = textAt(item, 'name') ?? type.slice(0, -'_call'.length)
  return parts.call(keyOf.call(index), textAt(item, 'call_id') ?? textAt(item, 'id'), name)
}

/** An item is done: whatever of it did not come as deltas is caught up with, and its parts end. */
export function itemEnds(parts: Parts, index: number | string, item: Wire): readonly PartEvent[] {
  const type = textAt(item, 'type') ?? ''
  if (type === 'message') {
    return objectsAt(item, 'content').flatMap((content, at) =>
      parts.finish('text', keyOf.text(index, at), textAt(content, 'text') ?? textAt(content, 'refusal')),
    )
  }
  if (type === 'reasoning') {
    return [
      ...objectsAt(item, 'summary').flatMap((part, at) => parts.finish('reasoning', keyOf.summary(index, at), textAt(part, 'text'))),
      ...objectsAt(item, 'content').flatMap((part, at) => parts.finish('reasoning', keyOf.reasoning(index, at), textAt(part, 'text'))),
    ]
  }
  if (!type.endsWith('_call')) return []
  const events = [...itemBegins(parts, index, item), ...parts.finishCall(keyOf.call(index), callInput(item))]
  return isOurCall(item) ? events : [...events, ...parts.result(keyOf.call(index), callOutput(item), callError(item))]
}

/** The refusals of a message that is done. */
export function hasRefusal(item: Wire): boolean {
  return objectsAt(item, 'content').some((content) => content['type'] === 'refusal')
}

function callInput(item: Wire): string | undefined {
  const text = textAt(item, 'arguments') ?? textAt(item, 'input') ?? textAt(item, 'code')
  if (text !== undefined) return text
  const action = objectAt(item, 'action')
  if (action !== undefined) return JSON.stringify(action)
  return Array.isArray(item['queries']) ? JSON.stringify({ queries: item['queries'] }) : undefined
}

/** What the provider's own tool gave; images stay out, they are megabytes of base64. */
function callOutput(item: Wire): unknown {
  return item['outputs'] ?? item['output'] ?? item['results'] ?? { status: textAt(item, 'status') ?? 'completed' }
}

function callError(item: Wire): string | undefined {
  return textAt(item, 'error') ?? textAt(asObject(item['error']), 'message')
}
