/** What every records adapter must write alike, as pure functions: a run's first row, and the messages and conversation that follow from it. */
import type { ConversationRecord, MessageRecord, Owner, RunEnd, RunRecord } from '../../ports/records.ts'
import type { PromptMessage } from '../../ports/source.ts'

/** How long an idempotency key is remembered unless the adapter is told otherwise: 24 hours. */
export const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60 * 1000

/** Characters (code points) of a conversation's title at most. */
const MAX_TITLE_CHARACTERS = 80

const NO_TITLE = 'New conversation'

export function isOwner(record: { readonly owner: Owner }, owner: Owner): boolean {
  return record.owner.tenant === owner.tenant && record.owner.user === owner.user
}

/** The run as it is first written: what was asked, and nothing that happens later. */
export function queuedRun(run: RunRecord): RunRecord {
  return {
    id: run.id,
    streamId: run.streamId,
    owner: { tenant: run.owner.tenant, user: run.owner.user },
    model: run.model,
    status: 'queued',
    input: run.input,
    options: run.options,
    ...(run.conversationId === undefined ? {} : { conversationId: run.conversationId }),
    ...(run.transcript === undefined ? {} : { transcript: run.transcript }),
    ...(run.parentId === undefined ? {} : { parentId: run.parentId }),
    createdAt: run.createdAt,
  }
}

/** The message that asks, when the run belongs to a conversation and its input has a question that was not written before. */
export function questionMessage(run: RunRecord): MessageRecord | undefined {
  const question = lastQuestion(run.input)
  if (run.conversationId === undefined || question === undefined || run.transcript?.question === 'written') return undefined
  return {
    id: `${run.id}.user`,
    conversationId: run.conversationId,
    role: 'user',
    text: question.content,
    createdAt: run.createdAt,
    runId: run.id,
  }
}

/** The message that answers, when the run belongs to a conversation. */
export function answerMessage(run: Pick<RunRecord, 'id' | 'conversationId'>, end: RunEnd): MessageRecord | undefined {
  if (run.conversationId === undefined) return undefined
  return {
    id: `${run.id}.assistant`,
    conversationId: run.conversationId,
    role: 'assistant',
    text: end.text,
    createdAt: end.endedAt,
    runId: run.id,
    status: end.outcome,
  }
}

/** The run's conversation once the run is in it: made by its first run, touched by each later one. */
export function conversationWith(run: RunRecord, conversationId: string, old: ConversationRecord | undefined): ConversationRecord {
  if (old !== undefined) return { ...old, updatedAt: Math.max(old.updatedAt, run.createdAt), lastRunId: run.id }
  return {
    id: conversationId,
    owner: { tenant: run.owner.tenant, user: run.owner.user },
    title: titleOf((lastQuestion(run.input) ?? run.input.at(0))?.content ?? ''),
    createdAt: run.createdAt,
    updatedAt: run.createdAt,
    lastRunId: run.id,
  }
}

/** First words of a text on one line, cut between words where there is a border, never inside a code point. */
function titleOf(text: string): string {
  const words = Array.from(
    text
      .slice(0, MAX_TITLE_CHARACTERS * 8)
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
  if (words.length === 0) return NO_TITLE
  if (words.length <= MAX_TITLE_CHARACTERS) return words.join('')
  const cut = words.slice(0, MAX_TITLE_CHARACTERS - 1).join('')
  const border = cut.lastIndexOf(' ')
  return `${border > cut.length / 2 ? cut.slice(0, border) : cut}…`
}

function lastQuestion(input: readonly PromptMessage[]): PromptMessage | undefined {
  return input.findLast((message) => message.role === 'user')
}
