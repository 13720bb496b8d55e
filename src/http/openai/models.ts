/** Models as OpenAI's clients list them. */
import { createRoute } from '@hono/zod-openapi'
import type { AppDeps, Router } from '../context.ts'
import { Refusal } from '../problem.ts'
import { json } from '../responses.ts'
import { idParam } from '../schemas.ts'
import { looseJson, sharedRefusals } from './schemas.ts'

export interface ListedModel {
  readonly id: string
  readonly object: 'model'
  /** The time at which a model was made is not known; the packages' types want a number. */
  readonly created: 0
  readonly owned_by: string
}

export function listedModel(id: string): ListedModel {
  return { id, object: 'model', created: 0, owned_by: id.split('/', 1)[0] ?? '' }
}

const get = createRoute({
  method: 'get',
  path: '/v1/models/{id}',
  summary: 'One model, for clients of OpenAI',
  request: { params: idParam },
  responses: { 200: json('The model.', looseJson), ...sharedRefusals },
})

export function modelRoutes(router: Router, { runs }: AppDeps): void {
  router.openapi(get, (c) => {
    const { id } = c.req.valid('param')
    if (!runs.models.includes(id)) throw new Refusal(404, 'not-found', `The model '${id.slice(0, 100)}' is not in the list at /v1/models.`)
    return c.json({ ...listedModel(id) }, 200)
  })
}
