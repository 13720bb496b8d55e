/** Conversations: list them, read one (PROTOCOL 4.6). */
import { createRoute } from '@hono/zod-openapi'
import type { MessageRecord } from '../ports/records.ts'
import { principalOf } from './auth/caller.ts'
import type { AppDeps, Router } from './context.ts'
import { Refusal } from './problem.ts'
import { json, refusals } from './responses.ts'
import * as schemas from './schemas.ts'
import { conversationView, messageView } from './views.ts'

const list = createRoute({
  method: 'get',
  path: '/v1/conversations',
  summary: 'Lists conversations, newest first',
  request: { query: schemas.pageQuery },
  responses: { 200: json('A page of conversations.', schemas.conversationList), ...refusals.invalid },
})

const get = createRoute({
  method: 'get',
  path: '/v1/conversations/{id}',
  summary: 'One conversation with its newest messages, oldest of them first',
  request: { params: schemas.idParam, query: schemas.pageQuery },
  responses: { 200: json('The conversation.', schemas.conversation), ...refusals.invalid, ...refusals.unknown },
})

export function conversationRoutes(router: Router, { records }: AppDeps): void {
  router.openapi(list, async (c) => {
    const page = await records.listConversations(principalOf(c), c.req.valid('query'))
    return c.json({ items: page.items.map(conversationView), ...(page.next === undefined ? {} : { next: page.next }) }, 200)
  })

  router.openapi(get, async (c) => {
    const owner = principalOf(c)
    const { id } = c.req.valid('param')
    const conversation = await records.getConversation(id, owner)
    if (!conversation) throw new Refusal(404, 'not-found', 'There is no such conversation.')
    // The live run first: should it end in between, its message is in the list that is read after it.
    const live = await records.liveRun(id)
    const messages = await records.listMessages(id, owner, c.req.valid('query'))
    return c.json(
      {
        ...conversationView(conversation),
        messages: inTurns(messages.items).map(messageView),
        ...(messages.next === undefined ? {} : { next: messages.next }),
        ...(live === undefined ? {} : { liveRunId: live.id }),
      },
      200,
    )
  })
}

/** Oldest first, each answer after its own question: questions that waited in a queue were written down before the answers to earlier ones. */
function inTurns(newestFirst: readonly MessageRecord[]): readonly MessageRecord[] {
  return [...Map.groupBy(newestFirst.toReversed(), (message) => message.runId ?? message.id).values()].flat()
}
