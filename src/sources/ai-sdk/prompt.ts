/** Our request as the call options of a language model. */
import { SluiceError } from '../../core/errors.ts'
import type { PromptMessage, PromptToolCall, SourceOptions, SourceRequest } from '../../ports/source.ts'

interface TextPart {
  type: 'text'
  text: string
}

interface ToolCallPart {
  type: 'tool-call'
  toolCallId: string
  toolName: string
  input: unknown
}

interface ToolResultPart {
  type: 'tool-result'
  toolCallId: string
  toolName: string
  output: { type: 'text'; value: string }
}

type Message =
  | { role: 'system'; content: string }
  | { role: 'user'; content: TextPart[] }
  | { role: 'assistant'; content: (TextPart | ToolCallPart)[] }
  | { role: 'tool'; content: ToolResultPart[] }

interface FunctionTool {
  type: 'function'
  name: string
  description?: string
  inputSchema: Readonly<Record<string, unknown>>
}

type Effort = 'minimal' | 'low' | 'medium' | 'high'

/** What every specification takes the same way, and `reasoning`, which began with v4. */
export interface CallOptions {
  prompt: Message[]
  tools?: FunctionTool[]
  maxOutputTokens?: number
  temperature?: number
  reasoning?: Effort
}

/**
 * The call options, but for the signal.
 *
 * Reasoning: v4 has an effort and no budget, so `maxThinkingTokens` becomes the effort that comes nearest. v2 and v3 have neither: a model of those
 * ignores the effort, which is a wish, and refuses the tokens, which are a demand. Raw chunks are not asked for: they would say everything twice.
 * @throws {SluiceError} `invalid-request` when there is no message, when a tool's answer names no call that an earlier message made, and for a budget
 * that nothing would keep.
 */
export function callOptions(request: SourceRequest, specification: string): CallOptions {
  if (request.messages.length === 0) throw new SluiceError('invalid-request', 'The prompt has no message. Send at least one.')
  const { maxOutputTokens, temperature, tools } = request.options
  const reasoning = specification === 'v4' ? effortOf(request.options) : undefined
  if (specification !== 'v4' && request.options.maxThinkingTokens !== undefined) {
    throw new SluiceError(
      'invalid-request',
      `The model ${request.model} is of the specification ${specification}, which has no words for maxThinkingTokens. Leave it out, and give the budget to the model object.`,
    )
  }
  return {
    prompt: promptOf(request.messages),
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(functionTool) }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(reasoning === undefined ? {} : { reasoning }),
  }
}

function promptOf(messages: readonly PromptMessage[]): Message[] {
  const prompt: Message[] = []
  const names = new Map<string, string>()
  for (const message of messages) {
    switch (message.role) {
      case 'system':
        prompt.push({ role: 'system', content: message.content })
        break
      case 'user':
        prompt.push({ role: 'user', content: [{ type: 'text', text: message.content }] })
        break
      case 'assistant': {
        for (const call of message.toolCalls ?? []) names.set(call.id, call.name)
        const text: TextPart[] = message.content === '' ? [] : [{ type: 'text', text: message.content }]
        const content = [...text, ...(message.toolCalls ?? []).map(toolCall)]
        // An answer that was stopped before it said anything: APIs refuse an empty message.
        if (content.length > 0) prompt.push({ role: 'assistant', content })
        break
      }
      case 'tool': {
        const result = toolResult(message, names)
        const last = prompt.at(-1)
        // The results of calls that were made together go back together.
        if (last?.role === 'tool') last.content.push(result)
        else prompt.push({ role: 'tool', content: [result] })
      }
    }
  }
  return prompt
}

function toolCall({ id, name, input }: PromptToolCall): ToolCallPart {
  return { type: 'tool-call', toolCallId: id, toolName: name, input: parsed(input) }
}

/** The arguments as a value, as the SDK wants them. Those of a model that wrote no JSON go back as the text that they are. */
function parsed(input: string): unknown {
  if (input.trim() === '') return {}
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}

function toolResult({ toolCallId, content }: PromptMessage, names: ReadonlyMap<string, string>): ToolResultPart {
  if (toolCallId === undefined) throw new SluiceError('invalid-request', 'A message of role "tool" names no call. Set its toolCallId.')
  const toolName = names.get(toolCallId)
  if (toolName === undefined) {
    throw new SluiceError(
      'invalid-request',
      `A message of role "tool" answers the call ${JSON.stringify(toolCallId)}, which no earlier message made. Send the assistant's message with its toolCalls too.`,
    )
  }
  return { type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: content } }
}

function functionTool(tool: NonNullable<SourceOptions['tools']>[number]): FunctionTool {
  return {
    type: 'function',
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    inputSchema: tool.parameters,
  }
}

/** Tokens up to which each effort stands for a budget; more is `high`. */
const EFFORT_UP_TO: readonly (readonly [Effort, number])[] = [
  ['minimal', 1_024],
  ['low', 4_096],
  ['medium', 16_384],
]

function effortOf({ reasoningEffort, maxThinkingTokens }: SourceOptions): Effort | undefined {
  if (reasoningEffort !== undefined || maxThinkingTokens === undefined) return reasoningEffort
  return EFFORT_UP_TO.find(([, tokens]) => maxThinkingTokens <= tokens)?.[0] ?? 'high'
}
