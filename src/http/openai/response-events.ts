/**
 * The events of a run as the events of a response, numbered.
 *
 * A number is how many events came before it, counted from the first record of the run's log; the log decides everything, so every reader, every replay and
 * every process gives each event the same number, with no hole: also after another process took the run over. Each record becomes a
 * few events at most, and none is merged with its neighbours.
 */
import { isKnownEvent, type RunEvent, type UnknownEvent } from '../../core/event.ts'
import { annotationOf } from './annotations.ts'
import { type Call, type CallKind, callKind } from './call-items.ts'
import { envelopeOf } from './envelope.ts'
import { itemId } from './ids.ts'
import type { Json } from './json.ts'
import { type ResponseFacts, type RunEnded, responseObject, statusOf } from './response-object.ts'

/** One event of a response. */
export interface ResponseEvent extends Json {
  readonly type: string
  readonly sequence_number: number
}

export interface ResponseReading {
  /** Takes the next event of the log. */
  take(event: RunEvent | UnknownEvent): readonly ResponseEvent[]
  /** The response after what was taken. */
  readonly response: Json
  /** Number of the next event. */
  readonly next: number
}

interface Message {
  readonly kind: 'text'
  readonly id: string
  text: string
  readonly annotations: Json[]
  status: 'in_progress' | 'completed' | 'incomplete'
}

interface Reasoning {
  readonly kind: 'reasoning'
  readonly id: string
  text: string
  /** Whether there is a part of the summary. */
  shown: boolean
  seal?: string
  status: Message['status']
}

type Item = Message | Reasoning | (Call & { readonly kind: 'tool'; readonly as: CallKind; whole: boolean })

/** Reads the log of a run from its first record on. */
export function readResponse(run: ResponseFacts): ResponseReading {
  const kept = envelopeOf(run.options)
  const custom = new Set(kept.customTools)
  const functions = new Set((run.options.tools ?? []).map(({ name }) => name))
  const context = { source: run.model.split('/', 1)[0] ?? '' }
  const items: Item[] = []
  /** Place of the newest item of a part. */
  const places = new Map<string, number>()
  const callIds = new Set<string>()
  let phase: 'queued' | 'in_progress' = 'queued'
  let end: RunEnded | undefined
  let next = 0
  let out: ResponseEvent[] = []

  const say = (event: Json & { readonly type: string }): void => {
    const { type, ...rest } = event
    out.push({ type, sequence_number: next++, ...rest })
  }
  const response = (): Json => responseObject(run, { phase, output: items.map(itemJson), ...(end === undefined ? {} : { end }) })

  const itemJson = (item: Item): Json => {
    switch (item.kind) {
      case 'text': {
        const content = item.status === 'in_progress' && item.text === '' ? [] : [contentOf(item)]
        return { id: item.id, type: 'message', status: item.status, role: 'assistant', content }
      }
      case 'reasoning':
        return {
          id: item.id,
          type: 'reasoning',
          status: item.status,
          summary: item.shown ? [{ type: 'summary_text', text: item.text }] : [],
          ...(kept.encryptedReasoning ? { encrypted_content: item.seal ?? null } : {}),
        }
      default:
        return item.as.item(item, context)
    }
  }

  const start = (): void => {
    if (phase === 'in_progress') return
    phase = 'in_progress'
    say({ type: 'response.in_progress', response: response() })
  }

  const add = <T extends Item>(part: string, make: (index: number) => T): T => {
    start()
    const index = items.length
    const item = make(index)
    items.push(item)
    places.set(part, index)
    say({ type: 'response.output_item.added', output_index: index, item: itemJson(item) })
    return item
  }

  /** What an event says of the item, with its place. */
  const tell = (item: Item, type: string, rest: Json = {}): void => {
    say({ type, item_id: item.id, output_index: items.indexOf(item), ...rest })
  }

  const finish = (item: Item): void => say({ type: 'response.output_item.done', output_index: items.indexOf(item), item: itemJson(item) })

  const newest = (part: string): Item | undefined => {
    const place = places.get(part)
    return place === undefined ? undefined : items[place]
  }

  /** The open message of a part; a part that goes on after its end goes on in a new one. */
  const message = (id: string): Message => {
    const item = newest(`text ${id}`)
    if (item?.kind === 'text' && item.status === 'in_progress') return item
    const made = add<Message>(`text ${id}`, (index) => ({
      kind: 'text',
      id: itemId('msg', run, index),
      text: '',
      annotations: [],
      status: 'in_progress',
    }))
    tell(made, 'response.content_part.added', { content_index: 0, part: contentOf(made) })
    return made
  }

  const endMessage = (item: Message, status: Message['status']): void => {
    tell(item, 'response.output_text.done', { content_index: 0, text: item.text, logprobs: [] })
    tell(item, 'response.content_part.done', { content_index: 0, part: contentOf(item) })
    item.status = status
    finish(item)
  }

  const reasoning = (id: string): Reasoning => {
    const item = newest(`reasoning ${id}`)
    if (item?.kind === 'reasoning' && item.status === 'in_progress') return item
    return add<Reasoning>(`reasoning ${id}`, (index) => ({
      kind: 'reasoning',
      id: itemId('rs', run, index),
      text: '',
      shown: false,
      status: 'in_progress',
    }))
  }

  const reason = (item: Reasoning, text: string): void => {
    if (!item.shown) tell(item, 'response.reasoning_summary_part.added', { summary_index: 0, part: { type: 'summary_text', text: '' } })
    item.shown = true
    item.text += text
    tell(item, 'response.reasoning_summary_text.delta', { summary_index: 0, delta: text })
  }

  const endReasoning = (item: Reasoning, status: Message['status']): void => {
    if (item.shown) {
      tell(item, 'response.reasoning_summary_text.done', { summary_index: 0, text: item.text })
      tell(item, 'response.reasoning_summary_part.done', { summary_index: 0, part: { type: 'summary_text', text: item.text } })
    }
    item.status = status
    finish(item)
  }

  type CallItem = Extract<Item, { kind: 'tool' }>

  const call = (id: string, name: string): CallItem => {
    const item = newest(`tool ${id}`)
    if (item?.kind === 'tool' && item.status === 'in_progress' && !item.whole) return item
    // Clients know calls by this id, which must not come twice.
    const callId = callIds.has(id) ? `${id}_${items.length}` : id
    callIds.add(callId)
    const as = callKind(name, functions, custom)
    const made = add<CallItem>(`tool ${id}`, (index) => ({
      kind: 'tool',
      as,
      id: itemId(as.prefix, run, index),
      callId,
      name,
      input: '',
      status: 'in_progress',
      whole: false,
    }))
    if (as.begun !== undefined) tell(made, as.begun)
    return made
  }

  const wholeCall = (item: CallItem, input: string): void => {
    item.input = input
    item.whole = true
    for (const { type, ...rest } of item.as.whole(item)) tell(item, String(type), rest)
    if (!item.as.ours) return
    item.status = 'completed'
    finish(item)
  }

  const endRemoteCall = (item: CallItem, status: 'completed' | 'failed' | 'incomplete'): void => {
    item.status = status
    if (item.as.ended !== undefined && status !== 'incomplete') tell(item, item.as.ended(item))
    finish(item)
  }

  /** What is open when the run ends stays as it is, and says so. */
  const closeAll = (): void => {
    for (const item of items) {
      if (item.status !== 'in_progress') continue
      if (item.kind === 'text') endMessage(item, 'incomplete')
      else if (item.kind === 'reasoning') endReasoning(item, 'incomplete')
      else if (!item.as.ours) endRemoteCall(item, 'incomplete')
      // Clients run a call that is done, so one whose arguments are not whole never is.
      else item.status = 'incomplete'
    }
  }

  const apply = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-start':
        say({ type: 'response.created', response: response() })
        return
      case 'status':
        if (event.status === 'queued') say({ type: 'response.queued', response: response() })
        else start()
        return
      case 'text-start':
        message(event.id)
        return
      case 'text-delta': {
        const item = message(event.id)
        item.text += event.text
        tell(item, 'response.output_text.delta', { content_index: 0, delta: event.text, logprobs: [] })
        return
      }
      case 'text-end': {
        const item = newest(`text ${event.id}`)
        if (item?.kind === 'text' && item.status === 'in_progress') endMessage(item, 'completed')
        return
      }
      case 'citation': {
        const item = newest(`text ${event.id}`)
        if (item?.kind !== 'text') return
        const annotation = annotationOf(event, item.text.length)
        item.annotations.push(annotation)
        const annotation_index = item.annotations.length - 1
        tell(item, 'response.output_text.annotation.added', { content_index: 0, annotation_index, annotation })
        return
      }
      case 'reasoning-start':
        reasoning(event.id)
        return
      case 'reasoning-delta':
        reason(reasoning(event.id), event.text)
        return
      case 'reasoning-end': {
        const item = newest(`reasoning ${event.id}`)
        if (item?.kind !== 'reasoning' || item.status !== 'in_progress') return
        if (event.signature !== undefined) item.seal = event.signature
        endReasoning(item, 'completed')
        return
      }
      case 'tool-call-start':
        call(event.id, event.name)
        return
      case 'tool-call-delta': {
        const item = call(event.id, '')
        item.input += event.text
        if (item.as.delta !== undefined) tell(item, item.as.delta, { delta: event.text })
        return
      }
      case 'tool-call-end':
        wholeCall(call(event.id, ''), event.input)
        return
      case 'tool-result': {
        const item = newest(`tool ${event.id}`)
        if (item?.kind !== 'tool' || item.as.ours || item.status !== 'in_progress') return
        item.output = event.output
        if (event.error !== undefined) item.error = event.error
        endRemoteCall(item, event.error === undefined ? 'completed' : 'failed')
        return
      }
      case 'run-end': {
        closeAll()
        end = event
        const status = statusOf(event)
        // The package has no event for a cancelled response, and its helper throws at types that it does not know.
        say({ type: `response.${status === 'cancelled' ? 'incomplete' : status}`, response: response() })
        return
      }
      case 'progress':
      case 'notice':
      case 'usage':
      case 'data':
        return
      default:
        event satisfies never
    }
  }

  return {
    take(event) {
      out = []
      if (isKnownEvent(event)) apply(event)
      return out
    },
    get response() {
      return response()
    },
    get next() {
      return next
    },
  }
}

function contentOf({ text, annotations }: Message): Json {
  return { type: 'output_text', text, annotations: [...annotations], logprobs: [] }
}
