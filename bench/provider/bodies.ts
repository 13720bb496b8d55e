/** Provider streams of any length: the repository's own sample of a plain text, its deltas repeated, in the wire of each API. */
import { type RecordedApi, recordingOfPayloads } from '../../src/simulators/provider/recordings.ts'
import { responsesSamples } from '../../src/simulators/provider/samples/responses.ts'

export type Api = RecordedApi

export interface Body {
  /** The bytes of each event, with its blank line. */
  readonly events: readonly Uint8Array[]
  /** Events that bring text. */
  readonly chunks: number
  /** UTF-16 units of the whole text. */
  readonly chars: number
}

type Payload = Readonly<Record<string, unknown>> | string

const DELTA = 'response.output_text.delta'
/** As long as the ids that providers give. */
const RESPONSE_ID = `resp_${'0a1b2c3d4e'.repeat(5)}`
const ITEM_ID = `msg_${'0a1b2c3d4e'.repeat(5)}`

/** A body with so many chunks of text. */
export function bodyOf(api: Api, chunks: number): Body {
  const texts = Array.from({ length: chunks }, (_, index) => PIECES[index % PIECES.length] ?? '')
  const payloads = PAYLOADS[api](texts)
  return {
    events: payloads.map((payload) => recordingOfPayloads('bench', api, [payload]).bytes),
    chunks,
    chars: texts.join('').length,
  }
}

const PIECES = piecesOf('sample-text')

const PAYLOADS: Readonly<Record<Api, (texts: readonly string[]) => Payload[]>> = {
  'openai-responses': responses,
  'openai-chat': chat,
  anthropic,
}

function responses(texts: readonly string[]): Payload[] {
  const text = texts.join('')
  const about = { id: RESPONSE_ID, object: 'response', created_at: 1_760_000_000, model: 'bench', error: null }
  const response = { ...about, status: 'in_progress', output: [], usage: null }
  const item = { id: ITEM_ID, type: 'message', status: 'in_progress', role: 'assistant', content: [] }
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] }
  const [wholePart, at] = [
    { ...part, text },
    { item_id: ITEM_ID, output_index: 0, content_index: 0 },
  ]
  const wholeItem = { ...item, status: 'completed', content: [wholePart] }
  const usage = { input_tokens: 21, output_tokens: texts.length, total_tokens: 21 + texts.length }
  const all = [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.content_part.added', ...at, part },
    ...texts.map((delta) => ({ type: DELTA, ...at, delta, logprobs: [], obfuscation: 'xK3pQ9' })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: wholePart },
    { type: 'response.output_item.done', output_index: 0, item: wholeItem },
    { type: 'response.completed', response: { ...response, status: 'completed', output: [wholeItem], usage } },
  ]
  return all.map((payload, index) => ({ ...payload, sequence_number: index }))
}

function chat(texts: readonly string[]): Payload[] {
  const about = { id: 'chatcmpl-0a1b2c3d4e5f6a7b8c9d0a1b2c3d4', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'bench' }
  const chunk = (delta: Payload, finish: string | null = null): Payload => ({
    ...about,
    service_tier: 'default',
    system_fingerprint: 'fp_0a1b2c3d4e',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    usage: null,
  })
  const usage = { prompt_tokens: 21, completion_tokens: texts.length, total_tokens: 21 + texts.length }
  return [
    chunk({ role: 'assistant', content: '', refusal: null }),
    ...texts.map((content) => chunk({ content })),
    chunk({}, 'stop'),
    { ...about, choices: [], usage },
    '[DONE]',
  ]
}

function anthropic(texts: readonly string[]): Payload[] {
  const message = { id: ITEM_ID, type: 'message', role: 'assistant', model: 'bench', content: [], stop_reason: null, stop_sequence: null }
  return [
    { type: 'message_start', message: { ...message, usage: { input_tokens: 21, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...texts.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: texts.length } },
    { type: 'message_stop' },
  ]
}

function piecesOf(name: string): string[] {
  const sample = responsesSamples.find((one) => one.name === name)
  const payloads = [...new TextDecoder().decode(sample?.bytes).matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''))
  return payloads.flatMap(({ type, delta }) => (type === DELTA ? [String(delta)] : []))
}
