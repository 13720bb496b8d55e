/** Runs: create, look, list, cancel (PROTOCOL 4.1 to 4.3). */
import { createRoute } from '@hono/zod-openapi'
import { answerText } from '../core/fold.ts'
import { principalFor, principalOf, streamIdOfRun } from './auth/caller.ts'
import type { AppDeps, Router } from './context.ts'
import { json, jsonBody, refusals } from './responses.ts'
import * as schemas from './schemas.ts'
import { outcomeOf, runCreatedView, runListedView, runView } from './views.ts'

const create = createRoute({
  method: 'post',
  path: '/v1/runs',
  summary: 'Starts a run',
  request: { headers: schemas.createHeaders, body: jsonBody(schemas.createRun) },
  responses: {
    201: json('The run, which has been started.', schemas.runCreated),
    200: json('The run that the same idempotency key started before.', schemas.runCreated),
    ...refusals.invalid,
    ...refusals.unknown,
    ...refusals.conflict,
    ...refusals.body,
    ...refusals.busy,
  },
})

const list = createRoute({
  method: 'get',
  path: '/v1/runs',
  summary: 'Lists runs, newest first',
  request: { query: schemas.runsQuery },
  responses: { 200: json('A page of runs.', schemas.runList), ...refusals.invalid },
})

const get = createRoute({
  method: 'get',
  path: '/v1/runs/{id}',
  summary: 'One run with its text so far and its readers',
  request: { params: schemas.idParam },
  responses: { 200: json('The run.', schemas.run), ...refusals.unknown },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/runs/{id}/cancel',
  summary: 'Asks for the end of a run; may be repeated',
  request: { params: schemas.idParam },
  responses: {
    202: json('The run is being stopped.', schemas.cancelled),
    200: json('There was nothing left to stop.', schemas.cancelled),
    ...refusals.unknown,
  },
})

export function runRoutes(router: Router, { runs, hub }: AppDeps): void {
  router.openapi(create, async (c) => {
    const key = c.req.valid('header')['idempotency-key']
    const request = { ...c.req.valid('json'), ...(key === undefined ? {} : { idempotencyKey: key }) }
    const { run, replayed } = await runs.create(principalOf(c), request)
    const view = runCreatedView(run)
    c.header('location', view.links.self)
    if (!replayed) return c.json(view, 201)
    c.header('idempotent-replayed', 'true')
    return c.json(view, 200)
  })

  router.openapi(list, async (c) => {
    const { limit, after, ...filter } = c.req.valid('query')
    const page = await runs.list(principalOf(c), filter, { limit, ...(after === undefined ? {} : { after }) })
    return c.json({ items: page.items.map(runListedView), ...(page.next === undefined ? {} : { next: page.next }) }, 200)
  })

  router.openapi(get, async (c) => {
    const { id } = c.req.valid('param')
    const run = await runs.get(principalFor(c, streamIdOfRun(id), 'read'), id)
    return c.json(runView(run, answerText(await runs.answer(run)), hub.readers(run.streamId)), 200)
  })

  router.openapi(cancel, async (c) => {
    const { id } = c.req.valid('param')
    const { run, effect } = await runs.cancel(principalFor(c, streamIdOfRun(id), 'cancel'), id)
    const outcome = outcomeOf(run)
    const view = { id: run.id, status: run.status, effect, ...(outcome === undefined ? {} : { outcome }) }
    return effect === 'cancelling' ? c.json(view, 202) : c.json(view, 200)
  })
}
