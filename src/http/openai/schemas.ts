/** Pieces of the route definitions of this surface; `fields.ts` says which fields are taken, as the packages' own types say what they mean. */
import { z } from '@hono/zod-openapi'
import { problem } from '../schemas.ts'

/** A JSON object as OpenAI's reference describes it. */
export const looseJson = z.looseObject({})

const error = z
  .object({ error: z.object({ message: z.string(), type: z.string(), code: z.string().nullable(), param: z.string().nullable() }) })
  .openapi('OpenAIError')

const refused = (description: string) => ({ description, content: { 'application/json': { schema: error } } })

export const openAIRefusals = {
  400: refused('The request was not accepted; `param` names the field.'),
  404: refused('There is no such thing, or it is not yours.'),
  429: refused('At a limit: come back after `Retry-After`.'),
  503: refused('Going down: come back after `Retry-After`.'),
}

/** Of the address that others call too: problem details with OpenAI's `error` in them. */
const shared = problem.extend({ error: error.shape.error }).openapi('ProblemForAll')

export const sharedRefusals = {
  404: { description: 'There is no such model.', content: { 'application/problem+json': { schema: shared } } },
}

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const count = { type: 'integer', minimum: 1 } as const
const list = { type: 'array', items: { type: 'object' } } as const

/** What a document says of bodies that `fields.ts` and those around it check. */
export const responseBody = z.looseObject({}).openapi('CreateResponse', {
  required: ['input'],
  properties: {
    model: text,
    input: { anyOf: [text, list] },
    instructions: text,
    stream: flag,
    background: flag,
    max_output_tokens: count,
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    previous_response_id: text,
    tools: list,
    metadata: { type: 'object' },
  },
})
export const completionBody = z.looseObject({}).openapi('CreateChatCompletion', {
  required: ['messages'],
  properties: {
    model: text,
    messages: list,
    stream: flag,
    stream_options: { type: 'object', properties: { include_usage: flag } },
    max_completion_tokens: count,
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    tools: list,
    metadata: { type: 'object' },
  },
})
