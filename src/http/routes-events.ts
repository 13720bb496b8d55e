/** The events of a run as server-sent events (PROTOCOL 4.4). */
import { createRoute, z } from '@hono/zod-openapi'
import { attach, positionOf } from './attach.ts'
import { principalFor, streamIdOfRun } from './auth/caller.ts'
import type { AppDeps, Router } from './context.ts'
import { refusals } from './responses.ts'
import * as schemas from './schemas.ts'
import { rawFormat, sseFormat } from './wire-formats.ts'

const events = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/events',
  summary: 'The events of a run: first the past, then live, until its end',
  request: { params: schemas.idParam, query: schemas.eventsQuery, headers: schemas.resumeHeaders },
  responses: {
    200: { description: 'Server-sent events.', content: { 'text/event-stream': { schema: z.string() } } },
    204: { description: 'The run has ended and the reader has everything.' },
    ...refusals.invalid,
    ...refusals.unknown,
    ...refusals.gone,
  },
})

const FORMATS = { default: sseFormat(), raw: rawFormat() }

export function eventRoutes(router: Router, deps: AppDeps): void {
  router.openapi(events, async (c) => {
    const { after, view, reader } = c.req.valid('query')
    const position = positionOf(c.req.valid('header')['last-event-id'] ?? after)
    const { id } = c.req.valid('param')
    const run = await deps.runs.get(principalFor(c, streamIdOfRun(id), 'read'), id)
    return attach(deps, run, { after: position, kind: reader, format: FORMATS[view] })
  })
}
