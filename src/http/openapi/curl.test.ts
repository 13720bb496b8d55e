import { expect, it } from 'vitest'
import { exampleOf } from './curl.ts'
import type { ApiDocument, Operation } from './document.ts'

const document = { security: [{ bearer: [] }] } as Partial<ApiDocument> as ApiDocument

it('a line to try shows the credential, the body, and what must be in the address', () => {
  const operation: Operation = {
    parameters: [
      { name: 'message', in: 'query', required: true },
      { name: 'limit', in: 'query' },
    ],
    requestBody: { content: { 'application/json': { example: { text: "it's" } } } },
    responses: {},
  }
  expect(exampleOf(document, 'http://localhost', 'post', '/v1/things/{id}', operation)).toBe(
    `curl -X POST 'http://localhost/v1/things/<id>?message=<message>' -H 'authorization: Bearer <key>' -H 'content-type: application/json' -d '{"text":"it'\\''s"}'`,
  )
})

it('a line to try asks for no credential where none is wanted, and streams what comes as a stream', () => {
  const responses = { 200: { content: { 'text/event-stream': {} } } }
  expect(exampleOf(document, 'http://localhost', 'get', '/events', { responses, security: [] })).toBe(`curl -N 'http://localhost/events'`)
  expect(exampleOf(document, 'http://localhost', 'post', '/ack', { responses: {}, security: [{ wake: [] }] })).toContain(
    '<token of the wake>',
  )
})
