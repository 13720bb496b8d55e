/**
 * The types of output items, one row each: whose call it is to answer, what it is named, and where its input and output stand.
 * Types that are missing here are kept as data, whole.
 */

import { base64Bytes } from '../shared/bounded.ts'
import { asObject, objectAt, textAt, type Wire } from '../shared/wire.ts'

/** Who runs a tool: `us` waits for an answer of ours, `provider` comes back by itself. */
export type Runner = 'us' | 'provider'

/** A call of a tool. */
export interface CallType {
  readonly as: 'call'
  readonly runs: Runner | ((item: Wire) => Runner)
  readonly name: (item: Wire) => string | undefined
  /** The whole argument text; absent while it is not known. */
  readonly input: (item: Wire) => string | undefined
  /** What the tool came back with, where the call's own item says so; else an item of its own does, or we. */
  readonly output?: (item: Wire) => unknown
}

/** What a call came back with, as an item of its own. */
export interface ResultType {
  readonly as: 'result'
  /** The call's `call_id` or, where it has none, its item's `id`. Absent: the last call of `of`. */
  readonly call: (item: Wire) => string | undefined
  readonly of?: string
  readonly output: (item: Wire) => unknown
}

export type ItemType = CallType | ResultType | { readonly as: 'message' | 'reasoning' | 'data' }

const text =
  (field: string) =>
  (item: Wire): string | undefined =>
    textAt(item, field)

/** A field that is not text. */
const json =
  (name: string) =>
  (item: Wire): string | undefined =>
    jsonText(item[name] ?? undefined)

/** Fields as one object, those that are there. */
const fields =
  (...names: readonly string[]) =>
  (item: Wire): string | undefined =>
    jsonText(pick(item, names))

const named = (name: string) => (): string => name

/** A field, or what became of the call where there is none. */
const field =
  (name: string) =>
  (item: Wire): unknown =>
    item[name] ?? status(item)

const result = (output: (item: Wire) => unknown, call: (item: Wire) => string | undefined = text('call_id')): ResultType => ({
  as: 'result',
  call,
  output,
})

export const ITEM_TYPES: Readonly<Record<string, ItemType>> = {
  message: { as: 'message' },
  reasoning: { as: 'reasoning' },

  function_call: { as: 'call', runs: 'us', name: text('name'), input: text('arguments') },
  function_call_output: result(field('output')),
  custom_tool_call: { as: 'call', runs: 'us', name: text('name'), input: text('input') },
  custom_tool_call_output: result(field('output')),
  computer_call: {
    as: 'call',
    runs: 'us',
    name: named('computer'),
    // Which of the two the model sends depends on its version; the checks are for whoever answers to acknowledge.
    input: fields('action', 'actions', 'pending_safety_checks'),
  },
  computer_call_output: result(field('output')),
  local_shell_call: { as: 'call', runs: 'us', name: named('local_shell'), input: json('action') },
  // The reference says of its `id` that it is the call's.
  local_shell_call_output: result(field('output'), (item) => textAt(item, 'call_id') ?? textAt(item, 'id')),
  shell_call: {
    as: 'call',
    runs: (item) => (objectAt(item, 'environment')?.['type'] === 'container_reference' ? 'provider' : 'us'),
    name: named('shell'),
    input: json('action'),
  },
  shell_call_output: result(field('output')),
  apply_patch_call: { as: 'call', runs: 'us', name: named('apply_patch'), input: json('operation') },
  apply_patch_call_output: result(field('output')),
  tool_search_call: {
    as: 'call',
    runs: (item) => (item['execution'] === 'client' ? 'us' : 'provider'),
    name: named('tool_search'),
    input: json('arguments'),
  },
  tool_search_output: { ...result(field('tools')), of: 'tool_search_call' },
  mcp_approval_request: {
    as: 'call',
    runs: 'us',
    name: named('mcp_approval_request'),
    input: fields('server_label', 'name', 'arguments'),
  },
  mcp_approval_response: result((item) => pick(item, ['approve', 'reason']), text('approval_request_id')),

  web_search_call: { as: 'call', runs: 'provider', name: named('web_search'), input: searched, output: found },
  file_search_call: { as: 'call', runs: 'provider', name: named('file_search'), input: fields('queries'), output: field('results') },
  code_interpreter_call: { as: 'call', runs: 'provider', name: named('code_interpreter'), input: text('code'), output: field('outputs') },
  image_generation_call: {
    as: 'call',
    runs: 'provider',
    name: named('image_generation'),
    input: fields('action', 'revised_prompt', 'size', 'quality', 'background'),
    output: picture,
  },
  mcp_call: { as: 'call', runs: 'provider', name: ofServer, input: text('arguments'), output: field('output') },
  mcp_list_tools: { as: 'call', runs: 'provider', name: named('mcp_list_tools'), input: fields('server_label'), output: field('tools') },
  program: { as: 'call', runs: 'provider', name: named('program'), input: text('code') },
  program_output: result(field('result')),

  additional_tools: { as: 'data' },
  // Encrypted; it goes back to the provider as it is.
  compaction: { as: 'data' },
}

export function itemType(item: Wire): ItemType {
  const type = textAt(item, 'type') ?? ''
  return (Object.hasOwn(ITEM_TYPES, type) ? ITEM_TYPES[type] : undefined) ?? { as: 'data' }
}

export function runnerOf({ runs }: CallType, item: Wire): Runner {
  return typeof runs === 'string' ? runs : runs(item)
}

/** Why a tool failed; absent when it did not. */
export function itemError(item: Wire): string | undefined {
  const error = item['error']
  if (typeof error === 'string') return error
  const said = asObject(error)
  if (said !== undefined) return textAt(said, 'message') ?? jsonText(said['content'] ?? said)
  return item['status'] === 'failed' ? (textAt(item, 'output') ?? 'The tool failed and gave no reason.') : undefined
}

function status(item: Wire): { readonly status: string } {
  return { status: textAt(item, 'status') ?? 'completed' }
}

function ofServer(item: Wire): string | undefined {
  const [server, name] = [textAt(item, 'server_label'), textAt(item, 'name')]
  return server === undefined || name === undefined ? name : `${server}.${name}`
}

/** What a search asked for; the pages that it found stand in the same object. */
function searched(item: Wire): string | undefined {
  const action = objectAt(item, 'action')
  if (action === undefined) return undefined
  const { sources: _sources, ...rest } = action
  return jsonText(rest)
}

function found(item: Wire): unknown {
  return { ...status(item), ...pick(objectAt(item, 'action') ?? {}, ['sources']) }
}

/** Pictures come as megabytes of base64: what is kept says what it was and that it is not kept. */
function picture(item: Wire): unknown {
  const about = { ...status(item), ...pick(item, ['output_format', 'size']) }
  const base64 = textAt(item, 'result')
  if (base64 === undefined || base64 === '') return about
  const bytes = base64Bytes(base64)
  return { ...about, bytes, notKept: `The picture itself, ${bytes} bytes, is not part of the stream.` }
}

function pick(item: Wire, fields: readonly string[]): Record<string, unknown> | undefined {
  const there = fields.filter((name) => item[name] !== undefined && item[name] !== null)
  return there.length === 0 ? undefined : Object.fromEntries(there.map((name) => [name, item[name]]))
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // JSON that nests deeper than the stack can be parsed but not written.
    return undefined
  }
}
