/** Samples of citations, of sealed reasoning, and of what gateways make of a stream. */
import { type Recording, recordingOfPayloads } from '../recordings.ts'
import { ending, ID, type Item, made, message, opening, sample, type Wire, whole } from './responses-wire.ts'

const WEB = { type: 'url_citation', url: 'https://tides.example/today', title: 'Tides today', start_index: 0, end_index: 4 }
const FILE = { type: 'file_citation', file_id: 'file_1', filename: 'tides.md', index: 4 }
const CONTAINER = {
  type: 'container_file_citation',
  container_id: 'cntr_1',
  file_id: 'cfile_1',
  filename: 'plot.png',
  start_index: 0,
  end_index: 4,
}
const PATH = { type: 'file_path', file_id: 'file_2', index: 4 }

/** A message as the API really streams it, with its pieces of content; `streamed` of its annotations come while the text does. */
function cited(at: number, deltas: readonly string[], annotations: readonly Wire[], streamed: number): Item {
  const begun = { type: 'message', id: `msg_${at}`, role: 'assistant', status: 'in_progress', content: [] }
  const place = { item_id: begun.id, output_index: at, content_index: 0 }
  const part = { type: 'output_text', text: deltas.join(''), annotations }
  const item = { ...begun, status: 'completed', content: [part] }
  return {
    item,
    events: [
      { type: 'response.output_item.added', output_index: at, item: begun },
      { type: 'response.content_part.added', ...place, part: { ...part, text: '', annotations: [] } },
      ...deltas.map((delta) => ({ type: 'response.output_text.delta', ...place, delta })),
      ...annotations.slice(0, streamed).map((annotation, index) => ({
        type: 'response.output_text.annotation.added',
        ...place,
        annotation_index: index,
        annotation,
      })),
      { type: 'response.output_text.done', ...place, text: part.text },
      { type: 'response.content_part.done', ...place, part },
      { type: 'response.output_item.done', output_index: at, item },
    ],
  }
}

/** Reasoning whose pieces are summaries, and what the provider knows it by. */
function sealed(at: number, summaries: readonly string[]): Item {
  const begun = { type: 'reasoning', id: `rs_${at}`, summary: [], encrypted_content: '' }
  const place = { item_id: begun.id, output_index: at }
  const item = { ...begun, summary: summaries.map((text) => ({ type: 'summary_text', text })), encrypted_content: 'gAAAA-sealed' }
  return {
    item,
    events: [
      { type: 'response.output_item.added', output_index: at, item: begun },
      ...summaries.flatMap((text, summary_index) => [
        { type: 'response.reasoning_summary_part.added', ...place, summary_index, part: { type: 'summary_text', text: '' } },
        { type: 'response.reasoning_summary_text.delta', ...place, summary_index, delta: text },
        { type: 'response.reasoning_summary_text.done', ...place, summary_index, text },
        { type: 'response.reasoning_summary_part.done', ...place, summary_index, part: { type: 'summary_text', text } },
      ]),
      { type: 'response.output_item.done', output_index: at, item },
    ],
  }
}

const TEXT = message(0, ['High ', 'water.'])
const SECOND = message(1, ['Low ', 'water.'])

/** Every event names the item, and the response, anew. */
function rotated(items: readonly Item[]): readonly Wire[] {
  return [...opening, ...items.flatMap(({ events }) => events), ending(items, 'completed')].map((event, index) => {
    const item = event['item']
    const response = event['response']
    return {
      ...event,
      ...('item_id' in event ? { item_id: `turn_${index}` } : {}),
      ...(typeof item === 'object' ? { item: { ...item, id: `turn_${index}` } } : {}),
      ...(typeof response === 'object' ? { response: { ...response, id: `turn_${index}` } } : {}),
      sequence_number: index,
    }
  })
}

const created = (id: string): Wire => ({ type: 'response.created', response: { id, status: 'in_progress', output: [] } })
const failure = { code: 'server_error', message: 'Broken.' }

export const oddSamples: readonly Recording[] = [
  whole('sample-citations', [cited(0, ['High', '.'], [WEB, FILE], 2)]),
  // Only the first annotation came while the text did; the item that is done has them all.
  whole('sample-citations-late', [cited(0, ['High'], [WEB, CONTAINER, PATH], 1)]),
  whole('sample-sealed-reasoning', [sealed(0, ['One.', 'Two.']), message(1, ['High.'])]),
  whole('sample-redacted-reasoning', [sealed(0, []), message(1, ['High.'])]),
  recordingOfPayloads('sample-rotating-ids', 'openai-responses', rotated([TEXT])),
  // Two items are written at the same time, the later one first.
  sample(
    'sample-out-of-order',
    [{ item: SECOND.item, events: interleaved(SECOND.events, TEXT.events) }],
    [ending([TEXT, SECOND], 'completed')],
  ),
  sample('sample-begun-twice', [TEXT], [created(ID), ending([TEXT], 'completed')]),
  sample(
    'sample-spliced',
    [{ item: TEXT.item, events: TEXT.events.slice(0, 3) }],
    [created('resp_other'), ...SECOND.events, ending([SECOND], 'completed')],
  ),
  // Some gateways do not number.
  recordingOfPayloads('sample-unnumbered', 'openai-responses', [...opening, ...TEXT.events, ending([TEXT], 'completed')]),
  sample('sample-all-at-once', [], [ending([cited(0, ['High.'], [WEB], 0), made(1, { type: 'teleport', id: 'tp_1' }, {})], 'completed')]),
  recordingOfPayloads('sample-error-done', 'openai-responses', [
    ...opening,
    ...TEXT.events.slice(0, 3),
    { type: 'error', ...failure, param: null },
    '[DONE]',
  ]),
  sample(
    'sample-error-failed',
    [],
    [
      { type: 'error', error: { type: 'server_error', ...failure } },
      { type: 'response.failed', response: { id: ID, status: 'failed', error: failure } },
    ],
  ),
]

function interleaved(one: readonly Wire[], other: readonly Wire[]): readonly Wire[] {
  const length = Math.max(one.length, other.length)
  return Array.from({ length }, (_, index) => [one[index], other[index]].filter((event) => event !== undefined)).flat()
}
