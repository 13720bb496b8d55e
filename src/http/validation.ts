/** Input that did not pass its schema, as a refusal that names each field. */
import type { z } from '@hono/zod-openapi'
import { type FieldError, Refusal } from './problem.ts'

/** Field errors that one response names. */
const MAX_FIELD_ERRORS = 20

const PLACES: Readonly<Record<string, string>> = { json: 'body', query: 'query', header: 'headers', param: 'address' }

/** The refusal for a failed validation of one part of the request. */
export function invalidInput(target: string, error: z.ZodError): Refusal {
  const errors = error.issues.flatMap(fieldErrors).slice(0, MAX_FIELD_ERRORS)
  const list = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  return new Refusal(400, 'invalid-request', `The ${PLACES[target] ?? target} of the request was not accepted. ${list}`, { errors })
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'There is no such field' }))
  }
  if (issue.code === 'invalid_union') {
    // The shape that was meant is the one that the input fits deepest; if none fits at all, every one is named.
    const deepest = issue.errors.find((branch) => branch.some((inner) => inner.path.length > 0))
    if (deepest) return deepest.flatMap((inner) => fieldErrors({ ...inner, path: [...issue.path, ...inner.path] }))
    const messages = issue.errors.flatMap((branch) => branch.map((inner) => inner.message))
    return [{ path: path.join('.'), message: [...new Set(messages)].join(', or ') || issue.message }]
  }
  return [{ path: path.join('.'), message: issue.message }]
}
