/**
 * Schemas of what comes in and goes out over HTTP. Objects that come in are strict: a field that nobody knows is refused by name rather than
 * ignored in silence.
 */
import { z } from '@hono/zod-openapi'
import { ERROR_CODES } from '../core/errors.ts'
import { OUTCOMES } from '../core/event.ts'

/** Messages in one prompt. */
const MAX_MESSAGES = 1_000
/** Tools that one request may bring. */
const MAX_TOOLS = 128
/** Entries of one page of a list. */
const MAX_PAGE = 200
const DEFAULT_PAGE = 50

const name = z.string().min(1).max(200)

/** Ids that clients may choose; they appear in addresses. */
const chosenId = z.string().regex(/^[\w-]{1,128}$/, 'Use 1 to 128 letters, digits, _ and -')

const promptMessage = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  toolCallId: name.exactOptional(),
})

const tool = z.strictObject({
  name: z.string().regex(/^[\w-]{1,64}$/, 'Use 1 to 64 letters, digits, _ and -'),
  description: z.string().max(4_096).exactOptional(),
  parameters: z.record(z.string(), z.unknown()),
})

const options = z.strictObject({
  maxOutputTokens: z.int().min(1).max(10_000_000).exactOptional(),
  temperature: z.number().min(0).max(2).exactOptional(),
  reasoningEffort: z.enum(['minimal', 'low', 'medium', 'high']).exactOptional(),
  tools: z.array(tool).max(MAX_TOOLS).exactOptional(),
  tokensPerSecond: z.number().min(0).max(1_000_000).exactOptional(),
  seed: z.int().exactOptional(),
})

/** Body of `POST /v1/runs` and `POST /v1/chat`. */
export const createRun = z
  .strictObject({
    input: z.union([z.string().min(1), z.array(promptMessage).min(1).max(MAX_MESSAGES)]),
    model: name.exactOptional(),
    conversationId: chosenId.exactOptional(),
    options: options.exactOptional(),
  })
  .openapi('CreateRun')

/** Headers of both. */
export const createHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'Use 1 to 255 visible characters')
    .exactOptional(),
})

export const idParam = z.object({ id: z.string().min(1).max(256) })

const status = z.enum(['queued', 'running', ...OUTCOMES])

const page = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  after: z.string().min(1).max(512).exactOptional(),
}

export const pageQuery = z.strictObject(page)
export const runsQuery = z.strictObject({ status: status.exactOptional(), conversationId: chosenId.exactOptional(), ...page })

const reader = z.string().regex(/^[a-z0-9-]{1,32}$/, 'Use 1 to 32 lower-case letters, digits and -')

export const eventsQuery = z.strictObject({
  after: z.string().max(256).exactOptional(),
  view: z.enum(['default', 'raw']).default('default'),
  reader: reader.default('sse'),
})

export const chatStreamQuery = z.strictObject({
  message: z.string().min(1),
  model: name.exactOptional(),
  conversationId: chosenId.exactOptional(),
  key: z.string().min(1).max(255).exactOptional(),
  reader: reader.default('sse'),
})

export const resumeHeaders = z.object({ 'last-event-id': z.string().max(512).exactOptional() })

const time = z.iso.datetime().openapi({ description: 'RFC 3339' })

const usage = z.object({
  inputTokens: z.number().exactOptional(),
  outputTokens: z.number().exactOptional(),
  reasoningTokens: z.number().exactOptional(),
  cachedInputTokens: z.number().exactOptional(),
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
    conversationId: z.string().exactOptional(),
    createdAt: time,
    links,
  })
  .openapi('RunCreated')

export const runListed = runCreated
  .extend({
    parentId: z.string().exactOptional(),
    startedAt: time.exactOptional(),
    endedAt: time.exactOptional(),
    outcome: z.enum(OUTCOMES).exactOptional(),
    finishReason: z.enum(['stop', 'length', 'content-filter', 'tool-calls', 'other']).exactOptional(),
    error: runError.exactOptional(),
    usage: usage.exactOptional(),
    cancelRequestedAt: time.exactOptional(),
  })
  .openapi('RunListed')

export const run = runListed.extend({ text: z.string(), readers: z.array(z.object({ kind: z.string(), since: time })) }).openapi('Run')

export const runList = z.object({ items: z.array(runListed), next: z.string().exactOptional() }).openapi('RunList')

export const cancelled = z
  .object({ id: z.string(), status, outcome: z.enum(OUTCOMES).exactOptional(), effect: z.enum(['cancelling', 'ended']) })
  .openapi('Cancelled')

export const conversationListed = z
  .object({ id: z.string(), title: z.string(), createdAt: time, updatedAt: time, lastRunId: z.string().exactOptional() })
  .openapi('ConversationListed')

export const conversationList = z
  .object({ items: z.array(conversationListed), next: z.string().exactOptional() })
  .openapi('ConversationList')

const message = z.object({
  id: z.string(),
  role: z.enum(['user', 'assistant', 'tool', 'system']),
  text: z.string(),
  createdAt: time,
  runId: z.string().exactOptional(),
  status: z.enum(OUTCOMES).exactOptional(),
})

export const conversation = conversationListed
  .extend({ messages: z.array(message), next: z.string().exactOptional(), liveRunId: z.string().exactOptional() })
  .openapi('Conversation')

export const models = z.object({ default: z.string(), items: z.array(z.object({ id: z.string() })) }).openapi('Models')

export const health = z.object({ status: z.string() }).openapi('Health')

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code,
    requestId: z.string(),
    retryAfterMs: z.number().exactOptional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).exactOptional(),
  })
  .openapi('Problem')
