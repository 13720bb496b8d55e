/** What the samples of the Responses API are made of: items with the events that stream them, an opening and an ending. */
import { type Recording, recordingOfEvents } from '../recordings.ts'

export type Wire = Readonly<Record<string, unknown>>

export const ID = 'resp_sample'
const USAGE = {
  input_tokens: 21,
  input_tokens_details: { cached_tokens: 5 },
  output_tokens: 34,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 55,
}

export const opening: readonly Wire[] = [
  { type: 'response.created', response: { id: ID, status: 'in_progress', output: [], usage: null, error: null } },
  { type: 'response.in_progress', response: { id: ID, status: 'in_progress', output: [], usage: null, error: null } },
]

/** An output item and the events that stream it. */
export interface Item {
  readonly item: Wire
  readonly events: readonly Wire[]
}

/** An item whose text comes as `<event>.delta`s and then whole, in `field` of `<event>.done`; `around` is what frames it within the item. */
export function streamed(
  at: number,
  items: { begun: Wire; done: Wire },
  event: string,
  field: string,
  deltas: readonly string[],
  place: Wire,
  around?: { readonly event: string; readonly begun: Wire; readonly done: Wire },
): Item {
  const where = { item_id: items.done['id'], output_index: at, ...place }
  return {
    item: items.done,
    events: [
      { type: 'response.output_item.added', output_index: at, item: items.begun },
      ...(around === undefined ? [] : [{ type: `response.${around.event}.added`, ...where, part: around.begun }]),
      ...deltas.map((delta) => ({ type: `response.${event}.delta`, ...where, delta, obfuscation: 'xK3p' })),
      { type: `response.${event}.done`, ...where, [field]: deltas.join('') },
      ...(around === undefined ? [] : [{ type: `response.${around.event}.done`, ...where, part: around.done }]),
      { type: 'response.output_item.done', output_index: at, item: items.done },
    ],
  }
}

export function message(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'message', id: `msg_${at}`, role: 'assistant', status: 'in_progress', content: [] }
  const part = { type: 'output_text', text: deltas.join(''), annotations: [] }
  const done = { ...begun, status: 'completed', content: [part] }
  const around = { event: 'content_part', begun: { ...part, text: '' }, done: part }
  return streamed(at, { begun, done }, 'output_text', 'text', deltas, { content_index: 0 }, around)
}

export function refusal(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'message', id: `msg_${at}`, role: 'assistant', status: 'in_progress', content: [] }
  const part = { type: 'refusal', refusal: deltas.join('') }
  const done = { ...begun, status: 'completed', content: [part] }
  const around = { event: 'content_part', begun: { ...part, refusal: '' }, done: part }
  return streamed(at, { begun, done }, 'refusal', 'refusal', deltas, { content_index: 0 }, around)
}

export function reasoning(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'reasoning', id: `rs_${at}`, summary: [] }
  const part = { type: 'summary_text', text: deltas.join('') }
  const around = { event: 'reasoning_summary_part', begun: { ...part, text: '' }, done: part }
  const done = { ...begun, summary: [part] }
  return streamed(at, { begun, done }, 'reasoning_summary_text', 'text', deltas, { summary_index: 0 }, around)
}

export function reasoningText(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'reasoning', id: `rs_${at}`, summary: [] }
  const part = { type: 'reasoning_text', text: deltas.join('') }
  const around = { event: 'content_part', begun: { ...part, text: '' }, done: part }
  return streamed(at, { begun, done: { ...begun, content: [part] } }, 'reasoning_text', 'text', deltas, { content_index: 0 }, around)
}

export function functionCall(at: number, name: string, deltas: readonly string[]): Item {
  const begun = { type: 'function_call', id: `fc_${at}`, call_id: `call_${at}`, name, arguments: '', status: 'in_progress' }
  const done = { ...begun, arguments: deltas.join(''), status: 'completed' }
  return streamed(at, { begun, done }, 'function_call_arguments', 'arguments', deltas, {})
}

export function customCall(at: number, name: string, deltas: readonly string[]): Item {
  const begun = { type: 'custom_tool_call', id: `ctc_${at}`, call_id: `call_${at}`, name, input: '' }
  const done = { ...begun, input: deltas.join('') }
  return streamed(at, { begun, done }, 'custom_tool_call_input', 'input', deltas, {})
}

export function webSearch(at: number): Item {
  const place = { item_id: `ws_${at}`, output_index: at }
  const begun = { type: 'web_search_call', id: `ws_${at}`, status: 'in_progress' }
  const item = { ...begun, status: 'completed', action: { type: 'search', query: 'height of the tide' } }
  return {
    item,
    events: [
      { type: 'response.output_item.added', output_index: at, item: begun },
      { type: 'response.web_search_call.searching', ...place },
      { type: 'response.web_search_call.completed', ...place },
      { type: 'response.output_item.done', output_index: at, item },
    ],
  }
}

export function ending(items: readonly Item[], type: 'completed' | 'incomplete', details: Wire | null = null): Wire {
  return {
    type: `response.${type}`,
    response: { id: ID, status: type, output: items.map(({ item }) => item), usage: USAGE, error: null, incomplete_details: details },
  }
}

export function sample(name: string, items: readonly Item[], last: readonly Wire[]): Recording {
  return recordingOfEvents(name, [...opening, ...items.flatMap(({ events }) => events), ...last])
}

export function whole(name: string, items: readonly Item[]): Recording {
  return sample(name, items, [ending(items, 'completed')])
}

/** An item that comes whole, with what is said of it while it is made. */
export function made(at: number, begun: Wire, rest: Wire, between: readonly Wire[] = []): Item {
  const item = { ...begun, ...rest }
  return {
    item,
    events: [
      { type: 'response.output_item.added', output_index: at, item: begun },
      ...between.map((event) => ({ ...event, item_id: begun['id'], output_index: at })),
      { type: 'response.output_item.done', output_index: at, item },
    ],
  }
}
