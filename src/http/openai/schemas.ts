/** Pieces of the route definitions of this surface; `fields.ts` says which fields are taken, as the packages' own types say what they mean. */
import { z } from '@hono/zod-openapi'

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
