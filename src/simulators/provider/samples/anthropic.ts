/**
 * The repository's own recordings: small streams in the shape of the Messages API of Anthropic, one for each thing that can happen.
 * Written from the facts of the API; the texts are ours.
 */
import { type Recording, recordingOfPayloads } from '../recordings.ts'

type Wire = Readonly<Record<string, unknown>>
type Payload = Wire | string

/** A block as it begins, and the deltas that follow. */
interface Block {
  readonly begins: Wire
  readonly deltas: readonly Wire[]
}

const PING: Wire = { type: 'ping' }
const INPUT = { input_tokens: 12, cache_creation_input_tokens: 3, cache_read_input_tokens: 6 }

function opening(message: Wire = {}): Wire {
  const empty = { id: 'msg_sample', type: 'message', role: 'assistant', model: 'claude-sample', content: [], stop_reason: null }
  return { type: 'message_start', message: { ...empty, usage: { ...INPUT, output_tokens: 1 }, ...message } }
}

function changing(stop_reason: string | null, more: Wire = {}, usage: Wire = { ...INPUT, output_tokens: 34 }): Wire {
  return { type: 'message_delta', delta: { stop_reason, stop_sequence: null, ...more }, usage }
}

const CLOSING: Wire = { type: 'message_stop' }

function text(...deltas: readonly string[]): Block {
  return { begins: { type: 'text', text: '' }, deltas: deltas.map((piece) => ({ type: 'text_delta', text: piece })) }
}

function thinking(signature: string, ...deltas: readonly string[]): Block {
  return {
    begins: { type: 'thinking', thinking: '', signature: '' },
    deltas: [...deltas.map((piece) => ({ type: 'thinking_delta', thinking: piece })), { type: 'signature_delta', signature }],
  }
}

function call(begins: Wire, ...deltas: readonly string[]): Block {
  return { begins: { input: {}, ...begins }, deltas: deltas.map((partial_json) => ({ type: 'input_json_delta', partial_json })) }
}

function whole(begins: Wire): Block {
  return { begins, deltas: [] }
}

function started(blocks: readonly Block[]): readonly Wire[] {
  return blocks.flatMap(({ begins, deltas }, index) => [
    { type: 'content_block_start', index, content_block: begins },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  ])
}

function streamed(blocks: readonly Block[]): readonly Wire[] {
  return blocks.flatMap((block, at) => [
    ...started([block]).map((wire) => ({ ...wire, index: at })),
    { type: 'content_block_stop', index: at },
  ])
}

/** The provider pads its JSON with spaces before the last brace, so that its length tells nothing. */
function padded(payload: Wire, at: number): string {
  return `${JSON.stringify(payload).slice(0, -1)}${' '.repeat(at % 7)}}`
}

function sample(name: string, payloads: readonly Payload[]): Recording {
  return recordingOfPayloads(name, 'anthropic', payloads)
}

function complete(name: string, blocks: readonly Block[], last: Wire = changing('end_turn')): Recording {
  return sample(name, [opening(), ...streamed(blocks), last, CLOSING])
}

function failing(name: string, blocks: readonly Block[], error: Wire): Recording {
  return sample(name, [opening(), ...started(blocks), error])
}

const TEXT = text('A lock ', 'lifts a boat', ' without a motor: ', '水位', ' and ', 'gates ', '⛵', ' do it.')
const SHORT = text('The gate ', 'is open.')
const SEARCH = call({ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search' }, '{"query":', '"height of the lock"}')
const FOUND = {
  type: 'web_search_result',
  url: 'https://example.org/lock',
  title: 'The lock',
  encrypted_content: 'c2VhbGVk',
  page_age: null,
}
const PAGE = { type: 'web_search_result_location', url: 'https://example.org/lock', title: 'The lock', cited_text: 'It is 9 m high.' }

function cited(...citations: readonly Wire[]): readonly Wire[] {
  return citations.map((citation) => ({ type: 'citations_delta', citation }))
}

/** All samples, the plain text first. */
export const anthropicSamples: readonly Recording[] = [
  sample('sample-text', [opening(), PING, ...streamed([TEXT]), PING, changing('end_turn'), CLOSING].map(padded)),
  complete('sample-thinking', [thinking('c2lnbmVk', 'Two gates, ', 'one chamber.'), SHORT]),
  complete('sample-thinking-undisplayed', [thinking('b25seSBhIHNpZ25hdHVyZQ=='), SHORT]),
  complete('sample-thinking-redacted', [whole({ type: 'redacted_thinking', data: 'ZW5jcnlwdGVk' }), SHORT]),
  complete(
    'sample-tool-use',
    [
      text('I will ', 'look.'),
      call({ type: 'tool_use', id: 'toolu_1', name: 'get_level' }, '', '{"ch', 'amber": "', 'Süd', '"}'),
      call({ type: 'tool_use', id: 'toolu_2', name: 'get_time' }, ''),
      call({ type: 'tool_use', id: 'toolu_3', name: 'get_wind', input: { unit: 'm/s' } }),
    ],
    changing('tool_use'),
  ),
  complete('sample-server-tool', [
    SEARCH,
    whole({ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [FOUND] }),
    // Citations come before the text that they belong to, or after it.
    { begins: { type: 'text', text: '', citations: [] }, deltas: [...cited(PAGE), ...text('Nine ', 'metres').deltas] },
    { begins: { type: 'text', text: '', citations: [] }, deltas: [...text(' high.').deltas, ...cited({ ...PAGE, title: null })] },
  ]),
  complete('sample-server-tool-errors', [
    SEARCH,
    whole({
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' },
    }),
    call({ type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'open_gate', server_name: 'lock' }, '{}'),
    whole({
      type: 'mcp_tool_result',
      tool_use_id: 'mcptoolu_1',
      is_error: true,
      content: [
        { type: 'text', text: 'The gate ', citations: null },
        { type: 'text', text: 'is stuck.', citations: null },
      ],
    }),
    SHORT,
  ]),
  complete('sample-result-of-another-message', [
    whole({
      type: 'code_execution_tool_result',
      tool_use_id: 'srvtoolu_before',
      content: { type: 'code_execution_result', stdout: '9\n' },
    }),
    SHORT,
  ]),
  complete('sample-citations', [
    {
      begins: { type: 'text', text: '', citations: [] },
      deltas: [
        ...text('As written.').deltas,
        ...cited(
          {
            type: 'char_location',
            cited_text: 'Close it.',
            document_index: 0,
            document_title: 'Manual',
            start_char_index: 0,
            end_char_index: 9,
          },
          {
            type: 'page_location',
            cited_text: 'Open it.',
            document_index: 1,
            document_title: null,
            start_page_number: 2,
            end_page_number: 3,
          },
          { type: 'content_block_location', cited_text: 'Wait.', document_index: 2, start_block_index: 0, end_block_index: 1 },
          {
            type: 'search_result_location',
            cited_text: 'Nine.',
            source: 'https://example.org/nine',
            title: 'Nine',
            search_result_index: 0,
          },
          { type: 'search_result_location', cited_text: 'Ten.', source: 'shelf 7', title: null, search_result_index: 1 },
        ),
      ],
    },
  ]),
  complete(
    'sample-compaction',
    [
      {
        begins: { type: 'compaction', content: null, encrypted_content: null },
        deltas: [{ type: 'compaction_delta', content: 'We spoke of locks.', encrypted_content: 'c2VhbA==' }],
      },
    ],
    changing('compaction'),
  ),
  sample('sample-unknown', [
    opening(),
    { type: 'hologram_start', index: 0 },
    ...streamed([
      { begins: { type: 'hologram', depth: 7 }, deltas: [{ type: 'hologram_delta', light: 'on' }] },
      {
        begins: { type: 'text', text: '' },
        deltas: [...text('Still ').deltas, { type: 'hologram_delta', light: 'off' }, ...text('here.').deltas],
      },
    ]),
    changing('levitation'),
    CLOSING,
  ]),
  complete('sample-max-tokens', [SHORT, call({ type: 'tool_use', id: 'toolu_1', name: 'get_level' }, '{"cham')], changing('max_tokens')),
  complete('sample-context-window', [SHORT], changing('model_context_window_exceeded')),
  complete('sample-stop-sequence', [SHORT], changing('stop_sequence', { stop_sequence: 'END' })),
  complete('sample-pause', [SHORT, SEARCH], changing('pause_turn')),
  sample('sample-refusal', [
    opening(),
    PING,
    changing('refusal', { stop_details: { type: 'refusal', category: 'bio', explanation: 'This asks for what must not be told.' } }),
    CLOSING,
  ]),
  // Counts are corrected at the end: tools of the provider read more input than there was at the start.
  complete(
    'sample-usage',
    [SHORT],
    changing('end_turn', {}, { input_tokens: 40, output_tokens: 20, output_tokens_details: { thinking_tokens: 8 } }),
  ),
  sample('sample-repeated-start', [opening(), opening(), ...streamed([SHORT]), changing('end_turn'), CLOSING]),
  sample('sample-splice', [
    opening(),
    ...started([SHORT]),
    opening({ id: 'msg_other' }),
    ...streamed([TEXT]),
    changing('end_turn'),
    CLOSING,
  ]),
  sample('sample-whole-message', [
    opening({
      content: [
        { type: 'text', text: 'Here at once.' },
        { type: 'tool_use', id: 'toolu_1', name: 'get_level', input: { chamber: 'Nord' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 0, output_tokens: 0 },
    }),
    CLOSING,
  ]),
  sample('sample-no-reason', [opening(), ...streamed([SHORT]), CLOSING]),
  sample('sample-open-blocks', [
    opening(),
    ...started([SHORT, call({ type: 'tool_use', id: 'toolu_1', name: 'get_level' }, '{"a":1}')]),
    changing('tool_use'),
    CLOSING,
  ]),
  sample('sample-error-first', [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }]),
  failing('sample-error-overloaded', [SHORT], {
    type: 'error',
    error: { type: 'overloaded_error', message: 'Overloaded', details: null },
    request_id: 'req_sample',
  }),
  failing('sample-error-rate-limit', [SHORT], { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } }),
  failing('sample-error-spend', [], {
    type: 'error',
    error: { type: 'rate_limit_error', message: 'No more.', details: { error_code: 'contract_spend_limit_reached' } },
  }),
  failing('sample-error-api', [SHORT], { type: 'error', error: { type: 'api_error', message: 'Internal server error' } }),
  failing('sample-error-timeout', [SHORT], { type: 'error', error: { type: 'timeout_error', message: 'Request timed out.' } }),
  failing('sample-error-unknown', [SHORT], { type: 'error', error: { type: 'gravity_error', message: 'Fell.' } }),
  failing('sample-error-flat', [SHORT], { type: 'error', message: 'upstream closed', code: 502 }),
  failing('sample-error-untyped', [SHORT], { error: { message: 'upstream closed', code: 502 } }),
  sample('sample-no-ending', [opening(), ...started([TEXT])]),
]
