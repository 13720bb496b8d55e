/** Our request as the body of `POST /responses`. */
import { SluiceError } from '../../core/errors.ts'
import type { PromptMessage, SourceOptions, SourceRequest, ToolDefinition } from '../../ports/source.ts'

/** How much of its reasoning a model is asked to summarise for the reader. */
export type ReasoningSummary = 'auto' | 'concise' | 'detailed'

export interface RequestDefaults {
  readonly reasoningSummary?: ReasoningSummary
}

/**
 * The body to send. Nothing is stored at the provider (`store: false`): the durable copy is ours.
 * @throws {SluiceError} `invalid-request` when there is no message, or a tool's answer names no call.
 */
export function requestBody(request: SourceRequest, defaults: RequestDefaults = {}): Record<string, unknown> {
  if (request.messages.length === 0) throw new SluiceError('invalid-request', 'The prompt has no message. Send at least one.')
  const { maxOutputTokens, temperature, tools } = request.options
  const reasoning = reasoningOf(request.options, defaults)
  return {
    model: request.model,
    input: request.messages.flatMap(inputItems),
    stream: true,
    store: false,
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(functionTool) }),
  }
}

function inputItems(message: PromptMessage): readonly Record<string, unknown>[] {
  if (message.role === 'tool') {
    if (message.toolCallId === undefined) {
      throw new SluiceError('invalid-request', 'A message of role "tool" names no call. Set its toolCallId.')
    }
    return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.content }]
  }
  const calls = (message.toolCalls ?? []).map((call) => ({
    type: 'function_call',
    call_id: call.id,
    name: call.name,
    arguments: call.input,
  }))
  // An assistant that only called tools said nothing; the API refuses an empty message.
  return message.content === '' && calls.length > 0 ? calls : [{ role: message.role, content: message.content }, ...calls]
}

function functionTool(tool: ToolDefinition): Record<string, unknown> {
  return {
    type: 'function',
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    parameters: tool.parameters,
    // The API's own default is strict, which refuses every schema with an optional property.
    strict: false,
  }
}

function reasoningOf(options: SourceOptions, defaults: RequestDefaults): Record<string, unknown> | undefined {
  const effort = options.reasoningEffort
  const summary = defaults.reasoningSummary
  if (effort === undefined && summary === undefined) return undefined
  return { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) }
}
