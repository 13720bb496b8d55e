/**
 * The repository's own recordings: small streams in the shape of the Responses API, one for each thing that can happen.
 * Written from the facts of the API; the texts are ours.
 */
import type { Recording } from '../recordings.ts'
import { oddSamples } from './responses-odd.ts'
import { toolSamples } from './responses-tools.ts'
import {
  customCall,
  ending,
  functionCall,
  ID,
  message,
  reasoning,
  reasoningText,
  refusal,
  sample,
  webSearch,
  whole,
} from './responses-wire.ts'

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
  ...toolSamples,
  ...oddSamples,
]
