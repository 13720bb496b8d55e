/**
 * Events as chunks of the AI SDK's UI message stream. Its client takes an unknown type for an error, so only known ones are made; what the
 * protocol has no word for goes as `data-*`, and what passes by (status, progress, notices) as transient `data-*`, which leaves no part behind.
 */
import { isKnownEvent, type OpenPart, type RunEvent, type UnknownEvent } from '../../core/event.ts'

/** A chunk of the UI message stream. The client's own schema is what tests check it with. */
export interface Chunk {
  readonly type: string
  readonly [field: string]: unknown
}

type End = Extract<RunEvent, { type: 'run-end' }>
type Call = Extract<RunEvent, { type: 'tool-call-end' }>
type Cited = Extract<RunEvent, { type: 'citation' }>

/** What the client calls the end of an answer; it has no word for a pause. */
const FINISH_REASON = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content-filter',
  'tool-calls': 'tool-calls',
  pause: 'other',
  other: 'other',
} as const

/**
 * The chunks of one event; none for what the protocol does not show.
 * @param messageId the client's id of the message that the answer is.
 * @param offset of the event; names what has no name of its own.
 */
export function chunksOf(event: RunEvent | UnknownEvent, messageId: string, offset: string): readonly Chunk[] {
  if (!isKnownEvent(event)) return []
  switch (event.type) {
    case 'run-start':
      return [
        { type: 'start', messageId, messageMetadata: { runId: event.runId, model: event.model, createdAt: event.at } },
        { type: 'start-step' },
      ]
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
      return [{ type: event.type, id: event.id }]
    case 'text-delta':
    case 'reasoning-delta':
      return [{ type: event.type, id: event.id, delta: event.text }]
    case 'reasoning-end': {
      const { id, signature, redacted } = event
      const sealed = signature === undefined && redacted === undefined ? {} : { providerMetadata: { sluice: { signature, redacted } } }
      return [{ type: 'reasoning-end', id, ...sealed }]
    }
    case 'citation':
      return [sourceOf(event, offset)]
    case 'tool-call-start':
      return [{ type: 'tool-input-start', toolCallId: event.id, toolName: event.name }]
    case 'tool-call-delta':
      return [{ type: 'tool-input-delta', toolCallId: event.id, inputTextDelta: event.text }]
    case 'tool-call-end':
      return callOf(event)
    case 'tool-result':
      // Only providers run tools here. A client that answers calls by itself must see which ones are not its own.
      return [
        event.error === undefined
          ? { type: 'tool-output-available', toolCallId: event.id, output: event.output ?? null, providerExecuted: true }
          : { type: 'tool-output-error', toolCallId: event.id, errorText: event.error, providerExecuted: true },
      ]
    case 'data':
      return [{ type: `data-${dataName(event.name)}`, id: event.id, data: event.data }]
    case 'status':
      return [{ type: 'data-status', transient: true, data: { status: event.status, message: event.message } }]
    case 'progress': {
      const { outputTokens, tokensPerSecond, elapsedMs, percent } = event
      return [{ type: 'data-status', transient: true, data: { progress: { outputTokens, tokensPerSecond, elapsedMs, percent } } }]
    }
    case 'notice':
      return [{ type: 'data-notice', transient: true, data: event.error }]
    case 'usage':
      return []
    case 'run-end':
      return [...(event.open ?? []).flatMap(endOf), { type: 'finish-step' }, ...finishOf(event)]
    default:
      return event satisfies never
  }
}

/** A call whose name nobody wrote down stays as its deltas left it: the client takes no input without a name. */
function callOf({ id, name, input }: Call): readonly Chunk[] {
  if (name === undefined) return []
  const call = { toolCallId: id, toolName: name }
  const parsed = parseInput(input)
  return parsed === undefined
    ? [{ type: 'tool-input-error', ...call, input, errorText: 'The model wrote an input that is not JSON.' }]
    : [{ type: 'tool-input-available', ...call, input: parsed.value }]
}

function parseInput(text: string): { readonly value: unknown } | undefined {
  // A call without arguments comes as no text at all from some providers.
  if (text.trim() === '') return { value: {} }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Addresses come from the model: what is not of the web is shown by its name only, never as a link. */
function sourceOf({ id, url, title, quote }: Cited, offset: string): Chunk {
  const providerMetadata = { sluice: { part: id, quote } }
  const web = url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url)
  if (web) return { type: 'source-url', sourceId: offset, url, title, providerMetadata }
  return { type: 'source-document', sourceId: offset, mediaType: 'text/plain', title: title ?? 'Source', providerMetadata }
}

/** Characters of a data name at most. */
const MAX_NAME = 64
/** Names that mean something passing. */
const TRANSIENT: ReadonlySet<string> = new Set(['status', 'notice'])

/** Names are chosen by tools and workflows, types are compared by programs. */
function dataName(name: string): string {
  const plain = name.replaceAll(/[^\w.-]+/g, '-').slice(0, MAX_NAME)
  if (plain === '') return 'item'
  return TRANSIENT.has(plain) ? `item-${plain}` : plain
}

/** The end of a part that the answer left open. */
function endOf({ kind, id, name }: OpenPart): readonly Chunk[] {
  if (kind !== 'tool') return [{ type: `${kind}-end`, id }]
  if (name === undefined) return []
  return [
    {
      type: 'tool-input-error',
      toolCallId: id,
      toolName: name,
      input: null,
      errorText: 'The answer stopped before this call was complete.',
    },
  ]
}

function finishOf({ outcome, finishReason, error, usage }: End): readonly Chunk[] {
  const messageMetadata = { outcome, usage, ...(error === undefined ? {} : { error }) }
  const failed = (): Chunk => ({ type: 'error', errorText: error?.message ?? 'The answer broke off.' })
  switch (outcome) {
    case 'completed':
      return [{ type: 'finish', finishReason: FINISH_REASON[finishReason ?? 'other'] ?? 'other', messageMetadata }]
    case 'cancelled':
      return [
        { type: 'abort', reason: 'cancelled' },
        { type: 'finish', finishReason: 'other', messageMetadata },
      ]
    case 'failed':
      return [failed(), { type: 'finish', finishReason: 'error', messageMetadata }]
    case 'interrupted':
      return [failed(), { type: 'finish', finishReason: 'interrupted', messageMetadata }]
    default:
      return outcome satisfies never
  }
}
