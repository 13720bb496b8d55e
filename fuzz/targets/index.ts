/** All targets. */
import { anthropicSamples } from '../../src/simulators/provider/samples/anthropic.ts'
import { chatSamples } from '../../src/simulators/provider/samples/chat.ts'
import { responsesSamples } from '../../src/simulators/provider/samples/responses.ts'
import { createNormaliser as createAnthropic } from '../../src/sources/anthropic/normalise.ts'
import { createNormaliser as createOpenai } from '../../src/sources/openai/normalise.ts'
import { OPENAI } from '../../src/sources/openai/provider.ts'
import { createNormaliser as createChat } from '../../src/sources/openai-chat/normalise.ts'
import type { Target } from '../target.ts'
import { client } from './client.ts'
import { normaliserTarget } from './normaliser.ts'
import { offset } from './offset.ts'
import { problem } from './problem.ts'
import { record } from './record.ts'
import { redact } from './redact.ts'
import { refusal } from './refusal.ts'
import { retryAfter } from './retry-after.ts'
import { runStream } from './run-stream.ts'
import { spans } from './spans.ts'
import { sse } from './sse.ts'
import { chunks, cursor, packs } from './stored.ts'

const openai = normaliserTarget({
  name: 'openai',
  create: createOpenai,
  samples: responsesSamples,
  dictionary: [
    'response.created',
    'response.output_item.added',
    'response.output_item.done',
    'response.output_text.delta',
    'response.output_text.done',
    'response.refusal.delta',
    'response.reasoning_text.delta',
    'response.reasoning_summary_text.done',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.completed',
    'response.incomplete',
    'response.failed',
    'error',
    'function_call',
    'web_search_call',
    'message',
    'output_index',
    'content_index',
    'item_id',
    'call_id',
    'arguments',
    'action',
    'queries',
    'insufficient_quota',
    'max_output_tokens',
    'annotations',
    'encrypted_content',
  ],
})

const chat = normaliserTarget({
  name: 'openai-chat',
  create: (redact) => createChat({ source: 'chat', provider: OPENAI, redact }),
  samples: chatSamples,
  dictionary: [
    'choices',
    'delta',
    'content',
    'reasoning_content',
    'reasoning',
    'reasoning_details',
    'tool_calls',
    'function',
    'function_call',
    'arguments',
    'finish_reason',
    'refusal',
    'usage',
    'prompt_tokens',
    'annotations',
    'url_citation',
    '<think>',
    '</think>',
    '<th',
    'stop',
    'length',
    'encrypted',
    'summary',
  ],
})

const anthropic = normaliserTarget({
  name: 'anthropic',
  create: createAnthropic,
  samples: anthropicSamples,
  dictionary: [
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
    'ping',
    'error',
    'text_delta',
    'thinking_delta',
    'signature_delta',
    'input_json_delta',
    'partial_json',
    'citations_delta',
    'compaction_delta',
    'tool_use',
    'server_tool_use',
    'web_search_tool_result',
    'tool_use_id',
    'redacted_thinking',
    'thinking',
    'signature',
    'stop_reason',
    'refusal',
    'stop_details',
    'input_tokens',
    'overloaded_error',
  ],
})

export const TARGETS: readonly Target[] = [
  sse,
  openai,
  chat,
  anthropic,
  refusal,
  retryAfter,
  redact,
  runStream,
  record,
  client,
  problem,
  spans,
  offset,
  packs,
  chunks,
  cursor,
]
