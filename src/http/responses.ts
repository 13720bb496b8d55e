/** Pieces of route definitions that many routes share. */
import type { z } from '@hono/zod-openapi'
import { problem } from './schemas.ts'

/** A JSON response of a route definition. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } }
}

/** A required JSON body of a route definition. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true as const, content: { 'application/json': { schema } } }
}

/** A refusal as a problem document. */
export function refused(description: string) {
  return { description, content: { 'application/problem+json': { schema: problem } } }
}

/** Refusals as routes name them. They are thrown, and `app.ts` writes them. */
export const refusals = {
  invalid: { 400: refused('The request was not accepted; `errors` says what is wrong.') },
  unknown: { 404: refused('There is no such thing, or it is not yours.') },
  conflict: { 409: refused('The idempotency key was used for another request.') },
  gone: { 410: refused('The position or the stream is no longer kept.') },
  body: { 413: refused('The body is too large.'), 415: refused('The body is not JSON in UTF-8.') },
  busy: { 429: refused('At a limit: come back after `Retry-After`.'), 503: refused('Going down: come back after `Retry-After`.') },
}
