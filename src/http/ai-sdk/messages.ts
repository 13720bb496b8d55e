/** The client's messages as a prompt. What a model cannot be given is refused by name; what is no part of a prompt is left out. */
import { z } from '@hono/zod-openapi'
import type { PromptMessage, PromptToolCall } from '../../ports/source.ts'
import { Refusal } from '../problem.ts'

/** Messages of one chat that a request may bring. */
const MAX_MESSAGES = 1_000
/** Parts of one message. */
const MAX_PARTS = 10_000

/** Loose: parts have fields of their own, and clients of later versions more of them. */
const part = z.looseObject({ type: z.string().max(256) })

export const uiMessage = z.looseObject({
  id: z.string().max(512).default(''),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(part).max(MAX_PARTS),
})

export const uiMessages = z.array(uiMessage).min(1).max(MAX_MESSAGES)

export type UiMessage = z.infer<typeof uiMessage>
type Part = z.infer<typeof part>

/**
 * The prompt that a chat stands for. Reasoning, sources and data parts are left out, and so are calls that nobody has answered, which no
 * provider takes, and those that a provider ran itself, which no other knows.
 * @throws {Refusal} 400 for files.
 */
export function promptOf(messages: readonly UiMessage[]): readonly PromptMessage[] {
  return messages.flatMap((message, index) => {
    for (const [at, { type }] of message.parts.entries()) {
      if (type === 'file' || type === 'reasoning-file') throw noFiles(index, at)
    }
    return message.role === 'assistant' ? assistantMessages(message.parts) : plainMessage(message)
  })
}

function noFiles(message: number, at: number): Refusal {
  const what = 'Files cannot be passed on to a model yet. Send the content as text.'
  return new Refusal(400, 'invalid-request', what, { errors: [{ path: `messages.${message}.parts.${at}`, message: what }] })
}

function plainMessage({ role, parts }: UiMessage): readonly PromptMessage[] {
  const content = parts.map(textOf).join('')
  return content === '' ? [] : [{ role, content }]
}

/** An answer in steps: text, then calls, then their outputs, then the text of the next step. */
function assistantMessages(parts: readonly Part[]): readonly PromptMessage[] {
  const messages: PromptMessage[] = []
  let content = ''
  let calls: { readonly call: PromptToolCall; readonly output: string }[] = []
  const flush = (): void => {
    if (content !== '' || calls.length > 0) {
      messages.push({ role: 'assistant', content, ...(calls.length === 0 ? {} : { toolCalls: calls.map(({ call }) => call) }) })
      messages.push(...calls.map(({ call, output }): PromptMessage => ({ role: 'tool', content: output, toolCallId: call.id })))
    }
    content = ''
    calls = []
  }
  for (const item of parts) {
    const text = textOf(item)
    if (item.type === 'step-start' || (text !== '' && calls.length > 0)) flush()
    content += text
    const call = callOf(item)
    if (call) calls.push(call)
  }
  flush()
  return messages
}

function textOf(item: Part): string {
  return item.type === 'text' && typeof item['text'] === 'string' ? item['text'] : ''
}

function callOf(item: Part): { readonly call: PromptToolCall; readonly output: string } | undefined {
  const name = item.type === 'dynamic-tool' ? item['toolName'] : item.type.startsWith('tool-') ? item.type.slice('tool-'.length) : undefined
  const id = item['toolCallId']
  const output = outputOf(item)
  if (typeof name !== 'string' || typeof id !== 'string' || output === undefined || item['providerExecuted'] === true) return undefined
  // A call that broke off has no input, and was never made.
  if (item['input'] === undefined || item['input'] === null) return undefined
  return { call: { id, name, input: JSON.stringify(item['input']) }, output }
}

function outputOf(item: Part): string | undefined {
  switch (item['state']) {
    case 'output-available':
      return typeof item['output'] === 'string' ? item['output'] : (JSON.stringify(item['output']) ?? 'null')
    case 'output-error':
      return typeof item['errorText'] === 'string' ? item['errorText'] : 'The tool failed.'
    case 'output-denied':
      return 'The user did not allow this call.'
    default:
      return undefined
  }
}
