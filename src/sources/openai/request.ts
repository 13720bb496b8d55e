/** Our request as the body of `POST /responses`. */
import { SluiceError } from '../../core/errors.ts'
import type { PromptMessage, SourceRequest, ToolDefinition } from '../../ports/source.ts'
import { effortFor, familyOf } from './models.ts'

/** How much of its reasoning a model is asked to summarise for the reader. */
export type ReasoningSummary = 'auto' | 'concise' | 'detailed'

export interface RequestDefaults {
  readonly reasoningSummary?: ReasoningSummary
}

/** Longest piece of a model's name that goes into a message. */
const MAX_MODEL_CHARS = 100

/**
 * The body to send. Nothing is stored at the provider (`store: false`): the durable copy is ours.
 * @throws {SluiceError} `invalid-request` when there is no message, a tool's answer names no call, or tokens to reason with go to a model that does not.
 */
export function requestBody(request: SourceRequest, defaults: RequestDefaults = {}): Record<string, unknown> {
  if (request.messages.length === 0) throw new SluiceError('invalid-request', 'The prompt has no message. Send at least one.')
  const { maxOutputTokens, temperature, tools } = request.options
  const reasoning = reasoningOf(request, defaults)
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

/** An effort that is asked for goes as it is, a number of tokens as the effort that comes nearest; the first wins. */
function reasoningOf({ model, options }: SourceRequest, defaults: RequestDefaults): Record<string, unknown> | undefined {
  const family = familyOf(model)
  const tokens = options.maxThinkingTokens
  if (tokens !== undefined && family.efforts.length === 0) {
    const remedy = 'Leave maxThinkingTokens out, or choose a model that does, such as gpt-5.'
    throw new SluiceError('invalid-request', `The model ${model.slice(0, MAX_MODEL_CHARS)} of OpenAI does not reason. ${remedy}`)
  }
  const effort = options.reasoningEffort ?? (tokens === undefined ? undefined : effortFor(family, tokens))
  // The API refuses a summary of models that have nothing to summarise.
  const summary = family.efforts.length === 0 ? undefined : defaults.reasoningSummary
  if (effort === undefined && summary === undefined) return undefined
  return { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) }
}
