/** The wire events of one response of the Responses API as our events. What it holds is the position of the parts. */
import type { SluiceError } from '../../core/errors.ts'
import type { FinishReason, PartEvent, Usage } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { classify, failureIn, type ProviderFailure } from '../shared/failure.ts'
import { createParts } from '../shared/parts.ts'
import type { Normaliser, Reading } from '../shared/reading.ts'
import { countAt, objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { hasRefusal, isOurCall, itemBegins, itemEnds, keyOf } from './items.ts'
import { OPENAI } from './provider.ts'

/**
 * A reader for one response.
 * @param redact takes secrets out of the provider's words before they become an error's message.
 */
export function createNormaliser(redact: (text: string) => string): Normaliser {
  const parts = createParts()
  let named = false
  let refused = false
  let called = false

  const name = (response: Wire | undefined): readonly SourceEvent[] => {
    const responseId = textAt(response, 'id')
    if (named || responseId === undefined) return []
    named = true
    return [{ type: 'response', responseId }]
  }

  const failure = (found: ProviderFailure): SluiceError =>
    classify(OPENAI, { ...found, ...(found.message === undefined ? {} : { message: redact(found.message) }) })

  const note = (item: Wire): void => {
    if (isOurCall(item)) called = true
    if (hasRefusal(item)) refused = true
  }

  const finish = (response: Wire | undefined, reason: FinishReason): readonly SourceEvent[] => {
    const output = objectsAt(response, 'output')
    for (const item of output) note(item)
    // Some gateways send the answer with the terminal event only. Where anything was streamed, positions in `output` may differ.
    const late: readonly PartEvent[] = parts.any ? [] : output.flatMap((item, index) => itemEnds(parts, index, item))
    const better: FinishReason = reason !== 'stop' ? reason : refused ? 'content-filter' : called ? 'tool-calls' : 'stop'
    return [...name(response), ...late, ...parts.finishAll(), { type: 'finish', reason: better, usage: usageOf(response) }]
  }

  const eventsOf = (wire: Wire): readonly SourceEvent[] => {
    const index = countAt(wire, 'output_index') ?? textAt(wire, 'item_id') ?? 0
    const content = countAt(wire, 'content_index') ?? 0
    const delta = textAt(wire, 'delta') ?? ''
    switch (wire['type']) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return name(objectAt(wire, 'response'))
      case 'response.output_item.added': {
        const item = objectAt(wire, 'item')
        return item === undefined ? [] : itemBegins(parts, index, item)
      }
      case 'response.output_item.done': {
        const item = objectAt(wire, 'item')
        if (item === undefined) return []
        note(item)
        return itemEnds(parts, index, item)
      }
      case 'response.refusal.delta':
        refused = true
        return parts.write('text', keyOf.text(index, content), delta)
      case 'response.output_text.delta':
        return parts.write('text', keyOf.text(index, content), delta)
      case 'response.output_text.done':
      case 'response.refusal.done':
        return parts.finish('text', keyOf.text(index, content), textAt(wire, 'text') ?? textAt(wire, 'refusal'))
      case 'response.reasoning_text.delta':
        return parts.write('reasoning', keyOf.reasoning(index, content), delta)
      case 'response.reasoning_text.done':
        return parts.finish('reasoning', keyOf.reasoning(index, content), textAt(wire, 'text'))
      case 'response.reasoning_summary_text.delta':
        return parts.write('reasoning', keyOf.summary(index, countAt(wire, 'summary_index') ?? 0), delta)
      case 'response.reasoning_summary_text.done':
        return parts.finish('reasoning', keyOf.summary(index, countAt(wire, 'summary_index') ?? 0), textAt(wire, 'text'))
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
      case 'response.code_interpreter_call_code.delta':
      case 'response.mcp_call_arguments.delta':
        return parts.argument(keyOf.call(index), delta)
      case 'response.function_call_arguments.done':
      case 'response.custom_tool_call_input.done':
      case 'response.code_interpreter_call_code.done':
      case 'response.mcp_call_arguments.done':
        return parts.finishCall(keyOf.call(index), textAt(wire, 'arguments') ?? textAt(wire, 'input') ?? textAt(wire, 'code'))
      case 'response.completed':
        return finish(objectAt(wire, 'response'), 'stop')
      case 'response.incomplete':
        return finish(objectAt(wire, 'response'), incompleteReason(objectAt(wire, 'response')))
      default:
        return []
    }
  }

  const read = (wire: Wire): Reading => {
    if (wire['type'] === 'error') return { events: [], error: failure(failureIn(wire)) }
    if (wire['type'] === 'response.failed') {
      const response = objectAt(wire, 'response')
      const usage = usageOf(response)
      const spent: readonly SourceEvent[] = usage.basis === 'reported' ? [{ type: 'usage', usage }] : []
      return { events: [...name(response), ...spent], error: failure(failureIn({ error: objectAt(response, 'error') ?? {} })) }
    }
    // A gateway that breaks off sends its own error object, without a type.
    if (wire['type'] === undefined && objectAt(wire, 'error') !== undefined) return { events: [], error: failure(failureIn(wire)) }
    return { events: eventsOf(wire) }
  }

  return { read, end: () => [] }
}

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
