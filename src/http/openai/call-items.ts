/** Calls of tools as output items: which type each is, and the events of its life. */
import { isObject, type Json, parsed, textIn } from './json.ts'
import { customInput } from './tools.ts'

/** One call while it is built. */
export interface Call {
  readonly id: string
  readonly callId: string
  readonly name: string
  input: string
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  output?: unknown
  error?: string
}

export interface CallContext {
  /** Source of the run's model. */
  readonly source: string
}

export interface CallKind {
  /** First part of the item's id. */
  readonly prefix: string
  /** Whether the caller has to answer it; else it ends with its result. */
  readonly ours: boolean
  readonly item: (call: Call, context: CallContext) => Json
  /** Types of the events after which the input goes on, without `response.`. Kinds without `delta` tell it only when it is whole, if ever. */
  readonly begun?: string
  readonly delta?: string
  /** Events when the whole input is known. */
  readonly whole: (call: Call) => readonly Json[]
  /** Event before the item is done. */
  readonly ended?: (call: Call) => string
}

const functionCall: CallKind = {
  prefix: 'fc',
  ours: true,
  delta: 'response.function_call_arguments.delta',
  item: ({ id, callId, name, input, status }) => ({ id, type: 'function_call', status, call_id: callId, name, arguments: input }),
  whole: ({ input, name }) => [{ type: 'response.function_call_arguments.done', name, arguments: input }],
}

/** Its text lies in JSON, so it is told when it is whole. */
const customCall: CallKind = {
  prefix: 'ctc',
  ours: true,
  item: ({ id, callId, name, input, status }) => ({
    id,
    type: 'custom_tool_call',
    status,
    call_id: callId,
    name,
    input: input === '' ? '' : customInput(input),
  }),
  whole: ({ input }) => [
    { type: 'response.custom_tool_call_input.delta', delta: customInput(input) },
    { type: 'response.custom_tool_call_input.done', input: customInput(input) },
  ],
}

const webSearch: CallKind = {
  prefix: 'ws',
  ours: false,
  item: ({ id, input, status }) => ({ id, type: 'web_search_call', status, action: searchAction(input) }),
  begun: 'response.web_search_call.in_progress',
  whole: () => [{ type: 'response.web_search_call.searching' }],
  ended: () => 'response.web_search_call.completed',
}

const fileSearch: CallKind = {
  prefix: 'fs',
  ours: false,
  item: ({ id, input, status, output }) => ({ id, type: 'file_search_call', status, queries: queriesOf(input), results: found(output) }),
  begun: 'response.file_search_call.in_progress',
  whole: () => [{ type: 'response.file_search_call.searching' }],
  ended: () => 'response.file_search_call.completed',
}

const codeInterpreter: CallKind = {
  prefix: 'ci',
  ours: false,
  item: ({ id, input, status, output }, { source }) => ({
    id,
    type: 'code_interpreter_call',
    status,
    code: codeOf(input),
    // Which one it ran in is not kept.
    container_id: source,
    outputs: logs(output),
  }),
  begun: 'response.code_interpreter_call.in_progress',
  whole: ({ input }) => [
    { type: 'response.code_interpreter_call_code.delta', delta: codeOf(input) },
    { type: 'response.code_interpreter_call_code.done', code: codeOf(input) },
    { type: 'response.code_interpreter_call.interpreting' },
  ],
  ended: () => 'response.code_interpreter_call.completed',
}

/** Everything else that came back by itself: a type that says so, since a client would try to run a function or a custom tool. */
const remoteCall: CallKind = {
  prefix: 'mcp',
  ours: false,
  item: ({ id, name, input, status, output, error }, { source }) => {
    const dot = name.indexOf('.')
    return {
      id,
      type: 'mcp_call',
      status,
      approval_request_id: null,
      server_label: dot > 0 ? name.slice(0, dot) : source,
      name: dot > 0 ? name.slice(dot + 1) : name,
      arguments: input,
      output: output === undefined ? null : typeof output === 'string' ? output : JSON.stringify(output),
      error: error === undefined ? null : { type: 'mcp_tool_execution_error', content: error, message: error },
    }
  },
  begun: 'response.mcp_call.in_progress',
  delta: 'response.mcp_call_arguments.delta',
  whole: ({ input }) => [{ type: 'response.mcp_call_arguments.done', arguments: input }],
  ended: ({ status }) => (status === 'completed' ? 'response.mcp_call.completed' : 'response.mcp_call.failed'),
}

const RUN_BY_PROVIDERS: Readonly<Record<string, CallKind>> = {
  web_search: webSearch,
  file_search: fileSearch,
  code_interpreter: codeInterpreter,
}

/** Kind of a call by the name of its tool: what the request brought is for the caller, the rest comes back by itself. */
export function callKind(name: string, functions: ReadonlySet<string>, custom: ReadonlySet<string>): CallKind {
  if (custom.has(name)) return customCall
  if (functions.has(name)) return functionCall
  return (Object.hasOwn(RUN_BY_PROVIDERS, name) ? RUN_BY_PROVIDERS[name] : undefined) ?? remoteCall
}

function searchAction(input: string): Json {
  const action = parsed(input)
  if (!isObject(action)) return { type: 'search', query: '' }
  const type = textIn(action, 'type')
  if (type === 'open_page' || type === 'find_in_page') return action
  return {
    type: 'search',
    query: textIn(action, 'query') ?? '',
    ...(Array.isArray(action['queries']) ? { queries: texts(action['queries']) } : {}),
  }
}

function queriesOf(input: string): readonly string[] {
  const asked = parsed(input)
  if (!isObject(asked)) return []
  if (Array.isArray(asked['queries'])) return texts(asked['queries'])
  const query = textIn(asked, 'query')
  return query === undefined ? [] : [query]
}

function found(output: unknown): readonly Json[] | null {
  if (!Array.isArray(output)) return null
  return output.filter(isObject).map((result) => ({
    attributes: isObject(result['attributes']) ? result['attributes'] : {},
    file_id: textIn(result, 'file_id') ?? '',
    filename: textIn(result, 'filename') ?? '',
    score: typeof result['score'] === 'number' ? result['score'] : 0,
    text: textIn(result, 'text') ?? '',
  }))
}

/** Some providers send the code as it is, others as the argument of a function. */
function codeOf(input: string): string {
  const argument = parsed(input)
  return (isObject(argument) ? textIn(argument, 'code') : undefined) ?? input
}

function logs(output: unknown): readonly Json[] | null {
  if (!Array.isArray(output)) return null
  return output.flatMap((piece) => (isObject(piece) && typeof piece['logs'] === 'string' ? [{ type: 'logs', logs: piece['logs'] }] : []))
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === 'string')
}
