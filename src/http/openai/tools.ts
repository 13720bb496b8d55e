/** Tools of a request. A custom tool, which takes text, is for the model a function of one text: sources know functions only. */
import { z } from '@hono/zod-openapi'
import type { ToolDefinition } from '../../ports/source.ts'
import { badField } from './errors.ts'
import { isObject, type Json, parsed } from './json.ts'

const toolName = z.string().regex(/^[\w-]{1,64}$/, 'Use 1 to 64 letters, digits, _ and -')
/** Tools that one request may bring. */
const MAX_TOOLS = 128

const described = { name: toolName, description: z.string().max(4_096).nullish() }
const functionShape = z.looseObject({ ...described, parameters: z.record(z.string(), z.unknown()).nullish() })
const customShape = z.looseObject({ ...described, format: z.looseObject({ type: z.string() }).nullish() })

export const toolList = z.array(z.looseObject({ type: z.string() })).max(MAX_TOOLS)

export interface Tools {
  readonly tools: readonly ToolDefinition[]
  readonly custom: readonly string[]
}

/** The one field of a custom tool as a function. */
const TEXT_FIELD = 'input'
const NO_PARAMETERS = { type: 'object', properties: {} }
const TEXT_PARAMETERS = { type: 'object', properties: { [TEXT_FIELD]: { type: 'string' } }, required: [TEXT_FIELD] }

/** @throws {Refusal} 400 for a tool of another type, or one that is not well formed. */
export function readTools(list: readonly Json[], unwrap: (tool: Json) => unknown): Tools {
  const tools: ToolDefinition[] = []
  const custom: string[] = []
  for (const [index, tool] of list.entries()) {
    const param = `tools.${index}`
    if (tool['type'] === 'function') {
      const { name, description, parameters } = checked(functionShape, unwrap(tool), param)
      tools.push({ name, ...(description ? { description } : {}), parameters: parameters ?? NO_PARAMETERS })
    } else if (tool['type'] === 'custom') {
      const { name, description, format } = checked(customShape, unwrap(tool), param)
      if (format && format.type !== 'text') throw badField(param, 'Custom tools with a grammar are not supported: only free text is.')
      tools.push({ name, ...(description ? { description } : {}), parameters: TEXT_PARAMETERS })
      custom.push(name)
    } else {
      throw badField(param, `Tools of type '${String(tool['type']).slice(0, 40)}' are not supported: bring functions or custom tools.`)
    }
  }
  return { tools, custom }
}

function checked<T extends z.ZodType>(shape: T, value: unknown, param: string): z.infer<T> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw badField([param, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'This is not a tool.')
}

/** What tools may be chosen. @throws {Refusal} 400 for a choice that cannot be forced upon the model. */
export function readToolChoice(choice: unknown): 'auto' | 'none' | undefined {
  if (choice === undefined || choice === 'auto' || choice === 'none') return choice
  throw badField('tool_choice', "'tool_choice' is not supported beyond 'auto' and 'none': a model cannot be made to call a tool here.")
}

/** The text for a custom tool, from the arguments of its function. */
export function customInput(argument: string): string {
  const value = parsed(argument)
  const text = isObject(value) ? value[TEXT_FIELD] : undefined
  return typeof text === 'string' ? text : argument
}

/** The arguments of its function, from the text for a custom tool. */
export function customArgument(text: string): string {
  return JSON.stringify({ [TEXT_FIELD]: text })
}
