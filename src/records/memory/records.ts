/** Records in the memory of one process: for tests, and for servers that need not remember. */
import { type Clock, systemClock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import type { ConversationRecord, CreateRunResult, MessageRecord, Owner, Records, RunRecord } from '../../ports/records.ts'
import { makePage, readPageRequest } from '../shared/cursor.ts'
import { answerMessage, conversationWith, IDEMPOTENCY_LIFE_MS, isOwner, questionMessage, queuedRun } from '../shared/rules.ts'
import { cancelRequestedRun, claimedRun, endedRun, hasEnded } from './transitions.ts'

export interface MemoryRecordsOptions {
  /** By default the host's. */
  readonly clock?: Clock
  /** How long an idempotency key is remembered; 24 hours by default. */
  readonly idempotencyLifeMs?: number
  /** Runs that are kept; a further one is refused with `storage-full`. 100 000 by default. */
  readonly maxRuns?: number
}

interface Row<T> {
  readonly seq: number
  readonly value: T
}

interface KeyRow {
  readonly digest: string
  readonly runId: string
  readonly expiresAt: number
}

/** Holds at most `maxRuns` runs and what belongs to them. Nothing survives the process. */
export function createMemoryRecords(options: MemoryRecordsOptions = {}): Records {
  const { clock = systemClock, idempotencyLifeMs = IDEMPOTENCY_LIFE_MS, maxRuns = 100_000 } = options
  const runs = new Map<string, Row<RunRecord>>()
  const unfinished = new Set<string>()
  const conversations = new Map<string, Row<ConversationRecord>>()
  const messages = new Map<string, Row<MessageRecord>[]>()
  // In the order of their expiry, because all live equally long.
  const keys = new Map<string, KeyRow>()
  let lastSeq = 0
  let closed = false

  const open = (): void => {
    if (closed) throw new SluiceError('unavailable', 'The records in memory are closed. Open them anew to go on.')
  }
  const put = (run: RunRecord): RunRecord => {
    const value = freeze(structuredClone(run))
    runs.set(run.id, { seq: runs.get(run.id)?.seq ?? ++lastSeq, value })
    if (hasEnded(run)) unfinished.delete(run.id)
    else unfinished.add(run.id)
    return value
  }
  const putConversation = (conversation: ConversationRecord): void => {
    const seq = conversations.get(conversation.id)?.seq ?? ++lastSeq
    conversations.set(conversation.id, { seq, value: freeze(conversation) })
  }
  const putMessage = (message: MessageRecord | undefined): void => {
    if (message === undefined) return
    const rows = messages.get(message.conversationId) ?? []
    rows.push({ seq: ++lastSeq, value: freeze(message) })
    messages.set(message.conversationId, rows)
  }
  const runOfKey = (owner: Owner, key: string, nowMs: number): { readonly run: RunRecord; readonly digest: string } | undefined => {
    const known = keys.get(idOfKey(owner, key))
    const run = known && known.expiresAt > nowMs ? runs.get(known.runId)?.value : undefined
    return known && run && { run, digest: known.digest }
  }
  const forgetExpiredKeys = (nowMs: number): void => {
    for (const [id, key] of keys) {
      if (key.expiresAt > nowMs) return
      keys.delete(id)
    }
  }

  return {
    async createRun(run, idempotency): Promise<CreateRunResult> {
      open()
      const nowMs = clock.now()
      forgetExpiredKeys(nowMs)
      const earlier = idempotency && runOfKey(run.owner, idempotency.key, nowMs)
      if (earlier) return { result: earlier.digest === idempotency.digest ? 'replayed' : 'key-reused', run: earlier.run }
      if (runs.has(run.id))
        throw new SluiceError('conflict', `There is a run ${run.id} already. Run ids are made once and never used again.`)
      const conversation = run.conversationId === undefined ? undefined : conversations.get(run.conversationId)?.value
      if (conversation && !isOwner(conversation, run.owner)) {
        throw new SluiceError('not-found', `Run ${run.id} asks for the conversation ${conversation.id}, which is another owner's.`)
      }
      if (runs.size >= maxRuns) {
        throw new SluiceError('storage-full', `The records in memory hold ${maxRuns} runs. Use the sqlite store, or raise maxRuns.`)
      }
      const written = put(queuedRun(run))
      if (run.conversationId !== undefined) putConversation(conversationWith(run, run.conversationId, conversation))
      putMessage(questionMessage(written))
      if (idempotency) {
        const keyId = idOfKey(run.owner, idempotency.key)
        // Deleted first: a Map keeps the place of a key that it has.
        keys.delete(keyId)
        keys.set(keyId, { digest: idempotency.digest, runId: run.id, expiresAt: nowMs + idempotencyLifeMs })
      }
      return { result: 'created', run: written }
    },

    async findIdempotent(owner, key) {
      open()
      return runOfKey(owner, key, clock.now())
    },

    async getRun(id, owner) {
      open()
      const run = runs.get(id)?.value
      return run && (owner === undefined || isOwner(run, owner)) ? run : undefined
    },

    async listRuns(owner, filter, page) {
      open()
      const { before, limit } = readPageRequest('runs', page)
      const wanted = ({ seq, value: run }: Row<RunRecord>): boolean =>
        seq < before &&
        isOwner(run, owner) &&
        (filter.status === undefined || run.status === filter.status) &&
        (filter.conversationId === undefined || run.conversationId === filter.conversationId)
      return makePage('runs', newest(runs.values(), wanted, limit + 1), limit, rowSeq, rowValue)
    },

    async unfinishedRuns() {
      open()
      return [...unfinished].flatMap((id) => runs.get(id)?.value ?? [])
    },

    async claimRun(id, lease, nowMs) {
      open()
      const run = runs.get(id)?.value
      const claimed = run && claimedRun(run, lease, nowMs)
      if (claimed) put(claimed)
      return claimed !== undefined
    },

    async voidLeases() {
      open()
      for (const id of unfinished) {
        const run = runs.get(id)?.value
        if (run?.lease === undefined) continue
        const { lease: _lease, ...rest } = run
        put(rest)
      }
    },

    async requestCancel(id, owner, nowMs) {
      open()
      const run = runs.get(id)?.value
      return run && isOwner(run, owner) ? put(cancelRequestedRun(run, nowMs)) : undefined
    },

    async endRun(id, end) {
      open()
      const run = runs.get(id)?.value
      if (run === undefined) throw new SluiceError('not-found', `There is no run ${id} to end.`)
      if (hasEnded(run)) return
      put(endedRun(run, end))
      putMessage(answerMessage(run, end))
      const conversation = run.conversationId === undefined ? undefined : conversations.get(run.conversationId)?.value
      if (conversation) putConversation({ ...conversation, updatedAt: Math.max(conversation.updatedAt, end.endedAt) })
    },

    async getConversation(id, owner) {
      open()
      const conversation = conversations.get(id)?.value
      return conversation && isOwner(conversation, owner) ? conversation : undefined
    },

    async listConversations(owner, page) {
      open()
      const { before, limit } = readPageRequest('conversations', page)
      const wanted = ({ seq, value }: Row<ConversationRecord>): boolean => seq < before && isOwner(value, owner)
      return makePage('conversations', newest(conversations.values(), wanted, limit + 1), limit, rowSeq, rowValue)
    },

    async listMessages(conversationId, owner, page) {
      open()
      const { before, limit } = readPageRequest('messages', page)
      const conversation = conversations.get(conversationId)?.value
      const rows = conversation && isOwner(conversation, owner) ? (messages.get(conversationId) ?? []) : []
      return makePage(
        'messages',
        newest(rows, ({ seq }) => seq < before, limit + 1),
        limit,
        rowSeq,
        rowValue,
      )
    },

    async liveRun(conversationId) {
      open()
      for (const id of unfinished) {
        const run = runs.get(id)?.value
        if (run?.conversationId === conversationId) return run
      }
      return undefined
    },

    async close() {
      closed = true
      for (const table of [runs, unfinished, conversations, messages, keys]) table.clear()
    },
  }
}

const idOfKey = (owner: Owner, key: string): string => JSON.stringify([owner.tenant, owner.user, key])
const rowSeq = (row: Row<unknown>): number => row.seq
const rowValue = <T>(row: Row<T>): T => row.value

/** The last `count` rows that are wanted, newest first. */
function newest<T>(rows: Iterable<Row<T>>, wanted: (row: Row<T>) => boolean, count: number): readonly Row<T>[] {
  return [...rows].filter(wanted).slice(-count).reverse()
}

/** Rows are shared with callers, so nobody may change them. */
function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) freeze(child)
  return Object.freeze(value)
}
