/** The wire events of one message of the Messages API as our events. */
import { SluiceError } from '../../core/errors.ts'
import type { FinishReason } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { bounded } from '../shared/bounded.ts'
import { classify, failureIn, MAX_DETAIL_CHARS } from '../shared/failure.ts'
import { NOTHING, type Normaliser, type Reading } from '../shared/reading.ts'
import { countAt, objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { createBlocks } from './blocks.ts'
import { ANTHROPIC } from './provider.ts'
import { mergedCounts, usageOf } from './usage.ts'

type Events = readonly SourceEvent[]

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  pause_turn: 'pause',
}

/**
 * A reader for one message.
 *
 * `message_stop` ends it, and only that is success. One that comes without a reason to stop finishes as `other`: the provider says that the message is
 * whole, and nobody says why it ended. One that nothing came before is skipped, so that an empty body stays a broken one.
 * @param redact takes secrets out of the provider's words before they become an error's message.
 */
export function createNormaliser(redact: (text: string) => string): Normaliser {
  const blocks = createBlocks()
  let message: { readonly id: string | undefined } | undefined
  let counts: Wire = {}
  let stopReason: string | undefined
  let explained = false

  const begin = (wire: Wire | undefined): Reading => {
    const id = textAt(wire, 'id')
    if (message !== undefined || blocks.any || stopReason !== undefined) {
      // A gateway may send the start twice. Any other is a second answer in the place of the first, which is not complete then.
      const isRepeat = message?.id === id && !blocks.any && stopReason === undefined
      return isRepeat ? NOTHING : { events: [], error: spliced(id) }
    }
    message = { id }
    stopReason = textAt(wire, 'stop_reason')
    const { output_tokens: placeholder, ...known } = objectAt(wire, 'usage') ?? {}
    // The output of a message that only begins is a placeholder; of one that is here whole, it counts.
    counts = mergedCounts(counts, stopReason === undefined ? known : { ...known, output_tokens: placeholder })
    const usage = usageOf(counts)
    return {
      events: [
        ...(id === undefined ? [] : [{ type: 'response', responseId: id } as const]),
        ...(usage.basis === 'unknown' ? [] : [{ type: 'usage', usage } as const]),
        ...objectsAt(wire, 'content').flatMap((block, index) => [...blocks.start(index, block), ...blocks.stop(index)]),
        ...explanation(wire),
      ],
    }
  }

  const spliced = (id: string | undefined): SluiceError => {
    const which = id === undefined ? '' : ` (${redact(id).slice(0, MAX_DETAIL_CHARS)})`
    return new SluiceError(
      'connection',
      `Another message${which} began before the one of Anthropic was complete: something on the way asked again by itself. Ask again.`,
    )
  }

  /** Why the model stopped, where it says more than one word: kept as data, since the words are the provider's and no answer. */
  const explanation = (wire: Wire | undefined): Events => {
    const details = objectAt(wire, 'stop_details')
    if (details === undefined || explained) return []
    explained = true
    return [{ type: 'data', name: `anthropic.${textAt(details, 'type') ?? 'stop_details'}`, data: bounded(details) }]
  }

  const change = (wire: Wire): Events => {
    const delta = objectAt(wire, 'delta')
    stopReason = textAt(delta, 'stop_reason') ?? stopReason
    counts = mergedCounts(counts, objectAt(wire, 'usage'))
    return explanation(delta)
  }

  const finish = (): Events => {
    if (message === undefined && !blocks.any && stopReason === undefined) return []
    const reason = stopReason !== undefined && Object.hasOwn(FINISH_REASONS, stopReason) ? FINISH_REASONS[stopReason] : undefined
    return [...blocks.stopAll(), { type: 'finish', reason: reason ?? 'other', usage: usageOf(counts) }]
  }

  const failure = (wire: Wire): SluiceError => {
    const found = failureIn(wire)
    const requestId = textAt(wire, 'request_id')
    return classify(ANTHROPIC, {
      ...found,
      ...(found.message === undefined ? {} : { message: redact(found.message) }),
      ...(requestId === undefined ? {} : { requestId }),
    })
  }

  const read = (wire: Wire): Reading => {
    const index = countAt(wire, 'index')
    switch (wire['type']) {
      case 'message_start':
        return begin(objectAt(wire, 'message'))
      case 'content_block_start': {
        const block = objectAt(wire, 'content_block') ?? {}
        // Also a sign of another message, where something on the way left its start out.
        return blocks.isTaken(index, block) ? { events: [], error: spliced(undefined) } : { events: blocks.start(index, block) }
      }
      case 'content_block_delta':
        return { events: blocks.delta(index, objectAt(wire, 'delta') ?? {}) }
      case 'content_block_stop':
        return { events: blocks.stop(index) }
      case 'message_delta':
        return { events: change(wire) }
      case 'message_stop':
        return { events: finish() }
      case 'error':
        return { events: [], error: failure(wire) }
      default:
        // A gateway that breaks off sends its own error, without a type.
        return wire['type'] === undefined && 'error' in wire ? { events: [], error: failure(wire) } : NOTHING
    }
  }

  return { read, end: () => [] }
}
