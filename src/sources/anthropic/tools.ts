/** Calls and results of tools as content blocks hold them. */
import { bounded } from '../shared/bounded.ts'
import { asObject, objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'

/** `tool_use` is ours to answer; `server_tool_use` and `mcp_tool_use` the provider runs itself. */
export function isCall(type: string): boolean {
  return type === 'tool_use' || type.endsWith('_tool_use')
}

/** `web_search_tool_result`, `mcp_tool_result`, … */
export function isResult(type: string): boolean {
  return type.endsWith('_tool_result')
}

/**
 * The input that stands in the start of a call. Streams have `{}` there, whatever follows, and calls without arguments nothing else; some gateways put
 * the whole input there. Absent where there is none: what a call was to say is not ours to invent.
 */
export function wholeInput(block: Wire): string | undefined {
  const input = block['input']
  if (typeof input === 'string') return input === '' ? undefined : input
  return asObject(input) === undefined ? undefined : JSON.stringify(input)
}

export interface ToolOutcome {
  readonly output: unknown
  readonly error: string | undefined
}

/** What a tool of the provider came back with. The output is kept, for errors too: it may say more than the code. */
export function outcomeOf(block: Wire): ToolOutcome {
  const output = bounded(block['content'])
  const content = objectAt(block, 'content')
  if (textAt(content, 'type')?.endsWith('_error')) {
    return { output, error: [textAt(content, 'error_code') ?? 'error', textAt(content, 'error_message')].filter(Boolean).join(': ') }
  }
  if (block['is_error'] !== true) return { output, error: undefined }
  const said =
    textAt(block, 'content') ??
    objectsAt(block, 'content')
      .map((part) => textAt(part, 'text') ?? '')
      .join('')
  return { output, error: said === '' ? 'error' : said }
}
