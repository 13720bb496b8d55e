/** What runs and conversations look like over HTTP: times as RFC 3339, absent instead of null, links instead of knowledge. */
import type { z } from '@hono/zod-openapi'
import { OUTCOMES, type Outcome } from '../core/event.ts'
import type { ReaderInfo } from '../log/hub.ts'
import type { ConversationRecord, MessageRecord, RunRecord } from '../ports/records.ts'
import type * as schemas from './schemas.ts'

export type RunCreatedView = z.infer<typeof schemas.runCreated>
export type RunListedView = z.infer<typeof schemas.runListed>
export type RunView = z.infer<typeof schemas.run>
type ConversationListedView = z.infer<typeof schemas.conversationListed>
type MessageView = z.infer<typeof schemas.conversation>['messages'][number]

/** A time in milliseconds since 1970 as RFC 3339. */
function time(ms: number): string {
  return new Date(ms).toISOString()
}

/** The outcome of a run; `undefined` while it goes on. */
export function outcomeOf(run: RunRecord): Outcome | undefined {
  return OUTCOMES.find((outcome) => outcome === run.status)
}

/** The answer to a create. */
export function runCreatedView(run: RunRecord): RunCreatedView {
  const self = `/v1/runs/${encodeURIComponent(run.id)}`
  return {
    id: run.id,
    streamId: run.streamId,
    status: run.status,
    model: run.model,
    ...(run.conversationId === undefined ? {} : { conversationId: run.conversationId }),
    createdAt: time(run.createdAt),
    links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
  }
}

/** A run as an entry of a list. */
export function runListedView(run: RunRecord): RunListedView {
  const outcome = outcomeOf(run)
  return {
    ...runCreatedView(run),
    ...(run.parentId === undefined ? {} : { parentId: run.parentId }),
    ...(run.startedAt === undefined ? {} : { startedAt: time(run.startedAt) }),
    ...(run.endedAt === undefined ? {} : { endedAt: time(run.endedAt) }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(run.finishReason === undefined ? {} : { finishReason: run.finishReason }),
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(run.usage === undefined ? {} : { usage: run.usage }),
    ...(run.cancelRequestedAt === undefined ? {} : { cancelRequestedAt: time(run.cancelRequestedAt) }),
  }
}

/** One run, whole. */
export function runView(run: RunRecord, text: string, readers: readonly ReaderInfo[]): RunView {
  return { ...runListedView(run), text, readers: readers.map(({ kind, since }) => ({ kind, since: time(since) })) }
}

/** A conversation as an entry of a list. */
export function conversationView(conversation: ConversationRecord): ConversationListedView {
  return {
    id: conversation.id,
    title: conversation.title,
    createdAt: time(conversation.createdAt),
    updatedAt: time(conversation.updatedAt),
    ...(conversation.lastRunId === undefined ? {} : { lastRunId: conversation.lastRunId }),
  }
}

/** One message of a conversation. */
export function messageView(message: MessageRecord): MessageView {
  return {
    id: message.id,
    role: message.role,
    text: message.text,
    createdAt: time(message.createdAt),
    ...(message.runId === undefined ? {} : { runId: message.runId }),
    ...(message.status === undefined ? {} : { status: message.status }),
  }
}
