/** What a thread shows, in order, from the server's messages and what this page knows beyond them. Pure. */
import type { Message } from '../../../src/client/api.ts'
import type { Answer } from '../../../src/core/fold.ts'
import type { ConversationView, PendingAsk } from './conversation.ts'

export type Entry =
  | { readonly kind: 'question'; readonly key: string; readonly text: string; readonly pending?: PendingAsk }
  /** `message` is absent while the answer is being written. */
  | { readonly kind: 'answer'; readonly key: string; readonly runId?: string; readonly message?: Message }

/** The run that the page should follow: what it started, what is live, or else what was written last. */
export function currentRunId(view: ConversationView): string | undefined {
  if (view.startedRunId !== undefined) return view.startedRunId
  if (view.detail?.liveRunId !== undefined) return view.detail.liveRunId
  return view.detail?.messages.findLast((message) => message.role === 'assistant')?.runId
}

export function entriesOf(view: ConversationView): readonly Entry[] {
  const messages = view.detail?.messages ?? []
  const entries: Entry[] = []
  const answered = new Set(messages.filter((message) => message.role === 'assistant').map((message) => message.runId))
  const live = [view.detail?.liveRunId, view.startedRunId].filter((id) => id !== undefined && !answered.has(id))
  const placed = new Set<string>()
  for (const message of messages) {
    if (message.role === 'user') {
      entries.push({ kind: 'question', key: message.id, text: message.text })
      const runId = message.runId
      if (runId !== undefined && live.includes(runId)) {
        entries.push({ kind: 'answer', key: runId, runId })
        placed.add(runId)
      }
    } else if (message.role === 'assistant') {
      entries.push({
        kind: 'answer',
        key: message.runId ?? message.id,
        ...(message.runId === undefined ? {} : { runId: message.runId }),
        message,
      })
    }
  }
  const pending = view.pending
  if (pending && !isIn(messages, pending)) entries.push({ kind: 'question', key: pending.ask.key, text: pending.ask.text, pending })
  for (const runId of live) {
    if (runId === undefined || placed.has(runId)) continue
    entries.push({ kind: 'answer', key: runId, runId })
    placed.add(runId)
  }
  return entries
}

/** Whether the server's messages have a question that is still on its way back to us. */
function isIn(messages: readonly Message[], { ask }: PendingAsk): boolean {
  const from = ask.after === undefined ? 0 : messages.findIndex((message) => message.id === ask.after) + 1
  return messages.slice(from).some((message) => message.role === 'user' && message.text === ask.text)
}

/** An answer that ended, as its message tells it: the text and how it ended. */
export function answerOfMessage(message: Message): Answer {
  return {
    ...(message.runId === undefined ? {} : { runId: message.runId }),
    parts: message.text === '' ? [] : [{ kind: 'text', id: message.id, text: message.text, done: true }],
    data: [],
    notices: [],
    outcome: message.status ?? 'completed',
  }
}
