/** The input of a response as messages of a prompt, and back. */
import type { PromptMessage } from '../../ports/source.ts'
import { badField } from './errors.ts'
import { isObject, type Json, textIn } from './json.ts'
import { customArgument } from './tools.ts'

/** Finds an output item of an earlier response. @throws {Refusal} 400 when there is none. */
export type FindItem = (id: string, param: string) => Promise<Json>

/** Items of one input. */
const MAX_ITEMS = 1_000

/** @throws {Refusal} 400 for an item that cannot be part of a prompt. */
export async function readInput(input: string | readonly unknown[], find: FindItem): Promise<readonly PromptMessage[]> {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (input.length > MAX_ITEMS) throw badField('input', `The input has ${input.length} items; at most ${MAX_ITEMS} are taken.`)
  const messages: PromptMessage[] = []
  for (const [index, item] of input.entries()) {
    const param = `input.${index}`
    if (!isObject(item)) throw badField(param, 'An item of the input is an object.')
    const id = textIn(item, 'id') ?? ''
    addItem(messages, item['type'] === 'item_reference' ? await find(id, param) : item, param)
  }
  return messages
}

const ROLES: Readonly<Record<string, PromptMessage['role']>> = {
  user: 'user',
  assistant: 'assistant',
  system: 'system',
  developer: 'system',
}

/** Adds what an item says to the messages before it: calls belong to the assistant's message that they follow. */
export function addItem(messages: PromptMessage[], item: Json, param: string): void {
  const type = item['type'] ?? 'message'
  switch (type) {
    case 'message': {
      const named = textIn(item, 'role') ?? ''
      const role = Object.hasOwn(ROLES, named) ? ROLES[named] : undefined
      if (role === undefined) throw badField(`${param}.role`, 'The role of a message is user, assistant, system or developer.')
      messages.push({ role, content: contentText(item['content'], `${param}.content`) })
      return
    }
    case 'function_call':
      addCall(messages, needed(item, 'call_id', param), needed(item, 'name', param), needed(item, 'arguments', param))
      return
    case 'custom_tool_call':
      addCall(messages, needed(item, 'call_id', param), needed(item, 'name', param), customArgument(needed(item, 'input', param)))
      return
    case 'function_call_output':
    case 'custom_tool_call_output':
      messages.push({ role: 'tool', toolCallId: needed(item, 'call_id', param), content: contentText(item['output'], `${param}.output`) })
      return
    // What a provider thought or ran by itself led to the text after it; providers take it back only in their own words.
    case 'reasoning':
    case 'web_search_call':
    case 'file_search_call':
    case 'code_interpreter_call':
    case 'mcp_call':
      return
    default:
      throw badField(`${param}.type`, `Items of type '${String(type).slice(0, 60)}' are not supported in the input.`)
  }
}

function addCall(messages: PromptMessage[], id: string, name: string, input: string): void {
  const last = messages.at(-1)
  const call = { id, name, input }
  if (last?.role === 'assistant') messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] }
  else messages.push({ role: 'assistant', content: '', toolCalls: [call] })
}

function needed(item: Json, field: string, param: string): string {
  const value = textIn(item, field)
  if (value === undefined) throw badField(`${param}.${field}`, `Missing required parameter: '${param}.${field}', a text.`)
  return value
}

const TEXTS: ReadonlySet<unknown> = new Set(['input_text', 'output_text', 'text', 'refusal'])

/** The text of a content: a text, or parts that are text. */
export function contentText(content: unknown, param: string): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw badField(param, 'A content is a text, or a list of parts.')
  return content
    .map((part: unknown, index) => {
      const type = isObject(part) ? part['type'] : undefined
      if (!isObject(part) || !TEXTS.has(type)) {
        throw badField(
          `${param}.${index}`,
          `Only text is taken, and this part is '${String(type).slice(0, 40)}'. Describe pictures and files in words.`,
        )
      }
      return textIn(part, 'text') ?? textIn(part, 'refusal') ?? ''
    })
    .join('')
}

/**
 * Providers refuse a prompt whose calls and answers do not match; here it is said before a run begins.
 * @throws {Refusal} 400 with the call.
 */
export function checkCalls(messages: readonly PromptMessage[], param: string): void {
  const open = new Set<string>()
  const known = new Set<string>()
  for (const { toolCalls = [], toolCallId } of messages) {
    for (const { id } of toolCalls) {
      open.add(id)
      known.add(id)
    }
    if (toolCallId === undefined) continue
    if (!known.has(toolCallId)) throw badField(param, `There is no call '${toolCallId.slice(0, 100)}' that this output could answer.`)
    open.delete(toolCallId)
  }
  const [first] = open
  if (first !== undefined) throw badField(param, `The call '${first.slice(0, 100)}' has no output. Send one for every call.`)
}

/** The messages of a run's input as the items that they came as. */
export function inputItems(messages: readonly PromptMessage[], run: string): readonly Json[] {
  return messages.flatMap((message, index): Json[] => {
    const { role, content, toolCalls = [], toolCallId } = message
    const id = (kind: string, more = ''): string => `${kind}_${run}_in_${index}${more}`
    if (role === 'tool')
      return [{ id: id('fco'), type: 'function_call_output', call_id: toolCallId ?? '', output: content, status: 'completed' }]
    const type = role === 'assistant' ? 'output_text' : 'input_text'
    const part = { type, text: content, ...(role === 'assistant' ? { annotations: [], logprobs: [] } : {}) }
    const said = { id: id('msg'), type: 'message', role, status: 'completed', content: [part] }
    const calls = toolCalls.map((call, place) => ({
      id: id('fc', `_${place}`),
      type: 'function_call',
      call_id: call.id,
      name: call.name,
      arguments: call.input,
      status: 'completed',
    }))
    return content === '' && calls.length > 0 ? calls : [said, ...calls]
  })
}
