/** `POST /v1/responses`: the request as a run. */
import { z } from '@hono/zod-openapi'
import { SluiceError } from '../../core/errors.ts'
import type { CreateRunRequest } from '../../generate/runs.ts'
import type { Principal, RunRecord } from '../../ports/records.ts'
import type { PromptMessage, SourceOptions } from '../../ports/source.ts'
import type { AppDeps } from '../context.ts'
import type { Refusal } from '../problem.ts'
import { invalidInput } from '../validation.ts'
import { type Envelope, envelopeOf, withEnvelope } from './envelope.ts'
import { badField } from './errors.ts'
import { RESPONSES_FIELDS, takenFields } from './fields.ts'
import { itemPlace, runIdOf } from './ids.ts'
import { addItem, checkCalls, contentText, type FindItem, readInput } from './input-items.ts'
import { isObject, type Json } from './json.ts'
import { responseOf } from './read-response.ts'
import { readToolChoice, readTools, toolList } from './tools.ts'

export const metadataShape = z
  .record(z.string().max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 16, 'At most 16 pairs')

/** Efforts that sources know. */
export const effortShape = z.enum(['minimal', 'low', 'medium', 'high']).nullish()
export const tokensShape = z.int().min(1).max(10_000_000).optional()
export const temperatureShape = z.number().min(0).max(2).optional()

const request = z.object({
  model: z.string().min(1).max(200).optional(),
  input: z.union([z.string(), z.array(z.unknown())]).optional(),
  instructions: z.string().optional(),
  stream: z.boolean().default(false),
  background: z.boolean().default(false),
  max_output_tokens: tokensShape,
  temperature: temperatureShape,
  reasoning: z.looseObject({ effort: effortShape }).optional(),
  metadata: metadataShape.optional(),
  previous_response_id: z.string().optional(),
  include: z.array(z.string()).default([]),
  tools: toolList.default([]),
  tool_choice: z.unknown().optional(),
  text: z.looseObject({ format: z.looseObject({ type: z.string() }).nullish(), verbosity: z.string().nullish() }).optional(),
})

export interface ReadRequest {
  readonly run: CreateRunRequest
  readonly stream: boolean
  readonly background: boolean
}

/** @throws {Refusal} 400 with the field that was not accepted. */
export async function readResponsesRequest(deps: AppDeps, principal: Principal, body: Json): Promise<ReadRequest> {
  const result = request.safeParse(takenFields(body, RESPONSES_FIELDS))
  if (!result.success) throw invalidInput('json', result.error)
  const asked = result.data
  checkText(asked.text)
  const { tools, custom } = readTools(asked.tools, (tool) => tool)
  const toolChoice = readToolChoice(asked.tool_choice)
  const find = finder(deps, principal)
  const earlier = asked.previous_response_id === undefined ? [] : await earlierMessages(deps, principal, asked.previous_response_id)
  const messages = [
    ...(asked.instructions === undefined ? [] : [{ role: 'system', content: asked.instructions } as const]),
    ...earlier,
    ...(asked.input === undefined ? [] : await readInput(asked.input, find)),
  ]
  checkCalls(messages, 'input')
  const options: SourceOptions = {
    ...(asked.max_output_tokens === undefined ? {} : { maxOutputTokens: asked.max_output_tokens }),
    ...(asked.temperature === undefined ? {} : { temperature: asked.temperature }),
    ...(asked.reasoning?.effort ? { reasoningEffort: asked.reasoning.effort } : {}),
    ...(tools.length === 0 || toolChoice === 'none' ? {} : { tools }),
  }
  const kept: Envelope = {
    api: 'responses',
    ...(asked.instructions === undefined ? {} : { instructions: asked.instructions }),
    ...(asked.metadata === undefined ? {} : { metadata: asked.metadata }),
    ...(asked.background ? { background: true } : {}),
    ...(asked.previous_response_id === undefined ? {} : { previousResponseId: asked.previous_response_id }),
    ...(custom.length === 0 ? {} : { customTools: [...custom] }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(asked.include.includes('reasoning.encrypted_content') ? { encryptedReasoning: true } : {}),
  }
  return {
    run: { input: messages, ...(asked.model === undefined ? {} : { model: asked.model }), options: withEnvelope(options, kept) },
    stream: asked.stream,
    background: asked.background,
  }
}

function checkText(text: z.infer<typeof request>['text']): void {
  const type = text?.format?.type
  if (type !== undefined && type !== 'text') {
    throw badField(
      'text.format',
      `Answers in the format '${type.slice(0, 40)}' cannot be promised. Ask for it in the instructions, or bring a tool.`,
    )
  }
  const verbosity = text?.verbosity
  if (verbosity && verbosity !== 'medium')
    throw badField('text.verbosity', 'It does not reach the model. Ask for short or long answers in the instructions.')
}

/** What was said up to the end of an earlier response, without its instructions. */
async function earlierMessages(deps: AppDeps, principal: Principal, id: string): Promise<readonly PromptMessage[]> {
  const param = 'previous_response_id'
  const run = await runNamed(
    deps,
    principal,
    id.startsWith('resp_') ? runIdOf(id) : id,
    badField(param, 'There is no such previous response.'),
  )
  if (run.endedAt === undefined) throw badField(param, 'The previous response has not ended. Wait for its end, or cancel it.')
  if (run.conversationId !== undefined) {
    throw badField(param, 'The previous response belongs to a conversation. Go on in it with conversationId of POST /v1/runs.')
  }
  const messages: PromptMessage[] = run.input.slice(envelopeOf(run.options).instructions === undefined ? 0 : 1)
  const { output } = await responseOf(deps.store, run)
  for (const item of Array.isArray(output) ? output : []) if (isObject(item)) addFinished(messages, item, param)
  return messages
}

/** A call whose arguments broke off was never made, and a message without words was never said. */
function addFinished(messages: PromptMessage[], item: Json, param: string): void {
  const { type, status, content } = item
  if (type === 'message' ? contentText(content, param) === '' : status !== 'completed') return
  addItem(messages, item, param)
}

/** OpenAI says it with 400 as well: what was not found is a field, not the address. */
async function runNamed({ runs }: AppDeps, principal: Principal, id: string, none: Refusal): Promise<RunRecord> {
  try {
    return await runs.get(principal, id)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'not-found') throw none
    throw error
  }
}

/** Responses whose items one request may refer to: each is read whole, and kept until the request is understood. */
const MAX_REFERRED = 16

function finder(deps: AppDeps, principal: Principal): FindItem {
  /** A client that refers to several items of one response means one reading. */
  const outputs = new Map<string, Promise<Json>>()
  return async (id, param) => {
    const none = badField(param, `There is no item '${id.slice(0, 100)}' to refer to.`)
    const place = itemPlace(id)
    if (place === undefined) throw none
    if (!outputs.has(place.runId) && outputs.size >= MAX_REFERRED) {
      throw badField(param, `The input refers to items of more than ${MAX_REFERRED} responses. Send the items themselves.`)
    }
    const response = outputs.get(place.runId) ?? runNamed(deps, principal, place.runId, none).then((run) => responseOf(deps.store, run))
    outputs.set(place.runId, response)
    const { output } = await response
    const item: unknown = Array.isArray(output) ? output[place.index] : undefined
    if (!isObject(item) || item['id'] !== id) throw none
    return item
  }
}
