/** The output items of a response while they are built, and what is said of each as it grows. */
import type { Citation } from '../../core/event.ts'
import { annotationOf } from './annotations.ts'
import { type Call, type CallKind, callKind } from './call-items.ts'
import { envelopeOf } from './envelope.ts'
import { itemId } from './ids.ts'
import type { Json } from './json.ts'
import type { ResponseFacts } from './response-object.ts'

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

type CallItem = Extract<Item, { kind: 'tool' }>

export interface OutputItemsOptions {
  readonly run: ResponseFacts
  readonly say: (event: Json & { readonly type: string }) => void
  /** Called before each item that begins. */
  readonly onFirst: () => void
}

/** One method for each event of an answer's parts; a part that is not there begins, and one that goes on after its end goes on in a new item. */
export interface OutputItems {
  /** The items as they stand. */
  readonly output: readonly Json[]
  textStart(id: string): void
  textDelta(id: string, text: string): void
  textEnd(id: string): void
  cite(id: string, citation: Citation): void
  reasoningStart(id: string): void
  reasoningDelta(id: string, text: string): void
  reasoningEnd(id: string, seal: string | undefined): void
  callStart(id: string, name: string): void
  callDelta(id: string, text: string): void
  callEnd(id: string, input: string): void
  callResult(id: string, output: unknown, error: string | undefined): void
  /** The run has ended: what is open stays as it is, and says so. */
  close(): void
}

export function createOutputItems(options: OutputItemsOptions): OutputItems {
  const { run, say } = options
  const kept = envelopeOf(run.options)
  const custom = new Set(kept.customTools)
  const functions = new Set((run.options.tools ?? []).map(({ name }) => name))
  const context = { source: run.model.split('/', 1)[0] ?? '' }
  const items: Item[] = []
  /** Place of the newest item of a part. */
  const places = new Map<string, number>()
  const callIds = new Set<string>()

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

  const add = <T extends Item>(part: string, make: (index: number) => T): T => {
    options.onFirst()
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

  return {
    get output() {
      return items.map(itemJson)
    },
    textStart: message,
    textDelta(id, text) {
      const item = message(id)
      item.text += text
      tell(item, 'response.output_text.delta', { content_index: 0, delta: text, logprobs: [] })
    },
    textEnd(id) {
      const item = newest(`text ${id}`)
      if (item?.kind === 'text' && item.status === 'in_progress') endMessage(item, 'completed')
    },
    cite(id, citation) {
      const item = newest(`text ${id}`)
      // A citation of text that is not there has nothing to stand at.
      if (item?.kind !== 'text') return
      const annotation = annotationOf(citation, item.text.length)
      item.annotations.push(annotation)
      const annotation_index = item.annotations.length - 1
      tell(item, 'response.output_text.annotation.added', { content_index: 0, annotation_index, annotation })
    },
    reasoningStart: reasoning,
    reasoningDelta: (id, text) => reason(reasoning(id), text),
    reasoningEnd(id, seal) {
      const item = newest(`reasoning ${id}`)
      if (item?.kind !== 'reasoning' || item.status !== 'in_progress') return
      if (seal !== undefined) item.seal = seal
      endReasoning(item, 'completed')
    },
    callStart: call,
    callDelta(id, text) {
      const item = call(id, '')
      item.input += text
      if (item.as.delta !== undefined) tell(item, item.as.delta, { delta: text })
    },
    callEnd: (id, input) => wholeCall(call(id, ''), input),
    callResult(id, output, error) {
      const item = newest(`tool ${id}`)
      if (item?.kind !== 'tool' || item.as.ours || item.status !== 'in_progress') return
      item.output = output
      if (error !== undefined) item.error = error
      endRemoteCall(item, error === undefined ? 'completed' : 'failed')
    },
    close: closeAll,
  }
}

function contentOf({ text, annotations }: Message): Json {
  return { type: 'output_text', text, annotations: [...annotations], logprobs: [] }
}
