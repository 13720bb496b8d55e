/** Chat Completions (PROTOCOL 4.9). */
import { createRoute, z } from '@hono/zod-openapi'
import { START } from '../../core/offset.ts'
import { principalOf } from '../auth/caller.ts'
import type { AppDeps, Router } from '../context.ts'
import { jsonBody } from '../responses.ts'
import { createHeaders } from '../schemas.ts'
import { completionFailure, completionObject, completionWriter } from './completion-chunks.ts'
import { readCompletionsRequest } from './completions-request.ts'
import { completionBody, looseJson, openAIRefusals } from './schemas.ts'
import { openStream } from './streaming.ts'
import { waitForEnd, withKey } from './wait.ts'

const create = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  summary: 'A chat completion, for clients of OpenAI',
  request: { headers: createHeaders, body: jsonBody(completionBody) },
  responses: {
    200: {
      description: 'The completion, or its chunks.',
      content: { 'application/json': { schema: looseJson }, 'text/event-stream': { schema: z.string() } },
    },
    ...openAIRefusals,
  },
})

export function completionRoutes(router: Router, deps: AppDeps): void {
  const { runs } = deps
  router.openapi(create, async (c) => {
    const principal = principalOf(c)
    const asked = readCompletionsRequest(c.req.valid('json'))
    const { run } = await runs.create(principal, withKey(asked.run, c.req.valid('header')))
    if (asked.stream) return openStream(deps, run, { after: START, first: '', write: completionWriter(run, asked.includeUsage) })
    const ended = await waitForEnd(deps, principal, run, c.req.raw.signal)
    const answer = await runs.answer(ended)
    const { outcome = 'interrupted', error } = answer
    if (outcome !== 'completed') throw completionFailure(ended, { outcome, ...(error === undefined ? {} : { error }) })
    return c.json(completionObject(ended, answer), 200)
  })
}
