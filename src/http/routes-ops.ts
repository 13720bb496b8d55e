/** Models, health and metrics (PROTOCOL 4.6). */
import { createRoute, z } from '@hono/zod-openapi'
import type { AppDeps, Router } from './context.ts'
import { listedModel } from './openai/models.ts'
import { Refusal } from './problem.ts'
import { json, refusals } from './responses.ts'
import * as schemas from './schemas.ts'

const models = createRoute({
  method: 'get',
  path: '/v1/models',
  summary: 'Models to offer to people',
  responses: { 200: json('The models, the default first.', schemas.models) },
})

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the process is alive',
  responses: { 200: json('It is.', schemas.health) },
})

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether new runs are taken',
  responses: { 200: json('They are.', schemas.health), ...refusals.busy },
})

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Metrics as Prometheus text',
  responses: {
    200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
    ...refusals.unknown,
  },
})

export function opsRoutes(router: Router, deps: AppDeps): void {
  const { runs } = deps

  router.openapi(models, (c) => {
    const data = runs.models.map(listedModel)
    return c.json({ default: runs.defaultModel, items: data.map(({ id }) => ({ id })), object: 'list' as const, data }, 200)
  })

  router.openapi(alive, (c) => c.json({ status: 'ok' }, 200))

  router.openapi(ready, (c) => {
    if (deps.ready() && runs.accepting) return c.json({ status: 'ready' }, 200)
    throw new Refusal(503, 'unavailable', 'The server is starting or going down.')
  })

  router.openapi(metrics, async (c) => {
    if (!deps.metrics) throw new Refusal(404, 'not-found', 'This server keeps no metrics.')
    const { contentType, body } = await deps.metrics()
    return c.text(body, 200, { 'content-type': contentType })
  })
}
