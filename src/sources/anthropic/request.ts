/** Our request as the body of `POST /v1/messages`. */
import { SluiceError } from '../../core/errors.ts'
import type { PromptMessage, PromptToolCall, SourceRequest, ToolDefinition } from '../../ports/source.ts'
import { asObject } from '../shared/wire.ts'
import { traitsOf } from './models.ts'
import { outputFields } from './thinking.ts'

type Block = Readonly<Record<string, unknown>>

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: readonly Block[]
}

/** The API takes nothing else in the id of a call; ids of other providers come here too. */
const NOT_IN_IDS = /[^\w-]/g

/**
 * The body to send.
 *
 * Messages of the system go into `system`, wherever they stood; the API knows no other place. Messages of one side that follow each other become one
 * turn, and the answers of tools come first in theirs. Text that is empty or blank is left out, as the API refuses it.
 *
 * A family that thinks within a budget wants its own thinking back, signed, while a turn with tools is under way, and prompts do not carry it yet:
 * such a request does not think.
 * @throws {SluiceError} `invalid-request` when no message is left, a tool's answer names no call, a call's input is not a JSON object, or the options
 * are beyond the model.
 */
export function requestBody({ model, messages, options }: SourceRequest): Record<string, unknown> {
  const turns = messages.filter(({ role }) => role !== 'system').reduce(withMessage, [])
  const system = messages.filter(({ role, content }) => role === 'system' && !isBlank(content)).map(({ content }) => content)
  const last = turns.at(-1)
  if (last === undefined) {
    throw new SluiceError('invalid-request', 'The prompt has no message with text from the user or the assistant. Send at least one.')
  }
  const answersTools = last.content.some(({ type }) => type === 'tool_result')
  const { tools } = options
  return {
    model,
    ...outputFields(model, options, !answersTools || traitsOf(model).thinking !== 'budget'),
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    messages: turns.map(({ role, content }) => ({ role, content: answersFirst(content) })),
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
    stream: true,
  }
}

function withMessage(turns: readonly Turn[], message: PromptMessage): readonly Turn[] {
  const role = message.role === 'assistant' ? 'assistant' : 'user'
  const content = blocksOf(message)
  if (content.length === 0) return turns
  const last = turns.at(-1)
  return last?.role === role ? turns.with(-1, { role, content: [...last.content, ...content] }) : [...turns, { role, content }]
}

function blocksOf(message: PromptMessage): readonly Block[] {
  if (message.role === 'tool') {
    if (message.toolCallId === undefined) {
      throw new SluiceError('invalid-request', 'A message of role "tool" names no call. Set its toolCallId.')
    }
    const answer = { type: 'tool_result', tool_use_id: callId(message.toolCallId) }
    return [isBlank(message.content) ? answer : { ...answer, content: message.content }]
  }
  const text = isBlank(message.content) ? [] : [{ type: 'text', text: message.content }]
  const calls = (message.toolCalls ?? []).map((call) => ({
    type: 'tool_use',
    id: callId(call.id),
    name: call.name,
    input: inputOf(call),
  }))
  return [...text, ...calls]
}

function answersFirst(content: readonly Block[]): readonly Block[] {
  const answers = content.filter(({ type }) => type === 'tool_result')
  return answers.length === 0 ? content : [...answers, ...content.filter(({ type }) => type !== 'tool_result')]
}

function inputOf({ id, name, input }: PromptToolCall): unknown {
  if (isBlank(input)) return {}
  let value: unknown
  try {
    value = JSON.parse(input)
  } catch {
    // Not JSON, such as arguments that an interruption cut: refused below. The parser's message would quote them.
  }
  const object = asObject(value)
  if (object !== undefined) return object
  throw new SluiceError(
    'invalid-request',
    `The input of call ${id} of the tool ${name} is not a JSON object, as Anthropic wants it. Send one, or leave the call and its answer out.`,
  )
}

function toolOf({ name, description, parameters }: ToolDefinition): Block {
  return { name, ...(description === undefined ? {} : { description }), input_schema: parameters }
}

function callId(id: string): string {
  return id.replaceAll(NOT_IN_IDS, '_')
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}
