/**
 * The parts of one model stream as our events. Their parts are nearly ours; what is added is what the contract of a source promises whatever the
 * model does: ids that are used once, starts and ends in pairs, no empty parts, and a finish only where the provider gave one.
 */
import { type ErrorCode, SluiceError } from '../../core/errors.ts'
import type { DataEvent, PartEvent } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { createParts } from '../shared/parts.ts'
import { NOTHING, type Normaliser, type Reading } from '../shared/reading.ts'
import { objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { citationKey, citationOf } from './citations.ts'
import { failureOf } from './failure.ts'
import { finishReasonOf, sealOf, usageOf } from './metadata.ts'
import { withoutBytes } from './without-bytes.ts'

export interface NormaliserOptions {
  /** The source's name: what we have no word for is kept as `<name>.<type>`. */
  readonly name: string
  /** The model, as the start of a sentence. */
  readonly label: string
  /** Takes secrets out of the provider's words before they become an error's message. */
  readonly redact: (text: string) => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

type Kind = 'text' | 'reasoning'

interface OpenPart {
  readonly key: string
  /** Whether any of its text has come. */
  written: boolean
  /** The newest of the part: an older one counts no more, as in the SDK itself. */
  metadata: Wire | undefined
  /** Citations of this part so far, by `citationKey`. */
  readonly cited: Set<string>
}

interface Call {
  readonly key: string
  readonly name: string
  /** Set once the call is whole. */
  input?: string
}

/** Kinds of `custom` parts that say nothing beyond what `response-metadata` and `finish` say too. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['anthropic.message_start'])

export function createNormaliser({ name, label, redact, now }: NormaliserOptions): Normaliser {
  const parts = createParts()
  const keys = new Set<string>()
  const repeats = new Map<string, number>()
  const open = new Map<string, OpenPart>()
  const calls = new Map<string, Call>()
  /** Every citation so far. */
  const cited = new Set<string>()
  let named = false

  /** A key, which becomes an id, that no part had yet: models begin again under an id that they had ended. */
  const freshKey = (wanted: string): string => {
    let again = repeats.get(wanted) ?? 1
    let key = wanted
    while (keys.has(key)) key = `${wanted}-${++again}`
    repeats.set(wanted, again)
    keys.add(key)
    return key
  }

  const data = (type: string, value: unknown): DataEvent => ({ type: 'data', name: `${name}.${type}`, data: withoutBytes(value) })

  const begin = (kind: Kind, id: string): OpenPart => {
    const part: OpenPart = { key: freshKey(`${kind}-${id}`), written: false, metadata: undefined, cited: new Set() }
    open.set(`${kind} ${id}`, part)
    return part
  }

  const end = (kind: Kind, id: string): readonly PartEvent[] => {
    const part = open.get(`${kind} ${id}`)
    if (part === undefined) return []
    open.delete(`${kind} ${id}`)
    if (kind === 'text') return parts.finish(kind, part.key, undefined)
    const seal = sealOf(part.metadata, part.written)
    if (part.written || seal.redacted || seal.signature === undefined) return parts.finish(kind, part.key, undefined, seal)
    // Reasoning that is not shown: its signature is all there is, and the conversation needs it to go on.
    return [
      { type: 'reasoning-start', id: part.key },
      { type: 'reasoning-end', id: part.key, ...seal },
    ]
  }

  const block = (kind: Kind, step: string, wire: Wire): readonly SourceEvent[] => {
    const id = textAt(wire, 'id') ?? '0'
    const before = step === 'start' ? end(kind, id) : []
    const existing = open.get(`${kind} ${id}`)
    if (existing === undefined && step === 'end') return []
    const part = existing ?? begin(kind, id)
    part.metadata = objectAt(wire, 'providerMetadata') ?? part.metadata
    if (step === 'end') return [...citations(part, wire), ...end(kind, id)]
    const text = step === 'delta' ? (textAt(wire, 'delta') ?? '') : ''
    if (text !== '') part.written = true
    return [...before, ...parts.write(kind, part.key, text)]
  }

  /** v4 says at the end of a text what it is taken from, also what `source` parts said at their places. */
  const citations = (part: OpenPart, wire: Wire): readonly SourceEvent[] => {
    const atTheirPlaces = new Set(part.cited)
    return objectsAt(wire, 'citations').flatMap((detail) => {
      const source = objectAt(detail, 'source') ?? detail
      return atTheirPlaces.has(citationKey(source, detail)) ? [] : cite(part, source, detail)
    })
  }

  const cite = (part: OpenPart | undefined, source: Wire, detail: Wire): readonly SourceEvent[] => {
    const placed = part === undefined ? [] : parts.cite(part.key, citationOf(source, detail, withoutBytes))
    const key = citationKey(source, detail)
    if (placed.length > 0) {
      part?.cited.add(key)
      cited.add(key)
      return placed
    }
    // A source without a text that is open to be cited in: what was searched, or what the text has named already.
    return cited.has(key) ? [] : [data('source', detail)]
  }

  const openText = (): OpenPart | undefined => [...open].findLast(([key]) => key.startsWith('text '))?.[1]

  const inputStart = (id: string, tool: string): readonly PartEvent[] => {
    const call = calls.get(id)
    if (call !== undefined && call.input === undefined) return []
    const next: Call = { key: freshKey(`tool-${id}`), name: tool }
    calls.set(id, next)
    return parts.call(next.key, freshKey(id), tool)
  }

  const toolCall = (id: string, tool: string, input: string): readonly PartEvent[] => {
    const known = calls.get(id)
    if (known?.input === input && known.name === tool) return []
    const begun = inputStart(id, tool)
    const call = calls.get(id)
    if (call === undefined) return begun
    call.input = input
    return [...begun, ...parts.finishCall(call.key, input)]
  }

  const toolResult = (id: string, wire: Wire): readonly SourceEvent[] => {
    // What replaces itself, such as previews of an image, would be stored each time; the last one stays.
    if (wire['preliminary'] === true) return []
    const call = calls.get(id)
    // The result of a call of an earlier message: there is no part that it could belong to.
    if (call === undefined) return [data('tool-result', wire)]
    const result = withoutBytes(wire['result'])
    const failed = wire['isError'] === true
    const error = failed ? redact(typeof result === 'string' ? result : (JSON.stringify(result) ?? 'it gave no reason')) : undefined
    return [...parts.finishCall(call.key, undefined), ...parts.result(call.key, failed ? undefined : result, error)]
  }

  const finish = (wire: Wire): Reading => {
    const { reason, raw, missing } = finishReasonOf(wire['finishReason'])
    const usage = usageOf(objectAt(wire, 'usage'))
    if (missing === undefined) {
      const ends = [...open.keys()].flatMap((key) => end(key.startsWith('text ') ? 'text' : 'reasoning', key.slice(key.indexOf(' ') + 1)))
      return { events: [...ends, ...parts.finishAll(), { type: 'finish', reason, usage }] }
    }
    const spent: readonly SourceEvent[] = usage.basis === 'reported' ? [{ type: 'usage', usage }] : []
    return { events: spent, error: incomplete(missing, raw, label, redact) }
  }

  const eventsOf = (wire: Wire): readonly SourceEvent[] => {
    const type = textAt(wire, 'type') ?? ''
    const id = textAt(wire, 'id') ?? textAt(wire, 'toolCallId') ?? 'call'
    const tool = textAt(wire, 'toolName') ?? ''
    switch (type) {
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        return block('text', type.slice('text-'.length), wire)
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return block('reasoning', type.slice('reasoning-'.length), wire)
      case 'tool-input-start':
        return inputStart(id, tool)
      case 'tool-input-delta':
        return parts.argument(calls.get(id)?.key ?? '', textAt(wire, 'delta') ?? '')
      case 'tool-call':
        return toolCall(id, tool, argumentText(wire['input']))
      case 'tool-result':
        return toolResult(id, wire)
      case 'source':
        return cite(openText(), wire, wire)
      case 'response-metadata': {
        const responseId = textAt(wire, 'id')
        if (named || responseId === undefined) return []
        named = true
        return [{ type: 'response', responseId }]
      }
      case 'stream-start': {
        const warnings = objectsAt(wire, 'warnings')
        return warnings.length === 0 ? [] : [data('warnings', warnings)]
      }
      case 'custom':
        return SAID_ELSEWHERE.has(textAt(wire, 'kind') ?? '') ? [] : [data(type, wire)]
      // The whole arguments come with `tool-call`, which follows; they are not always what the pieces add up to.
      case 'tool-input-end':
      // Only there to keep a connection open.
      case 'ping':
      // What the provider sent, before the model made parts of it: every one of them would be there twice. Not asked for.
      case 'raw':
        return []
      default:
        return [data(type === '' ? 'part' : type, wire)]
    }
  }

  return {
    read(wire) {
      if (wire['type'] === 'finish') return finish(wire)
      if (wire['type'] === 'error') return { events: [], error: failureOf(wire['error'], { label, redact, nowMs: now() }) }
      const events = eventsOf(wire)
      return events.length === 0 ? NOTHING : { events }
    },
    end: () => [],
  }
}

function argumentText(input: unknown): string {
  return typeof input === 'string' ? input : (JSON.stringify(input) ?? '')
}

function incomplete(code: ErrorCode, raw: string | undefined, label: string, redact: (text: string) => string): SluiceError {
  const said = raw === undefined ? 'gave no reason' : `said ${JSON.stringify(redact(raw))}`
  return code === 'connection'
    ? new SluiceError(
        code,
        `The response of ${label} ended without the provider's terminal event, so it is not complete; the model ${said}.`,
      )
    : new SluiceError(code, `${label} ended the response with an error and ${said}.`)
}
