/** The Responses API (PROTOCOL 4.8). A response is a run: `resp_<run id>`. */
import { createRoute, z } from '@hono/zod-openapi'
import { isKnownEvent, type RunEvent, type UnknownEvent } from '../../core/event.ts'
import { START } from '../../core/offset.ts'
import type { RunRecord } from '../../ports/records.ts'
import { principalFor, principalOf, streamIdOfRun } from '../auth/caller.ts'
import type { AppDeps, Router } from '../context.ts'
import { Refusal } from '../problem.ts'
import { json, jsonBody } from '../responses.ts'
import { createHeaders, idParam } from '../schemas.ts'
import { envelopeOf } from './envelope.ts'
import { badField, runFailure } from './errors.ts'
import { responseId, runIdOf } from './ids.ts'
import { inputItems } from './input-items.ts'
import { placeAfter, responseOf } from './read-response.ts'
import { type ResponseEvent, type ResponseReading, readResponse } from './response-events.ts'
import { readResponsesRequest } from './responses-request.ts'
import { looseJson, openAIRefusals, responseBody } from './schemas.ts'
import { frameOf, openStream } from './streaming.ts'
import { waitForEnd, waitForSeal, withKey } from './wait.ts'

const streamed = {
  description: 'The response, or its events.',
  content: { 'application/json': { schema: looseJson }, 'text/event-stream': { schema: z.string() } },
}

const create = createRoute({
  method: 'post',
  path: '/v1/responses',
  summary: 'A response, for clients of OpenAI',
  request: { headers: createHeaders, body: jsonBody(responseBody) },
  responses: { 200: streamed, ...openAIRefusals },
})

const get = createRoute({
  method: 'get',
  path: '/v1/responses/{id}',
  summary: 'One response, or its events after a number',
  request: {
    params: idParam,
    query: z.looseObject({ stream: z.enum(['true', 'false']).optional(), starting_after: z.coerce.number().int().min(0).optional() }),
  },
  responses: { 200: streamed, ...openAIRefusals },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/responses/{id}/cancel',
  summary: 'Stops a response; may be repeated',
  request: { params: idParam },
  responses: { 200: json('The response.', looseJson), ...openAIRefusals },
})

const items = createRoute({
  method: 'get',
  path: '/v1/responses/{id}/input_items',
  summary: 'What a response was asked, as items',
  request: {
    params: idParam,
    query: z.looseObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      order: z.enum(['asc', 'desc']).default('desc'),
      after: z.string().optional(),
    }),
  },
  responses: { 200: json('A page of items.', looseJson), ...openAIRefusals },
})

export function responsesRoutes(router: Router, deps: AppDeps): void {
  const { runs, store } = deps

  router.openapi(create, async (c) => {
    const principal = principalOf(c)
    const asked = await readResponsesRequest(deps, principal, c.req.valid('json'))
    const { run } = await runs.create(principal, withKey(asked.run, c.req.valid('header')))
    if (asked.stream) return openStream(deps, run, { after: START, first: '', write: eventWriter(readResponse(run)) })
    if (asked.background) return c.json(await responseOf(store, run), 200)
    const ended = await waitForEnd(deps, principal, run, c.req.raw.signal)
    if (ended.status === 'failed' || ended.status === 'interrupted') throw runFailure(ended.error, responseId(ended))
    return c.json(await responseOf(store, ended), 200)
  })

  router.openapi(get, async (c) => {
    const id = runIdOf(c.req.valid('param').id)
    const run = await runs.get(principalFor(c, streamIdOfRun(id), 'read'), id)
    const { stream, starting_after } = c.req.valid('query')
    if (stream === 'true') return resume(deps, run, starting_after)
    if (starting_after !== undefined) throw badField('starting_after', 'It is for streams. Send stream=true with it.')
    return c.json(await responseOf(store, run), 200)
  })

  router.openapi(cancel, async (c) => {
    const id = runIdOf(c.req.valid('param').id)
    const principal = principalFor(c, streamIdOfRun(id), 'cancel')
    const { run } = await runs.cancel(principal, id)
    return c.json(await responseOf(store, await waitForSeal(deps, principal, run, c.req.raw.signal)), 200)
  })

  router.openapi(items, async (c) => {
    const id = runIdOf(c.req.valid('param').id)
    const run = await runs.get(principalFor(c, streamIdOfRun(id), 'read'), id)
    return c.json(itemPage(run, c.req.valid('query')), 200)
  })

  // Not one of the definitions: `Allow` must not name it.
  router.delete('/v1/responses/:id', () => {
    throw new Refusal(405, 'invalid-request', 'Responses cannot be deleted: each is a run, and runs are kept.', {
      headers: { allow: 'GET, HEAD, OPTIONS' },
    })
  })
}

async function resume(deps: AppDeps, run: RunRecord, startingAfter: number | undefined): Promise<Response> {
  const { reading, after, rest } = await placeAfter(deps.store, run, startingAfter)
  return openStream(deps, run, { after, first: rest.map(frame).join(''), write: eventWriter(reading) })
}

function eventWriter(reading: ResponseReading): (event: RunEvent | UnknownEvent) => string {
  return (event) => (isKnownEvent(event) ? reading.take(event).map(frame).join('') : '')
}

function frame(event: ResponseEvent): string {
  return frameOf(event, event.type)
}

interface ItemQuery {
  readonly limit: number
  readonly order: 'asc' | 'desc'
  readonly after?: string | undefined
}

function itemPage(run: RunRecord, { limit, order, after }: ItemQuery) {
  const asked = envelopeOf(run.options).instructions === undefined ? run.input : run.input.slice(1)
  const inOrder = inputItems(asked, run.id.slice('run_'.length))
  const all = order === 'asc' ? inOrder : inOrder.toReversed()
  const place = after === undefined ? -1 : all.findIndex((item) => item['id'] === after)
  if (after !== undefined && place < 0) throw badField('after', 'This response has no such item.')
  const data = all.slice(place + 1, place + 1 + limit)
  const [first, last] = [data[0], data.at(-1)]
  return {
    object: 'list',
    data,
    first_id: first?.['id'] ?? null,
    last_id: last?.['id'] ?? null,
    has_more: place + 1 + data.length < all.length,
  }
}
