/**
 * The content blocks of one message as parts. A block has an index, begins, grows by deltas and stops; what it is stands in its start.
 *
 * Leniency, for gateways: a delta of text or thinking whose start is missing starts its block, as nothing else than text is needed; any other delta
 * without a start, and anything for a block that stopped, is skipped.
 */
import type { SourceEvent } from '../../ports/source.ts'
import { boundedItem } from '../shared/bounded.ts'
import { createParts } from '../shared/parts.ts'
import { objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { citationOf } from './citations.ts'
import { isCall, isResult, outcomeOf, wholeInput } from './tools.ts'

type Events = readonly SourceEvent[]

export interface Blocks {
  /** Whether another block has begun in this place: the start would belong to another message then. A start that is sent twice does not count. */
  isTaken(index: number | undefined, block: Wire): boolean
  /**
   * `index` is absent where the wire has none: then it is the next, and for `delta` and `stop` the latest. Does nothing in a place where a block has
   * begun.
   */
  start(index: number | undefined, block: Wire): Events
  delta(index: number | undefined, delta: Wire): Events
  stop(index: number | undefined): Events
  /** Ends whatever is open. */
  stopAll(): Events
  /** Whether any block has begun. */
  readonly any: boolean
}

interface Block {
  readonly kind: 'text' | 'reasoning' | 'call' | 'result' | 'data'
  /** Key of its part, unique within the message as indices are. */
  readonly key: string
  /** As it began; of blocks that are kept as data also what came since. */
  wire: Wire
  /** Whether anything came after the start. */
  grown: boolean
  /** Text, thinking or input so far, whether any of it came. */
  written: boolean
  signature: string | undefined
  /** Those that came before any text: they belong after it. */
  citations: readonly Wire[]
  open: boolean
}

export function createBlocks(): Blocks {
  const parts = createParts()
  const blocks = new Map<number, Block>()
  /** Blocks of calls by the provider's id of the call. */
  const calls = new Map<string, Block>()
  let latest = -1

  const start: Blocks['start'] = (index = latest + 1, wire) => {
    if (blocks.has(index)) return []
    latest = index
    const call = calls.get(textAt(wire, 'tool_use_id') ?? '')
    const kind = kindOf(textAt(wire, 'type') ?? '', call !== undefined)
    const block: Block = {
      kind,
      key: `${PREFIX[kind]}-${index}`,
      wire,
      grown: false,
      written: false,
      signature: textAt(wire, 'signature'),
      citations: objectsAt(wire, 'citations'),
      open: true,
    }
    blocks.set(index, block)
    return begin(block, call)
  }

  const begin = (block: Block, call: Block | undefined): Events => {
    const { kind, key, wire } = block
    switch (kind) {
      case 'text':
        return write(block, 'text', textAt(wire, 'text'))
      case 'reasoning':
        return write(block, 'reasoning', textAt(wire, 'thinking'))
      case 'call': {
        const id = textAt(wire, 'id')
        if (id !== undefined) calls.set(id, block)
        return parts.call(key, id, textAt(wire, 'name') ?? '')
      }
      case 'result': {
        if (call === undefined) return []
        const { output, error } = outcomeOf(wire)
        return [...stopBlock(call), ...parts.result(call.key, output, error)]
      }
      case 'data':
        return []
    }
  }

  const write = (block: Block, kind: 'text' | 'reasoning', text = ''): Events => {
    if (text !== '') block.written = true
    return parts.write(kind, block.key, text)
  }

  const delta: Blocks['delta'] = (index = Math.max(latest, 0), wire) => {
    const implied = wire['type'] === 'text_delta' ? 'text' : wire['type'] === 'thinking_delta' ? 'thinking' : undefined
    const started = implied === undefined || blocks.has(index) ? [] : start(index, { type: implied })
    const block = blocks.get(index)
    if (!block?.open) return started
    block.grown = true
    return [...started, ...grow(block, wire)]
  }

  const grow = (block: Block, wire: Wire): Events => {
    if (block.kind === 'data') {
      block.wire = extended(block.wire, wire)
      return []
    }
    switch (`${block.kind} ${textAt(wire, 'type')}`) {
      case 'text text_delta':
        return write(block, 'text', textAt(wire, 'text'))
      case 'text citations_delta': {
        const citation = objectAt(wire, 'citation')
        if (citation === undefined) return []
        if (block.written) return parts.cite(block.key, citationOf(citation))
        block.citations = [...block.citations, citation]
        return []
      }
      case 'reasoning thinking_delta':
        return write(block, 'reasoning', textAt(wire, 'thinking'))
      case 'reasoning signature_delta':
        block.signature = textAt(wire, 'signature') ?? block.signature
        return []
      case 'call input_json_delta': {
        const text = textAt(wire, 'partial_json') ?? ''
        if (text !== '') block.written = true
        return parts.argument(block.key, text)
      }
      default:
        return []
    }
  }

  const stopBlock = (block: Block): Events => {
    if (!block.open) return []
    block.open = false
    const { kind, key, wire } = block
    switch (kind) {
      case 'text':
        return [...block.citations.flatMap((citation) => parts.cite(key, citationOf(citation))), ...parts.finish('text', key, undefined)]
      case 'reasoning':
        return stopReasoning(block)
      case 'call':
        return parts.finishCall(key, block.written ? undefined : wholeInput(wire))
      case 'result':
        return []
      case 'data':
        return [{ type: 'data', name: `anthropic.${textAt(wire, 'type') ?? 'block'}`, data: boundedItem(wire) }]
    }
  }

  const stopReasoning = ({ key, wire, written, signature }: Block): Events => {
    if (wire['type'] === 'redacted_thinking') {
      const data = textAt(wire, 'data')
      return parts.finish('reasoning', key, undefined, { redacted: true, ...(data === undefined ? {} : { signature: data }) })
    }
    if (signature === undefined || signature === '') return parts.finish('reasoning', key, undefined)
    if (written) return parts.finish('reasoning', key, undefined, { signature })
    // Thinking that is not displayed: its signature is all there is, and the conversation needs it to go on.
    return [
      { type: 'reasoning-start', id: key },
      { type: 'reasoning-end', id: key, signature },
    ]
  }

  return {
    isTaken(index, wire) {
      const before = index === undefined ? undefined : blocks.get(index)
      return before !== undefined && !isRepeat(before, wire)
    },
    start,
    delta,
    stop(index = latest) {
      const block = blocks.get(index)
      return block === undefined ? [] : stopBlock(block)
    },
    stopAll: () => [...blocks.values()].flatMap(stopBlock),
    get any() {
      return blocks.size > 0
    },
  }
}

const PREFIX: Record<Block['kind'], string> = { text: 'text', reasoning: 'reasoning', call: 'tool', result: 'result', data: 'data' }

function kindOf(type: string, ofKnownCall: boolean): Block['kind'] {
  if (type === 'text') return 'text'
  if (type === 'thinking' || type === 'redacted_thinking') return 'reasoning'
  if (isCall(type)) return 'call'
  // The call of a result may be in an earlier message, of which this attempt knows nothing.
  return isResult(type) && ofKnownCall ? 'result' : 'data'
}

/** A start that was sent twice, as some gateways do. */
function isRepeat({ open, grown, wire }: Block, again: Wire): boolean {
  return open && !grown && wire['type'] === again['type'] && wire['id'] === again['id']
}

/** A block that is kept as data, and what a delta of a type that is known adds to it. */
function extended(block: Wire, delta: Wire): Wire {
  const { type, ...fields } = delta
  switch (type) {
    case 'text_delta':
      return { ...block, text: `${textAt(block, 'text') ?? ''}${textAt(delta, 'text') ?? ''}` }
    // Carries final values, not pieces.
    case 'compaction_delta':
      return { ...block, ...fields }
    default:
      return block
  }
}
