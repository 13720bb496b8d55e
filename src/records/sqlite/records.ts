/** Records in one SQLite file: the embedded default, no server needed. */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { type Clock, systemClock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import type { ConversationRecord, CreateRunResult, MessageRecord, Owner, Records, RunRecord } from '../../ports/records.ts'
import { storageError } from '../../sqlite/errors.ts'
import { openDatabase } from '../../sqlite/open.ts'
import { makePage, readPageRequest } from '../shared/cursor.ts'
import { answerMessage, conversationWith, IDEMPOTENCY_LIFE_MS, isOwner, questionMessage, queuedRun } from '../shared/rules.ts'
import { createLogCopier } from './log-copier.ts'
import { MIGRATIONS } from './migrations.ts'
import { type Numbered, readConversation, readMessage, readRun } from './rows.ts'
import { prepareStatements } from './statements.ts'

export interface SqliteRecordsOptions {
  /** Data folder; the file in it is `records.db`. Made when missing. Its one owner holds the folder's lock. */
  readonly folder: string
  /** `full` also survives a loss of power, for one fsync per write; `normal` (default) survives every kill of the process. */
  readonly synchronous?: 'normal' | 'full'
  /** By default the host's. */
  readonly clock?: Clock
  /** How long an idempotency key is remembered; 24 hours by default. */
  readonly idempotencyLifeMs?: number
  /** Told when the write-ahead log could not be copied into the file; it is tried again. */
  readonly onCheckpointError?: (error: SluiceError) => void
}

/** Expired keys that one new key clears away: more than one, so that they cannot pile up; few, so that no request pays for all. */
const KEYS_FORGOTTEN_AT_ONCE = 50

/** What one transaction writes to the log beyond its texts, about: pages of the tables and indexes that it touches. */
const COMMIT_BYTES = 24 * 1024

/**
 * Opens `records.db`, migrated to the newest schema.
 * @throws {SluiceError} `storage-*`; `configuration` when a newer release wrote the file.
 */
export function createSqliteRecords(options: SqliteRecordsOptions): Records {
  const path = join(options.folder, 'records.db')
  const database = openDatabase({
    path,
    name: 'records',
    migrations: MIGRATIONS,
    ...(options.synchronous === undefined ? {} : { synchronous: options.synchronous }),
  })
  return recordsIn(database, path, options)
}

/** The records in a database that is open and migrated, and theirs from here on. */
export function recordsIn(database: DatabaseSync, path: string, options: Omit<SqliteRecordsOptions, 'folder'> = {}): Records {
  const { clock = systemClock, idempotencyLifeMs = IDEMPOTENCY_LIFE_MS } = options
  const sql = prepareStatements(database)
  const log = createLogCopier(path, options.onCheckpointError)

  /** Runs `work`, with SQLite's errors in our words. */
  const attempt = <T>(what: string, work: () => T): T => {
    if (!database.isOpen) throw new SluiceError('unavailable', `${what}: ${path} is closed. Open it anew to go on.`)
    try {
      return work()
    } catch (error) {
      throw storageError(error, `${what} (${path})`)
    }
  }
  /** Runs `work` in a transaction: all of it, or nothing. `bytes` is about what it writes. */
  const transaction = async <T>(what: string, bytes: number, work: () => T): Promise<T> => {
    while (log.gate !== undefined) await log.gate
    return attempt(what, () => {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        log.wrote(COMMIT_BYTES + bytes)
        return result
      } catch (error) {
        // A full disk has SQLite roll back by itself.
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    })
  }

  const getRun = (id: string): RunRecord | undefined => {
    const row = sql.getRun.get({ id })
    return row && readRun(row).record
  }
  const getConversation = (id: string): ConversationRecord | undefined => {
    const row = sql.getConversation.get({ id })
    return row && readConversation(row).record
  }
  const insertMessage = (message: MessageRecord | undefined, owner: Owner): void => {
    if (message === undefined) return
    const { runId = null, status = null, ...rest } = message
    sql.insertMessage.run({ ...rest, tenant: owner.tenant, user: owner.user, runId, status })
  }
  const runOfKey = (owner: Owner, key: string): { readonly run: RunRecord; readonly digest: string } | undefined => {
    const row = sql.getKey.get({ tenant: owner.tenant, user: owner.user, key, now: clock.now() })
    const run = row && getRun(String(row['run_id']))
    return run && { run, digest: String(row['digest']) }
  }
  const insertRun = (run: RunRecord, input: string, options: string): void => {
    const { id, streamId, model, status, createdAt, conversationId = null, parentId = null } = run
    const { tenant, user } = run.owner
    sql.insertRun.run({ id, streamId, tenant, user, model, status, conversationId, parentId, createdAt })
    const transcript = run.transcript === undefined ? null : JSON.stringify(run.transcript)
    sql.insertRequest.run({ id, tenant, user, input, options, transcript })
  }
  const putConversation = (run: RunRecord, conversationId: string): void => {
    const old = getConversation(conversationId)
    if (old && !isOwner(old, run.owner)) {
      throw new SluiceError('not-found', `Run ${run.id} asks for the conversation ${conversationId}, which is another owner's.`)
    }
    const { owner, lastRunId = null, ...rest } = conversationWith(run, conversationId, old)
    sql.putConversation.run({ ...rest, tenant: owner.tenant, user: owner.user, lastRunId })
  }

  return {
    createRun(given, idempotency) {
      const run = queuedRun(given)
      const input = JSON.stringify(run.input)
      const runOptions = JSON.stringify(run.options)
      // The question is written twice: in the request, and as a message.
      return transaction(`Writing run ${run.id}`, 2 * (input.length + runOptions.length), (): CreateRunResult => {
        const earlier = idempotency && runOfKey(run.owner, idempotency.key)
        if (earlier) return { result: earlier.digest === idempotency.digest ? 'replayed' : 'key-reused', run: earlier.run }
        if (sql.hasRun.get({ id: run.id })) {
          throw new SluiceError('conflict', `There is a run ${run.id} already. Run ids are made once and never used again.`)
        }
        insertRun(run, input, runOptions)
        if (run.conversationId !== undefined) putConversation(run, run.conversationId)
        insertMessage(questionMessage(run), run.owner)
        if (idempotency) {
          const { tenant, user } = run.owner
          const { key, digest } = idempotency
          const now = clock.now()
          sql.forgetExpiredKeys.run({ now, limit: KEYS_FORGOTTEN_AT_ONCE })
          sql.putKey.run({ tenant, user, key, digest, runId: run.id, expiresAt: now + idempotencyLifeMs })
        }
        return { result: 'created', run }
      })
    },

    async findIdempotent(owner, key) {
      return attempt(`Looking for the idempotency key of a run of ${owner.user}`, () => runOfKey(owner, key))
    },

    async getRun(id, owner) {
      const run = attempt(`Reading run ${id}`, () => getRun(id))
      return run && (owner === undefined || isOwner(run, owner)) ? run : undefined
    },

    async listRuns({ tenant, user }, { status, conversationId }, page) {
      const { before, limit } = readPageRequest('runs', page)
      const common = { tenant, user, before, limit: limit + 1 }
      const rows = attempt(`Listing the runs of ${user}`, () => {
        if (status !== undefined && conversationId !== undefined) {
          return sql.listRunsOfConversationByStatus.all({ ...common, status, conversationId })
        }
        if (status !== undefined) return sql.listRunsByStatus.all({ ...common, status })
        if (conversationId !== undefined) return sql.listRunsOfConversation.all({ ...common, conversationId })
        return sql.listRuns.all(common)
      })
      return makePage('runs', rows.map(readRun), limit, seqOf, recordOf)
    },

    async unfinishedRuns() {
      return attempt('Listing the unfinished runs', () => sql.unfinishedRuns.all()).map((row) => readRun(row).record)
    },

    claimRun(id, { holder, untilMs }, nowMs) {
      return transaction(`Claiming run ${id}`, 0, () => sql.claimRun.run({ id, holder, until: untilMs, now: nowMs }).changes === 1)
    },

    voidLeases() {
      return transaction('Voiding the leases', 0, () => {
        sql.voidLeases.run()
      })
    },

    requestCancel(id, owner, nowMs) {
      return transaction(`Cancelling run ${id}`, 0, () => {
        sql.requestCancel.run({ id, tenant: owner.tenant, user: owner.user, now: nowMs })
        const run = getRun(id)
        return run && isOwner(run, owner) ? run : undefined
      })
    },

    endRun(id, end) {
      return transaction(`Ending run ${id}`, end.text.length, () => {
        const row = sql.endRun.get({
          id,
          outcome: end.outcome,
          endedAt: end.endedAt,
          finishReason: end.finishReason ?? null,
          error: end.error === undefined ? null : JSON.stringify(end.error),
          usage: JSON.stringify(end.usage),
        })
        if (row === undefined) {
          if (sql.hasRun.get({ id })) return
          throw new SluiceError('not-found', `There is no run ${id} to end.`)
        }
        if (row['conversation_id'] === null) return
        const conversationId = String(row['conversation_id'])
        insertMessage(answerMessage({ id, conversationId }, end), { tenant: String(row['tenant']), user: String(row['user']) })
        sql.touchConversation.run({ id: conversationId, at: end.endedAt })
      })
    },

    async getConversation(id, owner) {
      const conversation = attempt(`Reading conversation ${id}`, () => getConversation(id))
      return conversation && isOwner(conversation, owner) ? conversation : undefined
    },

    async listConversations({ tenant, user }, page) {
      const { before, limit } = readPageRequest('conversations', page)
      const rows = attempt(`Listing the conversations of ${user}`, () =>
        sql.listConversations.all({ tenant, user, before, limit: limit + 1 }),
      )
      return makePage('conversations', rows.map(readConversation), limit, seqOf, recordOf)
    },

    async listMessages(conversationId, { tenant, user }, page) {
      const { before, limit } = readPageRequest('messages', page)
      const rows = attempt(`Listing the messages of conversation ${conversationId}`, () =>
        sql.listMessages.all({ tenant, user, conversationId, before, limit: limit + 1 }),
      )
      return makePage('messages', rows.map(readMessage), limit, seqOf, recordOf)
    },

    async liveRun(conversationId) {
      const row = attempt(`Looking for the live run of conversation ${conversationId}`, () => sql.liveRun.get({ conversationId }))
      return row && readRun(row).record
    },

    async close() {
      await log.close()
      if (database.isOpen) attempt('Closing the records', () => database.close())
    },
  }
}

const seqOf = (row: Numbered<unknown>): number => row.seq
const recordOf = <T>(row: Numbered<T>): T => row.record
