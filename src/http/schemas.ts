/**
 * Schemas of what comes in and goes out over HTTP. Objects that come in are strict: a field that nobody knows is refused by name rather than
 * ignored in silence.
 */
import { z } from '@hono/zod-openapi'
import { ERROR_CODES } from '../core/errors.ts'
import { FINISH_REASONS, OUTCOMES } from '../core/event.ts'

/** Messages in one prompt. */
const MAX_MESSAGES = 1_000
/** Tools that one request may bring. */
const MAX_TOOLS = 128
/** Entries of one page of a list. */
const MAX_PAGE = 200
const DEFAULT_PAGE = 50

/**
 * An optional field, whose type leaves `undefined` out as all our types do. At run time it is a plain `optional`: JSON has no undefined, and the
 * OpenAPI generator takes only that one for optional.
 */
function maybe<T extends z.ZodType>(schema: T): z.ZodExactOptional<T> {
  return schema.optional() as unknown as z.ZodExactOptional<T>
}

const name = z.string().min(1).max(200)

/** Ids that clients may choose; they appear in addresses. */
const chosenId = z.string().regex(/^[\w-]{1,128}$/, 'Use 1 to 128 letters, digits, _ and -')

const promptMessage = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  toolCallId: maybe(name),
})

const tool = z.strictObject({
  name: z.string().regex(/^[\w-]{1,64}$/, 'Use 1 to 64 letters, digits, _ and -'),
  description: maybe(z.string().max(4_096)),
  parameters: z.record(z.string(), z.unknown()),
})

const options = z.strictObject({
  maxOutputTokens: maybe(z.int().min(1).max(10_000_000)),
  maxThinkingTokens: maybe(z.int().min(1).max(10_000_000)),
  temperature: maybe(z.number().min(0).max(2)),
  reasoningEffort: maybe(z.enum(['minimal', 'low', 'medium', 'high'])),
  tools: maybe(z.array(tool).max(MAX_TOOLS)),
  tokensPerSecond: maybe(z.number().min(0).max(1_000_000)),
  seed: maybe(z.int()),
})

/** Body of `POST /v1/runs` and `POST /v1/chat`. */
export const createRun = z
  .strictObject({
    input: z.union([z.string().min(1), z.array(promptMessage).min(1).max(MAX_MESSAGES)]),
    model: maybe(name),
    conversationId: maybe(chosenId),
    options: maybe(options),
  })
  .openapi('CreateRun')

/** Headers of both. */
export const createHeaders = z.object({
  'idempotency-key': maybe(z.string().regex(/^[\x21-\x7e]{1,255}$/, 'Use 1 to 255 visible characters')),
})

export const idParam = z.object({ id: z.string().min(1).max(256) })

const status = z.enum(['queued', 'running', ...OUTCOMES])

const page = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  after: maybe(z.string().min(1).max(512)),
}

export const pageQuery = z.strictObject(page)
export const runsQuery = z.strictObject({ status: maybe(status), conversationId: maybe(chosenId), ...page })

const reader = z.string().regex(/^[a-z0-9-]{1,32}$/, 'Use 1 to 32 lower-case letters, digits and -')

export const eventsQuery = z.strictObject({
  after: maybe(z.string().max(256)),
  view: z.enum(['default', 'raw']).default('default'),
  reader: reader.default('sse'),
  /** For an EventSource, which cannot send headers; read by auth. */
  token: maybe(z.string().max(2_048)),
})

export const chatStreamQuery = z.strictObject({
  message: z.string().min(1),
  model: maybe(name),
  conversationId: maybe(chosenId),
  key: maybe(z.string().min(1).max(255)),
  reader: reader.default('sse'),
})

export const resumeHeaders = z.object({ 'last-event-id': maybe(z.string().max(512)) })

const time = z.iso.datetime().openapi({ description: 'RFC 3339' })

const usage = z.object({
  inputTokens: maybe(z.number()),
  outputTokens: maybe(z.number()),
  reasoningTokens: maybe(z.number()),
  cachedInputTokens: maybe(z.number()),
  basis: z.enum(['reported', 'estimated', 'unknown']),
})

const code = z.string().openapi({ enum: [...ERROR_CODES] })

const runError = z.object({
  type: z.enum(['connection', 'llm', 'server']),
  code,
  message: z.string(),
  recoverable: z.boolean(),
  attempt: z.number(),
})

const links = z.object({ self: z.string(), events: z.string(), cancel: z.string() })

export const runCreated = z
  .object({
    id: z.string(),
    streamId: z.string(),
    status,
    model: z.string(),
    conversationId: maybe(z.string()),
    createdAt: time,
    links,
  })
  .openapi('RunCreated')

export const runListed = runCreated
  .extend({
    parentId: maybe(z.string()),
    startedAt: maybe(time),
    endedAt: maybe(time),
    outcome: maybe(z.enum(OUTCOMES)),
    finishReason: maybe(z.enum(FINISH_REASONS)),
    error: maybe(runError),
    usage: maybe(usage),
    cancelRequestedAt: maybe(time),
  })
  .openapi('RunListed')

export const run = runListed.extend({ text: z.string(), readers: z.array(z.object({ kind: z.string(), since: time })) }).openapi('Run')

export const runList = z.object({ items: z.array(runListed), next: maybe(z.string()) }).openapi('RunList')

export const cancelled = z
  .object({ id: z.string(), status, outcome: maybe(z.enum(OUTCOMES)), effect: z.enum(['cancelling', 'ended']) })
  .openapi('Cancelled')

export const conversationListed = z
  .object({ id: z.string(), title: z.string(), createdAt: time, updatedAt: time, lastRunId: maybe(z.string()) })
  .openapi('ConversationListed')

export const conversationList = z.object({ items: z.array(conversationListed), next: maybe(z.string()) }).openapi('ConversationList')

const message = z.object({
  id: z.string(),
  role: z.enum(['user', 'assistant', 'tool', 'system']),
  text: z.string(),
  createdAt: time,
  runId: maybe(z.string()),
  status: maybe(z.enum(OUTCOMES)),
})

export const conversation = conversationListed
  .extend({ messages: z.array(message), next: maybe(z.string()), liveRunId: maybe(z.string()) })
  .openapi('Conversation')

const listedModel = z.object({ id: z.string(), object: z.literal('model'), created: z.literal(0), owned_by: z.string() })

/** Ours, and in `object` and `data` what clients of OpenAI read. */
export const models = z
  .object({ default: z.string(), items: z.array(z.object({ id: z.string() })), object: z.literal('list'), data: z.array(listedModel) })
  .openapi('Models')

export const health = z.object({ status: z.string() }).openapi('Health')

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code,
    requestId: z.string(),
    retryAfterMs: maybe(z.number()),
    errors: maybe(z.array(z.object({ path: z.string(), message: z.string() }))),
  })
  .openapi('Problem')
