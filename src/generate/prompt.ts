/** The prompt of a run: what was asked, after as much of the conversation as fits. */
import type { MessageRecord, Records, RunRecord } from '../ports/records.ts'
import type { PromptMessage } from '../ports/source.ts'

export interface PromptLimits {
  /** Tokens of earlier messages; the newest come first, and the first that does not fit ends the history. */
  readonly maxHistoryTokens: number
}

/** Tokens that roles and separators of one message cost, about (OpenAI's cookbook counts 3 to 4). */
const MESSAGE_OVERHEAD_TOKENS = 4
const PAGE = 50

export async function buildPrompt(
  records: Records,
  run: RunRecord,
  countTokens: (text: string) => number,
  { maxHistoryTokens }: PromptLimits,
): Promise<readonly PromptMessage[]> {
  if (run.conversationId === undefined || run.transcript !== undefined) return run.input
  const history: MessageRecord[] = []
  let left = maxHistoryTokens
  let after: string | undefined
  do {
    const page = await records.listMessages(run.conversationId, run.owner, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const message of page.items) {
      if (!isEarlier(message, run)) continue
      left -= countTokens(message.text) + MESSAGE_OVERHEAD_TOKENS
      if (left < 0) return withHistory(history, run)
      history.push(message)
    }
    after = page.next
  } while (after !== undefined)
  return withHistory(history, run)
}

/** Questions that waited in a queue were written down before the answers to earlier ones: each answer goes to its own question. */
function withHistory(newestFirst: readonly MessageRecord[], run: RunRecord): readonly PromptMessage[] {
  const byRun = Map.groupBy(newestFirst.toReversed(), (message) => message.runId ?? message.id)
  const history = [...byRun.values()].flat().map(({ role, text }): PromptMessage => ({ role, content: text }))
  return [...history, ...run.input]
}

/** Questions that came after this run belong to later ones; answers are all earlier, since a conversation has one live run. Empty answers say nothing. */
function isEarlier(message: MessageRecord, run: RunRecord): boolean {
  if (message.runId === run.id || message.text === '') return false
  return message.role !== 'user' || message.createdAt <= run.createdAt
}
