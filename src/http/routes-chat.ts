/** Chat: ask and wait for the whole answer, or ask and read it with a bare EventSource (PROTOCOL 4.5). */
import { createRoute, z } from '@hono/zod-openapi'
import { answerText } from '../core/fold.ts'
import { START } from '../core/offset.ts'
import { attach, positionOf } from './attach.ts'
import { principalOf } from './auth/caller.ts'
import type { AppDeps, Router } from './context.ts'
import { Refusal } from './problem.ts'
import { repeatedQuestions } from './repeated-questions.ts'
import { json, jsonBody, refusals } from './responses.ts'
import * as schemas from './schemas.ts'
import { outcomeOf, runView } from './views.ts'
import { sseFormat } from './wire-formats.ts'

const chat = createRoute({
  method: 'post',
  path: '/v1/chat',
  summary: 'Starts a run and waits for its end; going away does not cancel it',
  request: { headers: schemas.createHeaders, body: jsonBody(schemas.createRun) },
  responses: {
    200: json('The run, ended.', schemas.run),
    ...refusals.invalid,
    ...refusals.unknown,
    ...refusals.conflict,
    ...refusals.body,
    ...refusals.busy,
  },
})

const chatStream = createRoute({
  method: 'get',
  path: '/v1/chat/stream',
  summary: 'Starts a run and streams it; a repeated request attaches to it',
  request: { query: schemas.chatStreamQuery, headers: schemas.resumeHeaders },
  responses: {
    200: { description: 'Server-sent events.', content: { 'text/event-stream': { schema: z.string() } } },
    204: { description: 'The run has ended and the reader has everything.' },
    ...refusals.invalid,
    ...refusals.unknown,
    ...refusals.gone,
    ...refusals.busy,
  },
})

export function chatRoutes(router: Router, deps: AppDeps): void {
  const { runs, hub, clock } = deps
  const questions = repeatedQuestions(runs, clock)

  router.openapi(chat, async (c) => {
    const principal = principalOf(c)
    const key = c.req.valid('header')['idempotency-key']
    const created = await runs.create(principal, { ...c.req.valid('json'), ...(key === undefined ? {} : { idempotencyKey: key }) })
    const run = await runs.ended(principal, created.run.id, c.req.raw.signal)
    if (outcomeOf(run) === undefined) throw goesOnElsewhere(run.id)
    if (created.replayed) c.header('idempotent-replayed', 'true')
    return c.json(runView(run, answerText(await runs.answer(run)), hub.readers(run.streamId)), 200)
  })

  router.openapi(chatStream, async (c) => {
    // Link checkers and previews send HEAD; they must not start anything.
    if (c.req.method === 'HEAD')
      throw new Refusal(405, 'invalid-request', 'Use GET: this address starts a run.', { headers: { allow: 'GET' } })
    const principal = principalOf(c)
    const { reader, ...question } = c.req.valid('query')
    const resumed = resumeId(c.req.valid('header')['last-event-id'])
    const run = resumed ? await runs.get(principal, resumed.runId) : await questions.ask(principal, question)
    const after = resumed?.after ?? START
    const prefix = `${run.id}.`
    return attach(deps, run, { after, kind: reader, format: sseFormat(prefix), firstId: prefix + after })
  })
}

/** This process goes down and hands the run over: the answer is not lost, but it does not come on this connection. */
function goesOnElsewhere(runId: string): Refusal {
  return new Refusal(503, 'unavailable', `The server goes down and run ${runId} goes on without it. Read it at the address in Location.`, {
    headers: { location: `/v1/runs/${encodeURIComponent(runId)}` },
  })
}

/** Reads `<run>.<offset>`. @throws {Refusal} 400 for anything else; nothing and an empty id are no id. */
export function resumeId(sent: string | undefined): { readonly runId: string; readonly after: string } | undefined {
  if (sent === undefined || sent === '') return undefined
  const dot = sent.lastIndexOf('.')
  if (dot < 1 || dot === sent.length - 1) {
    throw new Refusal(400, 'invalid-request', 'This is not an id that this stream sent. Send the id of a frame back unchanged.')
  }
  return { runId: sent.slice(0, dot), after: positionOf(sent.slice(dot + 1)) }
}
