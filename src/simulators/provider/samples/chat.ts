/**
 * The repository's own recordings of Chat Completions: small streams, one for each shape that the servers of this API send.
 * Written from the facts of the API; the texts are ours.
 */
import { type Recording, recordingOfText } from '../recordings.ts'
import { bare, call, calling, chunk, DONE, finished, framed, ID, ROLE, SPENT, sample, say, think, USAGE, whole } from './chat-wire.ts'

const CITATION = { start_index: 0, end_index: 9, title: 'Gezeiten', url: 'https://tides.example/cuxhaven' }
const TIDE = '{"port":"Büsum"}'

const texts: readonly Recording[] = [
  whole('text', say('A ', 'tide', ' table is a log ', 'of the sea. ', '潮汐', ' and ', '🦀', ' agree.'), 'stop'),
  // The plainest server: no role, no usage, no [DONE].
  bare('bare', ...say('Just ', 'text.'), finished('stop')),
  whole('length', say('It goes on and'), 'length'),
  whole('content-filter', say('It was'), 'content_filter'),
  whole('refusal', [chunk({ refusal: 'I cannot ' }), chunk({ refusal: 'help – sorry.' })], 'stop'),
  bare(
    'azure',
    { id: '', object: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
    chunk({ role: 'assistant', content: '', refusal: null }, { obfuscation: 'xK3p' }),
    chunk({ content: 'Ebbe' }, { obfuscation: 'q' }, { content_filter_results: { hate: { filtered: false } } }),
    finished('stop', { usage: null }),
    { id: '', choices: [{ index: 0, finish_reason: null, content_filter_offsets: { check_offset: 9 } }] },
    SPENT,
    DONE,
  ),
  recordingOfText(
    'chat-comments',
    `: OPENROUTER PROCESSING\n\n: keep-alive\n\n${framed(ROLE, ...say('Sea', 'weed'))}: still here\n\n${framed(finished('stop'))}data: [DONE]\n\n`,
    'openai-chat',
  ),
  sample(
    'unknown-fields',
    chunk(
      { content: 'Still ', hologram: [1], audio: null },
      { service_tier: 'x', system_fingerprint: null, citations: [] },
      { logprobs: {} },
    ),
    { id: ID, object: 'chat.completion.heartbeat' },
    chunk({ content: 'here.' }),
    finished('stop', {}, { content: null }),
    DONE,
  ),
  sample(
    'ids-rotate',
    ...say('One', ' answer').map((one, at) => ({ ...one, id: `gen-${at}` })),
    { ...finished('stop'), id: 'gen-9' },
    DONE,
  ),
  sample(
    'second-choice',
    ...say('First.'),
    { ...ROLE, choices: [{ index: 1, delta: { role: 'assistant', content: 'Second.' }, finish_reason: 'length' }] },
    finished('stop'),
    DONE,
  ),
  whole(
    'citations',
    [
      chunk({ annotations: [{ type: 'url_citation', url_citation: CITATION }] }),
      ...say('High water', ' at noon.'),
      chunk({
        annotations: [
          { type: 'url_citation', ...CITATION },
          { type: 'file', file: { name: 'a.pdf' } },
        ],
      }),
    ],
    'stop',
  ),
  whole('unknown-reason', say('Over.'), 'hologram'),
]

const reasoning: readonly Recording[] = [
  whole('reasoning-content', [...think('reasoning_content', 'Let us ', 'weigh – both.'), ...say('Take ', 'the ferry.')], 'stop'),
  sample(
    'reasoning',
    ...think('reasoning', 'Moon ', 'first.'),
    ...say('Spring ', 'tide.'),
    finished('stop', { x_groq: { id: 'req_1', usage: USAGE }, usage: USAGE }),
    DONE,
  ),
  sample(
    'reasoning-details',
    ...['Ebb ', 'then flood.'].map((text) =>
      chunk({ content: '', reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, index: 0, format: null }] }),
    ),
    chunk({ reasoning: null, reasoning_details: [{ type: 'reasoning.text', signature: 'c2lnbmVk', index: 0, format: 'a-v1' }] }),
    ...say('Flood.'),
    chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'Z2VoZWlt', id: 'rs_1', index: 1 }] }),
    finished('stop'),
    chunk({ content: '' }, { usage: USAGE }),
    DONE,
  ),
  sample(
    'only-details',
    chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Depth ', index: 0 }] }),
    chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'counts.', index: 0 }] }),
    ...say('Sieben Fuß.'),
    finished('stop'),
    DONE,
  ),
  sample(
    'content-list',
    chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Deux ports.' }] }] }),
    chunk({ content: [{ type: 'text', text: 'Brême, ' }] }),
    ...say('puis Cuxhaven.'),
    finished('stop', { usage: USAGE }),
    DONE,
  ),
  whole(
    'takes-turns',
    [
      ...think('reasoning_content', 'Ask first.'),
      ...say('Looking. '),
      calling(call(0, { name: 'get_tide', arguments: '' }, { id: 'call_a' })),
      calling(call(0, { arguments: TIDE })),
      ...think('reasoning_content', 'And then?'),
      ...say('Done.'),
    ],
    'tool_calls',
  ),
]

const calls: readonly Recording[] = [
  whole(
    'parallel-calls',
    [
      ...say('Two looks.'),
      calling(call(0, { name: 'get_tide', arguments: '' }, { id: 'call_a' })),
      calling(call(0, { arguments: '{"port":' })),
      calling(call(1, { name: 'get_wind', arguments: '{' }, { id: 'call_b' })),
      calling(call(1, { arguments: '"at":"🌊"' }), call(0, { arguments: '"Büsum"}' })),
      calling(call(1, { arguments: '}' })),
    ],
    'tool_calls',
  ),
  whole(
    'repeated-names',
    ['{"port":', '"Büsum"', '}'].map((text) => calling(call(0, { name: 'get_tide', arguments: text }, { id: 'call_a' }))),
    'tool_calls',
  ),
  // Whole calls under one index, and "stop" although calls were made.
  whole(
    'whole-calls',
    [
      calling(call(0, { name: 'get_tide', arguments: TIDE }, { id: 'call_a' })),
      calling(call(0, { name: 'get_wind', arguments: '{}' }, { id: 'call_b' })),
    ],
    'stop',
  ),
  whole(
    'no-index',
    [
      calling(call(undefined, { name: 'get_tide', arguments: '{"port":' }, { id: 'call_a' })),
      calling(call(undefined, { arguments: '"Büsum"}' })),
      calling(call(undefined, { name: 'get_wind', arguments: '{}' }, { id: 'call_b' })),
    ],
    'tool_calls',
  ),
  whole(
    'no-index-no-id',
    [calling(call(undefined, { name: 'get_tide', arguments: TIDE }), call(undefined, { name: 'get_wind', arguments: '{}' }))],
    'tool_calls',
  ),
  whole('object-arguments', [calling(call(0, { name: 'get_tide', arguments: { port: 'Büsum' } }, { id: 'call_a' }))], 'tool_calls'),
  whole(
    'late-name',
    [calling(call(0, { arguments: '{"a"' }, { id: 'call_a' })), calling(call(0, { name: 'get_tide', arguments: ':1}' }))],
    'tool_calls',
  ),
  whole(
    'function-call',
    [chunk({ function_call: { name: 'get_tide', arguments: '' } }), chunk({ function_call: { arguments: TIDE } })],
    'function_call',
  ),
]

const counting: readonly Recording[] = [
  // vLLM counts along; the last count, in its own chunk, is the whole.
  sample(
    'usage-in-every-chunk',
    ...say('Count', 'ing').map((one, at) => ({ ...one, usage: { prompt_tokens: 21, completion_tokens: at + 1, total_tokens: 22 + at } })),
    finished('stop', { usage: { prompt_tokens: 21, completion_tokens: 3, total_tokens: 24 } }),
    SPENT,
    DONE,
  ),
  // xAI leaves its reasoning out of the completion.
  sample(
    'usage-without-reasoning',
    ...say('Much thought.'),
    finished('stop', {
      usage: { prompt_tokens: 21, completion_tokens: 4, total_tokens: 55, completion_tokens_details: { reasoning_tokens: 30 } },
    }),
    DONE,
  ),
]

const failures: readonly Recording[] = [
  sample('error-object', ...say('Half'), { error: { type: 'server_error', code: null, message: 'The server had an error.' } }),
  sample('error-string', { error: 'no more room on this machine' }),
  recordingOfText(
    'chat-error-event',
    `${framed(ROLE, ...think('reasoning', 'Call it.'))}event: error\n${framed({ error: { message: 'The call does not fit.', type: 'invalid_request_error', code: 'tool_use_failed', status_code: 400 } })}`,
    'openai-chat',
  ),
  // OpenRouter: finished, then the error with the usage, then [DONE] all the same.
  sample(
    'error-after-finish',
    ...say('It ends'),
    finished('length'),
    chunk(
      { content: '' },
      {
        usage: USAGE,
        error: { code: 502, message: 'Provider returned error', metadata: { provider_name: 'Seehund', raw: 'out of fish' } },
      },
    ),
    DONE,
  ),
  sample('error-flat', { object: 'error', message: 'Too long.', type: 'BadRequestError', code: 400 }, DONE),
  sample(
    'error-in-choice',
    ...say('Ha'),
    chunk({}, {}, { finish_reason: 'error', error: { code: 429, message: 'Try again in 2s.' } }),
    DONE,
  ),
  sample('error-reason', ...say('Ha'), finished('insufficient_system_resource'), DONE),
  sample('nameless-call', calling(call(0, { arguments: '{}' }, { id: 'call_a' })), finished('tool_calls'), DONE),
  // `[DONE]` does not mean success.
  sample('done-without-finish', ...say('Cut ', 'off'), DONE),
  sample('no-ending', ...say('Cut ', 'off')),
]

/** All samples, the plain text first. */
export const chatSamples: readonly Recording[] = [...texts, ...reasoning, ...calls, ...counting, ...failures]
