/**
 * The repository's own recordings: small streams in the shape of the Responses API, one for each thing that can happen.
 * Written from the facts of the API; the texts are ours.
 */
import { type Recording, recordingOfEvents } from '../recordings.ts'

type Wire = Readonly<Record<string, unknown>>

const ID = 'resp_sample'
const USAGE = {
  input_tokens: 21,
  input_tokens_details: { cached_tokens: 5 },
  output_tokens: 34,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 55,
}

const opening: readonly Wire[] = [
  { type: 'response.created', response: { id: ID, status: 'in_progress', output: [], usage: null, error: null } },
  { type: 'response.in_progress', response: { id: ID, status: 'in_progress', output: [], usage: null, error: null } },
]

/** An output item and the events that stream it. */
interface Item {
  readonly item: Wire
  readonly events: readonly Wire[]
}

/** An item whose text comes as `<event>.delta`s and then whole, in `field` of `<event>.done`. */
function streamed(
  at: number,
  items: { begun: Wire; done: Wire },
  event: string,
  field: string,
  deltas: readonly string[],
  place: Wire,
): Item {
  const where = { item_id: items.done['id'], output_index: at, ...place }
  return {
    item: items.done,
    events: [
      { type: 'response.output_item.added', output_index: at, item: items.begun },
      ...deltas.map((delta) => ({ type: `response.${event}.delta`, ...where, delta, obfuscation: 'xK3p' })),
      { type: `response.${event}.done`, ...where, [field]: deltas.join('') },
      { type: 'response.output_item.done', output_index: at, item: items.done },
    ],
  }
}

function message(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'message', id: `msg_${at}`, role: 'assistant', status: 'in_progress', content: [] }
  const part = { type: 'output_text', text: deltas.join(''), annotations: [] }
  const done = { ...begun, status: 'completed', content: [part] }
  return streamed(at, { begun, done }, 'output_text', 'text', deltas, { content_index: 0 })
}

function refusal(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'message', id: `msg_${at}`, role: 'assistant', status: 'in_progress', content: [] }
  const done = { ...begun, status: 'completed', content: [{ type: 'refusal', refusal: deltas.join('') }] }
  return streamed(at, { begun, done }, 'refusal', 'refusal', deltas, { content_index: 0 })
}

function reasoning(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'reasoning', id: `rs_${at}`, summary: [] }
  const done = { ...begun, summary: [{ type: 'summary_text', text: deltas.join('') }] }
  return streamed(at, { begun, done }, 'reasoning_summary_text', 'text', deltas, { summary_index: 0 })
}

function reasoningText(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'reasoning', id: `rs_${at}`, summary: [] }
  const done = { ...begun, content: [{ type: 'reasoning_text', text: deltas.join('') }] }
  return streamed(at, { begun, done }, 'reasoning_text', 'text', deltas, { content_index: 0 })
}

function functionCall(at: number, name: string, deltas: readonly string[]): Item {
  const begun = { type: 'function_call', id: `fc_${at}`, call_id: `call_${at}`, name, arguments: '', status: 'in_progress' }
  const done = { ...begun, arguments: deltas.join(''), status: 'completed' }
  return streamed(at, { begun, done }, 'function_call_arguments', 'arguments', deltas, {})
}

function customCall(at: number, name: string, deltas: readonly string[]): Item {
  const begun = { type: 'custom_tool_call', id: `ctc_${at}`, call_id: `call_${at}`, name, input: '' }
  const done = { ...begun, input: deltas.join('') }
  return streamed(at, { begun, done }, 'custom_tool_call_input', 'input', deltas, {})
}

function webSearch(at: number): Item {
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

function ending(items: readonly Item[], type: 'completed' | 'incomplete', details: Wire | null = null): Wire {
  return {
    type: `response.${type}`,
    response: { id: ID, status: type, output: items.map(({ item }) => item), usage: USAGE, error: null, incomplete_details: details },
  }
}

function sample(name: string, items: readonly Item[], last: readonly Wire[]): Recording {
  return recordingOfEvents(name, [...opening, ...items.flatMap(({ events }) => events), ...last])
}

function whole(name: string, items: readonly Item[]): Recording {
  return sample(name, items, [ending(items, 'completed')])
}

const TEXT = message(0, [
  'A ',
  'durable',
  ' stream is a log ',
  'that people',
  ' can read while it grows. ',
  '日本語',
  ' and ',
  '🦊',
  ' too.',
])
const QUOTA = { code: 'insufficient_quota', message: 'You exceeded your current quota, please check your plan and billing details.' }

/** All samples, the plain text first. */
export const responsesSamples: readonly Recording[] = [
  whole('sample-text', [TEXT]),
  whole('sample-reasoning', [
    reasoning(0, ['**Weighing', ' it up**\n\n', 'Two ways lead there.']),
    message(1, ['Take ', 'the ', 'first.']),
  ]),
  whole('sample-reasoning-text', [reasoningText(0, ['First ', 'the tides.']), message(1, ['High ', 'water.'])]),
  whole('sample-function-calls', [
    message(0, ['Let me ', 'look.']),
    functionCall(1, 'get_tide', ['{"por', 't":"', 'Cuxhaven', '"}']),
    functionCall(2, 'get_time', ['{}']),
  ]),
  whole('sample-custom-call', [customCall(0, 'apply_patch', ['*** Begin', ' Patch\n', '*** End Patch'])]),
  whole('sample-web-search', [webSearch(0), message(1, ['The tide ', 'is 3 m high.'])]),
  whole('sample-refusal', [refusal(0, ['I cannot ', 'help with that.'])]),
  whole('sample-unknown-events', [
    { item: { type: 'hologram', id: 'h_0' }, events: [{ type: 'response.hologram.delta', delta: 7, output_index: 0 }] },
    message(1, ['Still ', 'here.']),
  ]),
  sample('sample-length', [TEXT], [ending([TEXT], 'incomplete', { reason: 'max_output_tokens' })]),
  sample('sample-content-filter', [TEXT], [ending([TEXT], 'incomplete', { reason: 'content_filter' })]),
  sample('sample-error-flat', [TEXT], [{ type: 'error', code: 'server_error', message: 'The server had an error.', param: null }]),
  sample(
    'sample-error-nested',
    [],
    [{ type: 'error', error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Please try again in 1.5s.' } }],
  ),
  sample(
    'sample-failed',
    [TEXT],
    [{ type: 'response.failed', response: { id: ID, status: 'failed', error: { code: 'server_error', message: 'Broken.' } } }],
  ),
  sample(
    'sample-quota',
    [],
    [
      { type: 'error', error: { type: 'insufficient_quota', param: null, ...QUOTA } },
      { type: 'response.failed', response: { id: ID, status: 'failed', error: QUOTA } },
    ],
  ),
  sample('sample-no-ending', [TEXT], []),
]
