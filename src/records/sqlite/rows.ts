/** Rows read back are checked like anything else that comes through a door: a damaged file must not become a damaged answer. */
import { z } from 'zod'
import { ERROR_CODES, SluiceError } from '../../core/errors.ts'
import { FINISH_REASONS, OUTCOMES } from '../../core/event.ts'
import type { ConversationRecord, MessageRecord, RunRecord } from '../../ports/records.ts'

/** Text of a column that holds JSON, read as `schema` says. Fields that this version does not know are kept. */
function json<T>(schema: z.ZodType<T>) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)
}

const time = z.int()
const count = z.exactOptional(z.number())

const message = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  toolCalls: z.exactOptional(z.array(z.looseObject({ id: z.string(), name: z.string(), input: z.string() }))),
  toolCallId: z.exactOptional(z.string()),
})
const options = z.looseObject({
  maxOutputTokens: count,
  maxThinkingTokens: count,
  temperature: count,
  reasoningEffort: z.exactOptional(z.enum(['minimal', 'low', 'medium', 'high'])),
  tools: z.exactOptional(
    z.array(z.looseObject({ name: z.string(), description: z.exactOptional(z.string()), parameters: z.record(z.string(), z.unknown()) })),
  ),
  tokensPerSecond: count,
  seed: count,
})
const transcript = z.looseObject({ question: z.enum(['new', 'written']), messageId: z.exactOptional(z.string()) })
const usage = z.looseObject({
  inputTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  cachedInputTokens: count,
  basis: z.enum(['reported', 'estimated', 'unknown']),
})
const error = z.looseObject({
  type: z.enum(['connection', 'llm', 'server']),
  code: z.enum(ERROR_CODES),
  message: z.string(),
  recoverable: z.boolean(),
  attempt: z.int(),
})

const runRow = z.object({
  seq: z.int(),
  id: z.string(),
  stream_id: z.string(),
  tenant: z.string(),
  user: z.string(),
  model: z.string(),
  status: z.enum(['queued', 'running', ...OUTCOMES]),
  conversation_id: z.string().nullable(),
  parent_id: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
  finish_reason: z.enum(FINISH_REASONS).nullable(),
  error: json(error).nullable(),
  usage: json(usage).nullable(),
  cancel_requested_at: time.nullable(),
  lease_holder: z.string().nullable(),
  lease_until: time.nullable(),
  input: json(z.array(message)),
  options: json(options),
  transcript: json(transcript).nullable(),
})

const conversationRow = z.object({
  seq: z.int(),
  id: z.string(),
  tenant: z.string(),
  user: z.string(),
  title: z.string(),
  created_at: time,
  updated_at: time,
  last_run_id: z.string().nullable(),
})

const messageRow = z.object({
  seq: z.int(),
  id: z.string(),
  conversation_id: z.string(),
  role: z.enum(['user', 'assistant', 'tool', 'system']),
  text: z.string(),
  created_at: time,
  run_id: z.string().nullable(),
  status: z.enum(OUTCOMES).nullable(),
})

/** A record and its place in its list. */
export interface Numbered<T> {
  readonly seq: number
  readonly record: T
}

/** @throws {SluiceError} `storage-corrupt` when the row is not a run. */
export function readRun(value: unknown): Numbered<RunRecord> {
  const row = check('runs', runRow, value)
  return {
    seq: row.seq,
    record: {
      id: row.id,
      streamId: row.stream_id,
      owner: { tenant: row.tenant, user: row.user },
      model: row.model,
      status: row.status,
      input: row.input,
      options: row.options,
      ...(row.transcript === null ? {} : { transcript: row.transcript }),
      ...(row.conversation_id === null ? {} : { conversationId: row.conversation_id }),
      ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
      createdAt: row.created_at,
      ...(row.started_at === null ? {} : { startedAt: row.started_at }),
      ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
      ...(row.finish_reason === null ? {} : { finishReason: row.finish_reason }),
      ...(row.error === null ? {} : { error: row.error }),
      ...(row.usage === null ? {} : { usage: row.usage }),
      ...(row.cancel_requested_at === null ? {} : { cancelRequestedAt: row.cancel_requested_at }),
      ...(row.lease_holder === null || row.lease_until === null ? {} : { lease: { holder: row.lease_holder, untilMs: row.lease_until } }),
    },
  }
}

/** @throws {SluiceError} `storage-corrupt` when the row is not a conversation. */
export function readConversation(value: unknown): Numbered<ConversationRecord> {
  const row = check('conversations', conversationRow, value)
  return {
    seq: row.seq,
    record: {
      id: row.id,
      owner: { tenant: row.tenant, user: row.user },
      title: row.title,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      ...(row.last_run_id === null ? {} : { lastRunId: row.last_run_id }),
    },
  }
}

/** @throws {SluiceError} `storage-corrupt` when the row is not a message. */
export function readMessage(value: unknown): Numbered<MessageRecord> {
  const row = check('messages', messageRow, value)
  return {
    seq: row.seq,
    record: {
      id: row.id,
      conversationId: row.conversation_id,
      role: row.role,
      text: row.text,
      createdAt: row.created_at,
      ...(row.run_id === null ? {} : { runId: row.run_id }),
      ...(row.status === null ? {} : { status: row.status }),
    },
  }
}

function check<T>(table: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const id = typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : 'without an id'
  // Paths and rules only: the values may be people's texts.
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new SluiceError(
    'storage-corrupt',
    `The row ${id} of ${table} in records.db cannot be read: ${faults}. Restore the file from a backup.`,
  )
}
