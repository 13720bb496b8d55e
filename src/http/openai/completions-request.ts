/** `POST /v1/chat/completions`: the request as a run. */
import { z } from '@hono/zod-openapi'
import type { CreateRunRequest } from '../../generate/runs.ts'
import type { PromptMessage, SourceOptions } from '../../ports/source.ts'
import { invalidInput } from '../validation.ts'
import { withEnvelope } from './envelope.ts'
import { badField } from './errors.ts'
import { COMPLETIONS_FIELDS, takenFields } from './fields.ts'
import { checkCalls, contentText } from './input-items.ts'
import type { Json } from './json.ts'
import { effortShape, metadataShape, temperatureShape, tokensShape } from './responses-request.ts'
import { readToolChoice, readTools, toolList } from './tools.ts'

/** Messages of one prompt. */
const MAX_MESSAGES = 1_000

const toolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal('function', { error: 'Only calls of functions are supported' }),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
})

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.unknown().optional(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().optional(),
})

const request = z.object({
  model: z.string().min(1).max(200).optional(),
  messages: z.array(message).min(1).max(MAX_MESSAGES),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).optional(),
  max_tokens: tokensShape,
  max_completion_tokens: tokensShape,
  temperature: temperatureShape,
  reasoning_effort: effortShape,
  seed: z.int().optional(),
  metadata: metadataShape.optional(),
  tools: toolList.default([]),
  tool_choice: z.unknown().optional(),
  response_format: z.looseObject({ type: z.string() }).optional(),
})

export interface ReadCompletion {
  readonly run: CreateRunRequest
  readonly stream: boolean
  readonly includeUsage: boolean
}

/** @throws {Refusal} 400 with the field that was not accepted. */
export function readCompletionsRequest(body: Json): ReadCompletion {
  const result = request.safeParse(takenFields(body, COMPLETIONS_FIELDS))
  if (!result.success) throw invalidInput('json', result.error)
  const asked = result.data
  const format = asked.response_format?.type ?? 'text'
  if (format !== 'text') {
    throw badField(
      'response_format',
      `Answers in the format '${format.slice(0, 40)}' cannot be promised. Ask for it in the messages, or bring a tool.`,
    )
  }
  const { tools, custom } = readTools(asked.tools, (tool) => tool[tool['type'] === 'custom' ? 'custom' : 'function'])
  if (custom.length > 0) throw badField('tools', 'Custom tools are supported by POST /v1/responses only. Bring functions.')
  const toolChoice = readToolChoice(asked.tool_choice)
  const input = asked.messages.map(promptMessage)
  checkCalls(input, 'messages')
  const maxOutputTokens = asked.max_completion_tokens ?? asked.max_tokens
  const options: SourceOptions = {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(asked.temperature === undefined ? {} : { temperature: asked.temperature }),
    ...(asked.reasoning_effort ? { reasoningEffort: asked.reasoning_effort } : {}),
    ...(asked.seed === undefined ? {} : { seed: asked.seed }),
    ...(tools.length === 0 || toolChoice === 'none' ? {} : { tools }),
  }
  const kept = { api: 'chat', ...(asked.metadata === undefined ? {} : { metadata: asked.metadata }) } as const
  return {
    run: { input, ...(asked.model === undefined ? {} : { model: asked.model }), options: withEnvelope(options, kept) },
    stream: asked.stream,
    includeUsage: asked.stream_options?.include_usage ?? false,
  }
}

function promptMessage({ role, content, tool_calls, tool_call_id }: z.infer<typeof message>, index: number): PromptMessage {
  const param = `messages.${index}`
  const calls = (tool_calls ?? []).map((call) => ({ id: call.id, name: call.function.name, input: call.function.arguments }))
  const missing = content === undefined || content === null
  if (missing && calls.length === 0) throw badField(`${param}.content`, `Missing required parameter: '${param}.content'.`)
  if (role === 'tool' && tool_call_id === undefined) {
    throw badField(`${param}.tool_call_id`, 'A message of role tool names the call that it answers.')
  }
  return {
    role: role === 'developer' ? 'system' : role,
    content: missing ? '' : contentText(content, `${param}.content`),
    ...(role === 'assistant' && calls.length > 0 ? { toolCalls: calls } : {}),
    ...(role === 'tool' && tool_call_id !== undefined ? { toolCallId: tool_call_id } : {}),
  }
}
