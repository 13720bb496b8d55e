/** Every query of the records, prepared once. Each has an index: a test asks SQLite for its plan. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

const RUNS = 'SELECT runs.*, requests.input, requests.options, requests.transcript FROM runs JOIN requests ON requests.run_id = runs.id'
const OF_OWNER = 'runs.tenant = :tenant AND runs.user = :user AND runs.seq < :before'
const PAGE = 'ORDER BY runs.seq DESC LIMIT :limit'

export const QUERIES = {
  getRun: `${RUNS} WHERE runs.id = :id`,
  hasRun: 'SELECT 1 AS found FROM runs WHERE id = :id',
  insertRun: `INSERT INTO runs (id, stream_id, tenant, user, model, status, conversation_id, parent_id, created_at)
    VALUES (:id, :streamId, :tenant, :user, :model, :status, :conversationId, :parentId, :createdAt)`,
  insertRequest:
    'INSERT INTO requests (run_id, tenant, user, input, options, transcript) VALUES (:id, :tenant, :user, :input, :options, :transcript)',
  listRuns: `${RUNS} WHERE ${OF_OWNER} ${PAGE}`,
  listRunsByStatus: `${RUNS} WHERE ${OF_OWNER} AND runs.status = :status ${PAGE}`,
  listRunsOfConversation: `${RUNS} WHERE ${OF_OWNER} AND runs.conversation_id = :conversationId ${PAGE}`,
  listRunsOfConversationByStatus: `${RUNS} WHERE ${OF_OWNER} AND runs.conversation_id = :conversationId AND runs.status = :status ${PAGE}`,
  // Told which index to take: without statistics SQLite would rather walk the table, which is in order already, than sort the few.
  unfinishedRuns: `${RUNS.replace('FROM runs', 'FROM runs INDEXED BY runs_unfinished')} WHERE runs.ended_at IS NULL ORDER BY runs.seq`,
  liveRun: `${RUNS} WHERE runs.ended_at IS NULL AND runs.conversation_id = :conversationId ORDER BY runs.seq LIMIT 1`,
  claimRun: `UPDATE runs SET status = 'running', started_at = coalesce(started_at, :now), lease_holder = :holder, lease_until = :until
    WHERE id = :id AND ended_at IS NULL AND (lease_holder IS NULL OR lease_holder = :holder OR lease_until <= :now)`,
  voidLeases: 'UPDATE runs SET lease_holder = NULL, lease_until = NULL WHERE ended_at IS NULL AND lease_holder IS NOT NULL',
  requestCancel: `UPDATE runs SET cancel_requested_at = :now
    WHERE id = :id AND tenant = :tenant AND user = :user AND ended_at IS NULL AND cancel_requested_at IS NULL`,
  endRun: `UPDATE runs SET status = :outcome, ended_at = :endedAt, finish_reason = :finishReason, error = :error, usage = :usage,
    lease_holder = NULL, lease_until = NULL
    WHERE id = :id AND ended_at IS NULL RETURNING conversation_id, tenant, user`,

  getConversation: 'SELECT * FROM conversations WHERE id = :id',
  putConversation: `INSERT INTO conversations (id, tenant, user, title, created_at, updated_at, last_run_id)
    VALUES (:id, :tenant, :user, :title, :createdAt, :updatedAt, :lastRunId)
    ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, last_run_id = excluded.last_run_id`,
  touchConversation: 'UPDATE conversations SET updated_at = max(updated_at, :at) WHERE id = :id',
  listConversations: 'SELECT * FROM conversations WHERE tenant = :tenant AND user = :user AND seq < :before ORDER BY seq DESC LIMIT :limit',

  insertMessage: `INSERT INTO messages (id, conversation_id, tenant, user, role, text, created_at, run_id, status)
    VALUES (:id, :conversationId, :tenant, :user, :role, :text, :createdAt, :runId, :status)`,
  listMessages: `SELECT * FROM messages
    WHERE tenant = :tenant AND user = :user AND conversation_id = :conversationId AND seq < :before ORDER BY seq DESC LIMIT :limit`,

  getKey: 'SELECT digest, run_id FROM idempotency_keys WHERE tenant = :tenant AND user = :user AND key = :key AND expires_at > :now',
  putKey: `INSERT OR REPLACE INTO idempotency_keys (tenant, user, key, digest, run_id, expires_at)
    VALUES (:tenant, :user, :key, :digest, :runId, :expiresAt)`,
  forgetExpiredKeys: `DELETE FROM idempotency_keys WHERE (tenant, user, key) IN
    (SELECT tenant, user, key FROM idempotency_keys WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)`,
} as const

export type Statements = { readonly [Name in keyof typeof QUERIES]: StatementSync }

export function prepareStatements(database: DatabaseSync): Statements {
  // Object.fromEntries forgets the names of the keys, which are those of QUERIES.
  return Object.fromEntries(Object.entries(QUERIES).map(([name, sql]) => [name, database.prepare(sql)])) as Statements
}
