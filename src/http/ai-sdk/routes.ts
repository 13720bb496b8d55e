/** What a stock `useChat` asks for: submit, resume, stop (PROTOCOL, AI SDK). The chat's id is that of its conversation. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { START } from '../../core/offset.ts'
import type { Owner, Records, RunRecord, Transcript } from '../../ports/records.ts'
import type { PromptMessage } from '../../ports/source.ts'
import { callerOf, principalFor, principalOf, streamIdOfRun } from '../auth/caller.ts'
import type { AppDeps, AppEnv, Router } from '../context.ts'
import { Refusal } from '../problem.ts'
import { json, jsonBody, refusals } from '../responses.ts'
import { resumeId } from '../routes-chat.ts'
import * as schemas from '../schemas.ts'
import { promptOf, uiMessages } from './messages.ts'
import { answerStreams } from './stream.ts'

const chatId = z.string().regex(/^[\w-]{1,128}$/, 'Use 1 to 128 letters, digits, _ and -: the id of a chat is that of its conversation')
const { model, options } = schemas.createRun.shape

/** Not strict: stock clients send whatever their `body` holds, and fields of later versions. */
const submitted = z
  .object({
    id: chatId,
    messages: uiMessages,
    trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
    model,
    options,
  })
  .openapi('SubmitChat')

/** Live runs of one chat that a stop ends; there are more than one only where questions queue. */
const MAX_LIVE = 200
/** Newest messages of a chat among which a repeated question is looked for. */
const MAX_LOOKED_AT = 200

const chatParam = z.object({ id: chatId })
const stopped = z.object({ id: z.string(), effect: z.enum(['cancelling', 'ended']), runs: z.array(z.string()) }).openapi('ChatStopped')
const uiMessageStream = { description: 'A UI message stream.', content: { 'text/event-stream': { schema: z.string() } } }

const submit = createRoute({
  method: 'post',
  path: '/api/chat',
  summary: 'Answers a chat of the AI SDK; going away does not stop the answer',
  request: { body: jsonBody(submitted) },
  responses: { 200: uiMessageStream, ...refusals.invalid, ...refusals.unknown, ...refusals.body, ...refusals.busy },
})

const resume = createRoute({
  method: 'get',
  path: '/api/chat/{id}/stream',
  summary: 'The answer that is being written in a chat: all of it, or what follows Last-Event-ID',
  request: { params: chatParam, headers: schemas.resumeHeaders },
  responses: {
    200: uiMessageStream,
    204: { description: 'There is nothing to resume.' },
    ...refusals.invalid,
    ...refusals.unknown,
    ...refusals.gone,
  },
})

const stop = createRoute({
  method: 'post',
  path: '/api/chat/{id}/stop',
  summary: 'Stops the model in a chat; may be repeated',
  request: { params: chatParam },
  responses: {
    202: json('The answer is being stopped.', stopped),
    200: json('There was nothing left to stop.', stopped),
    ...refusals.unknown,
  },
})

export function aiSdkRoutes(router: Router, deps: AppDeps): void {
  const { runs, records } = deps
  const streams = answerStreams(deps)

  router.openapi(submit, async (c) => {
    const principal = principalOf(c)
    const { id, messages, trigger, ...asked } = c.req.valid('json')
    const input = promptOf(messages)
    const last = messages.at(-1)
    // The client goes on with an answer of its own when it has run the tools that the answer called.
    const goesOn = trigger === 'submit-message' && last?.role === 'assistant'
    const again = goesOn || trigger === 'regenerate-message'
    const transcript: Transcript = {
      question: again && (await isWritten(records, principal, id, input)) ? 'written' : 'new',
      ...(goesOn && last.id !== '' ? { messageId: last.id } : {}),
    }
    const { run } = await runs.create(principal, { ...asked, input, conversationId: id, transcript })
    return streams.follow(run, START)
  })

  router.openapi(resume, async (c) => {
    const { id } = c.req.valid('param')
    const resumed = resumeId(c.req.valid('header')['last-event-id'])
    if (resumed) return streams.follow(await runOfChat(c, id, resumed.runId), resumed.after)
    const newest = (await records.getConversation(id, callerOf(c).principal))?.lastRunId
    if (newest === undefined) return new Response(null, { status: 204 })
    const run = await runOfChat(c, id, newest)
    return streams.isWanted(run) ? streams.follow(run, START) : new Response(null, { status: 204 })
  })

  router.openapi(stop, async (c) => {
    const { id } = c.req.valid('param')
    const owner = callerOf(c).principal
    if (!(await records.getConversation(id, owner))) throw noSuchChat()
    const { grant } = callerOf(c)
    // Who has a token is asked for its own run only, before anything is stopped.
    const live = (await liveRuns(owner, id)).filter(({ streamId }) => grant === undefined || grant.streamId === streamId)
    if (grant !== undefined && live.length === 0) throw noSuchChat()
    for (const { streamId } of live) principalFor(c, streamId, 'cancel')
    // The newest first: one that waits for its turn must not get it because the one before it was stopped.
    const results = []
    for (const run of live) results.push(await runs.cancel(principalFor(c, run.streamId, 'cancel'), run.id))
    const cancelling = results.filter(({ effect }) => effect === 'cancelling').map(({ run }) => run.id)
    return cancelling.length > 0
      ? c.json({ id, effect: 'cancelling' as const, runs: cancelling }, 202)
      : c.json({ id, effect: 'ended' as const, runs: [] }, 200)
  })

  const runOfChat = async (c: Context<AppEnv>, id: string, runId: string): Promise<RunRecord> => {
    const run = await runs.get(principalFor(c, streamIdOfRun(runId), 'read'), runId)
    if (run.conversationId !== id) throw noSuchChat()
    return run
  }

  /** Newest first. */
  const liveRuns = async (owner: Owner, conversationId: string): Promise<readonly RunRecord[]> => {
    const pages = await Promise.all(
      (['queued', 'running'] as const).map((status) => records.listRuns(owner, { conversationId, status }, { limit: MAX_LIVE })),
    )
    return pages.flatMap(({ items }) => items)
  }
}

/** Whether the question of a prompt is in the chat's history: a question that was refused, or asked elsewhere, is not. */
async function isWritten(records: Records, owner: Owner, chat: string, prompt: readonly PromptMessage[]): Promise<boolean> {
  const question = prompt.findLast(({ role }) => role === 'user')?.content
  const { items } = await records.listMessages(chat, owner, { limit: MAX_LOOKED_AT })
  return items.some(({ role, text }) => role === 'user' && text === question)
}

function noSuchChat(): Refusal {
  return new Refusal(404, 'not-found', 'There is no such chat.')
}
