/** The wire events of one response of the Responses API as our events. What it holds is the position of the parts. */
import { SluiceError } from '../../core/errors.ts'
import type { FinishReason, Usage } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { classify, failureIn, type ProviderFailure } from '../shared/failure.ts'
import { createParts } from '../shared/parts.ts'
import type { Normaliser, Reading } from '../shared/reading.ts'
import { countAt, objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { createItems, keyOf, type Place } from './items.ts'
import { OPENAI } from './provider.ts'

/** What one wire event says; a type without a reader is skipped. */
type Reader = (wire: Wire) => readonly SourceEvent[]

/**
 * A reader for one response.
 * @param redact takes secrets out of the provider's words before they become an error's message.
 */
export function createNormaliser(redact: (text: string) => string): Normaliser {
  const parts = createParts()
  const items = createItems(parts)
  let responseId: string | undefined
  let refused = false

  const failure = (found: ProviderFailure): SluiceError =>
    classify(OPENAI, { ...found, ...(found.message === undefined ? {} : { message: redact(found.message) }) })

  const name = (response: Wire | undefined): readonly SourceEvent[] => {
    const id = textAt(response, 'id')
    // The first one stays: some gateways give the response a new id with every event.
    if (responseId !== undefined || id === undefined) return []
    responseId = id
    return [{ type: 'response', responseId: id }]
  }

  const isAnother = (id: string | undefined): boolean => responseId !== undefined && id !== undefined && id !== responseId

  const finish = (response: Wire | undefined, reason: FinishReason): readonly SourceEvent[] => {
    const output = objectsAt(response, 'output')
    for (const item of output) items.note(item)
    // Some gateways send the answer with the terminal event only. Where anything was streamed, positions in `output` may differ.
    const late = items.any ? [] : output.flatMap((item, index) => items.end(index, item))
    const better: FinishReason =
      reason !== 'stop' ? reason : refused || items.refused ? 'content-filter' : items.waiting ? 'tool-calls' : 'stop'
    return [...name(response), ...late, ...parts.finishAll(), { type: 'finish', reason: better, usage: usageOf(response) }]
  }

  const text: Reader = (wire) => parts.write('text', textKey(wire), deltaOf(wire))
  const refusal: Reader = (wire) => {
    refused = true
    return text(wire)
  }
  // Citations, and what reasoning is sealed with, come after the text: a part ends with its piece of content or its item.
  const textWhole: Reader = (wire) => parts.complete('text', textKey(wire), textAt(wire, 'text') ?? textAt(wire, 'refusal'))
  const reasoning =
    (key: (wire: Wire) => string): Reader =>
    (wire) =>
      items.reason(placeOf(wire), key(wire), deltaOf(wire))
  const reasoningWhole =
    (key: (wire: Wire) => string): Reader =>
    (wire) =>
      items.reasonWhole(placeOf(wire), key(wire), textAt(wire, 'text'))
  const input: Reader = (wire) => parts.argument(keyOf.call(placeOf(wire)), deltaOf(wire))
  const inputWhole: Reader = (wire) =>
    parts.finishCall(keyOf.call(placeOf(wire)), textAt(wire, 'arguments') ?? textAt(wire, 'input') ?? textAt(wire, 'code'))

  const readers: Readonly<Record<string, Reader>> = {
    'response.created': (wire) => name(objectAt(wire, 'response')),
    'response.queued': (wire) => name(objectAt(wire, 'response')),
    'response.in_progress': (wire) => name(objectAt(wire, 'response')),
    'response.output_item.added': (wire) => {
      const item = objectAt(wire, 'item')
      return item === undefined ? [] : items.begin(placeOf(wire), item)
    },
    'response.output_item.done': (wire) => {
      const item = objectAt(wire, 'item')
      if (item === undefined) return []
      items.note(item)
      return items.end(placeOf(wire), item)
    },
    'response.content_part.done': (wire) => {
      const part = objectAt(wire, 'part')
      return part?.['type'] === 'output_text' || part?.['type'] === 'refusal'
        ? items.endContent(placeOf(wire), contentIndex(wire), part)
        : []
    },
    'response.output_text.delta': text,
    'response.output_text.done': textWhole,
    'response.output_text.annotation.added': (wire) => {
      const annotation = objectAt(wire, 'annotation')
      return annotation === undefined ? [] : items.annotate(placeOf(wire), contentIndex(wire), annotation)
    },
    'response.refusal.delta': refusal,
    'response.refusal.done': textWhole,
    'response.reasoning_text.delta': reasoning(reasoningKey),
    'response.reasoning_text.done': reasoningWhole(reasoningKey),
    'response.reasoning_summary_text.delta': reasoning(summaryKey),
    'response.reasoning_summary_text.done': reasoningWhole(summaryKey),
    'response.function_call_arguments.delta': input,
    'response.function_call_arguments.done': inputWhole,
    'response.custom_tool_call_input.delta': input,
    'response.custom_tool_call_input.done': inputWhole,
    'response.code_interpreter_call_code.delta': input,
    'response.code_interpreter_call_code.done': inputWhole,
    'response.mcp_call_arguments.delta': input,
    'response.mcp_call_arguments.done': inputWhole,
    'response.completed': (wire) => finish(objectAt(wire, 'response'), 'stop'),
    'response.incomplete': (wire) => finish(objectAt(wire, 'response'), incompleteReason(objectAt(wire, 'response'))),
  }

  const read = (wire: Wire): Reading => {
    const type = textAt(wire, 'type')
    if (type === 'response.created' && isAnother(textAt(objectAt(wire, 'response'), 'id'))) {
      const what = 'Another response of OpenAI began in the middle of this one, so this one is not complete.'
      return { events: [], error: new SluiceError('connection', what) }
    }
    if (type === 'error') return { events: [], error: failure(failureIn(wire)) }
    if (type === 'response.failed') {
      const response = objectAt(wire, 'response')
      const usage = usageOf(response)
      const spent: readonly SourceEvent[] = usage.basis === 'reported' ? [{ type: 'usage', usage }] : []
      return { events: [...name(response), ...spent], error: failure(failureIn({ error: objectAt(response, 'error') ?? {} })) }
    }
    if (type !== undefined) return { events: (Object.hasOwn(readers, type) ? readers[type]?.(wire) : undefined) ?? [] }
    // A gateway that breaks off sends its own error object, without a type.
    return objectAt(wire, 'error') === undefined ? { events: [] } : { events: [], error: failure(failureIn(wire)) }
  }

  return { read, end: () => [] }
}

/** Where the item of an event stands. */
function placeOf(wire: Wire): Place {
  return countAt(wire, 'output_index') ?? textAt(wire, 'item_id') ?? textAt(objectAt(wire, 'item'), 'id') ?? 0
}

function contentIndex(wire: Wire): number {
  return countAt(wire, 'content_index') ?? 0
}

function deltaOf(wire: Wire): string {
  return textAt(wire, 'delta') ?? ''
}

const textKey = (wire: Wire): string => keyOf.text(placeOf(wire), contentIndex(wire))
const reasoningKey = (wire: Wire): string => keyOf.reasoning(placeOf(wire), contentIndex(wire))
const summaryKey = (wire: Wire): string => keyOf.summary(placeOf(wire), countAt(wire, 'summary_index') ?? 0)

function incompleteReason(response: Wire | undefined): FinishReason {
  const reason = textAt(objectAt(response, 'incomplete_details'), 'reason')
  return reason === 'max_output_tokens' ? 'length' : reason === 'content_filter' ? 'content-filter' : 'other'
}

function usageOf(response: Wire | undefined): Usage {
  const usage = objectAt(response, 'usage')
  const counts = {
    inputTokens: countAt(usage, 'input_tokens'),
    outputTokens: countAt(usage, 'output_tokens'),
    reasoningTokens: countAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
    cachedInputTokens: countAt(objectAt(usage, 'input_tokens_details'), 'cached_tokens'),
  }
  const known = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined))
  return { ...known, basis: Object.keys(known).length === 0 ? 'unknown' : 'reported' }
}
