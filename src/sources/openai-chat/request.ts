/** Our request as the body of `POST /chat/completions`. */
import { SluiceError } from '../../core/errors.ts'
import type { PromptMessage, SourceRequest, ToolDefinition } from '../../ports/source.ts'
import type { Quirks } from './dialects.ts'
import { reasoningFields } from './thinking.ts'

/**
 * The body to send. One answer is asked for, never several.
 * @throws {SluiceError} `invalid-request` when there is no message, or a tool's answer names no call.
 */
export function requestBody(request: SourceRequest, quirks: Quirks): Record<string, unknown> {
  if (request.messages.length === 0) throw new SluiceError('invalid-request', 'The prompt has no message. Send at least one.')
  const { maxOutputTokens, temperature, tools } = request.options
  return {
    model: request.model,
    messages: request.messages.map(chatMessage),
    stream: true,
    ...(quirks.includeUsage ? { stream_options: { include_usage: true } } : {}),
    ...(maxOutputTokens === undefined ? {} : { [quirks.maxTokensField]: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...reasoningFields(request.options, quirks),
    // An empty list is an error at some servers.
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(functionTool) }),
  }
}

function chatMessage({ role, content, toolCalls = [], toolCallId }: PromptMessage): Record<string, unknown> {
  if (role === 'tool') {
    if (toolCallId === undefined) {
      throw new SluiceError('invalid-request', 'A message of role "tool" names no call. Set its toolCallId.')
    }
    return { role, tool_call_id: toolCallId, content }
  }
  if (toolCalls.length === 0) return { role, content }
  return {
    role,
    // An assistant that only called tools said nothing, which is null in this API: some servers refuse the empty text.
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ id, name, input }) => ({
      id,
      type: 'function',
      // Servers parse the argument, and a call without one has the empty text.
      function: { name, arguments: input.trim() === '' ? '{}' : input },
    })),
  }
}

function functionTool({ name, description, parameters }: ToolDefinition): Record<string, unknown> {
  return { type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters } }
}
