/** What callers send to the subscription API, checked. */
import { z } from '@hono/zod-openapi'
import { isOffset, type Offset, START } from '../../core/offset.ts'
import { matchesPattern, patternFault } from './glob.ts'
import { PREFIX } from './place.ts'
import { SubscriptionRefusal } from './subscription-refusal.ts'
import type { SubscriptionConfig } from './subscription-state.ts'

/** Bytes of a body. */
export const MAX_SUBSCRIPTION_BODY_BYTES = 1024 * 1024
/** Streams that one request may name, and acknowledgements that it may carry. */
const MAX_NAMED = 1_000
const MAX_NAME_LENGTH = 256
const MAX_PATH_LENGTH = 700
const MAX_DESCRIPTION_LENGTH = 1_000
const MAX_URL_LENGTH = 2_048
const MIN_LEASE_MS = 1_000
const MAX_LEASE_MS = 600_000
const DEFAULT_LEASE_MS = 30_000
/** First segment of the addresses that are no streams. */
export const RESERVED = '__ds'

/** The name of a stream as its address has it: percent-encoded, without dots that lead elsewhere. @throws {SubscriptionRefusal} */
export function canonicalPath(text: string): string {
  const address = PREFIX + text
  const { pathname, search, hash } = new URL(address, 'http://localhost')
  const path = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : ''
  if (
    path === '' ||
    path.length > MAX_PATH_LENGTH ||
    search !== '' ||
    hash !== '' ||
    path === RESERVED ||
    path.startsWith(`${RESERVED}/`)
  ) {
    throw invalid(
      `${JSON.stringify(text.slice(0, 80))} names no stream: send what follows ${PREFIX} in its address, at most ${MAX_PATH_LENGTH} characters.`,
    )
  }
  return path
}

const path = z.string().min(1).max(MAX_PATH_LENGTH).transform(canonicalPath)
const paths = z.array(path).max(MAX_NAMED)

const creation = z.object({
  type: z.enum(['webhook', 'pull-wake']),
  pattern: z.string().optional(),
  streams: paths.optional(),
  webhook: z.object({ url: z.string().min(1).max(MAX_URL_LENGTH) }).optional(),
  wake_stream: path.nullish(),
  lease_ttl_ms: z.int().min(MIN_LEASE_MS).max(MAX_LEASE_MS).default(DEFAULT_LEASE_MS),
  description: z.string().max(MAX_DESCRIPTION_LENGTH).optional(),
})

/** The configuration in its one form, so that equal ones are equal as JSON. @throws {SubscriptionRefusal} `INVALID_REQUEST`. */
export function configOf(body: unknown): SubscriptionConfig {
  const { type, pattern, streams = [], webhook, wake_stream: wakeStream, lease_ttl_ms: leaseTtlMs, description } = parse(creation, body)
  const fault = pattern === undefined ? undefined : patternFault(pattern)
  if (fault !== undefined) throw invalid(`The pattern ${fault}`)
  if (pattern === undefined && streams.length === 0) throw invalid('Send a pattern, or streams, or both: without them nothing can wake it.')
  if (type === 'webhook' && !webhook) throw invalid('A webhook subscription needs webhook.url.')
  if (type === 'pull-wake' && !wakeStream)
    throw invalid('A pull-wake subscription needs wake_stream, the name of a stream that you have made.')
  if (wakeStream && streams.includes(wakeStream))
    throw invalid('The wake stream cannot wake its own subscription: leave it out of streams.')
  return {
    type,
    ...(pattern === undefined ? {} : { pattern }),
    streams: [...new Set(streams)].sort(),
    ...(type === 'webhook' && webhook ? { webhookUrl: webhook.url } : {}),
    ...(type === 'pull-wake' && wakeStream ? { wakeStream } : {}),
    leaseTtlMs,
    ...(description === undefined ? {} : { description }),
  }
}

/** Whether the pattern of a subscription means this stream. Its own wake stream never wakes it, or it would for ever. */
export function meansByPattern({ pattern, wakeStream }: SubscriptionConfig, name: string): boolean {
  return pattern !== undefined && name !== wakeStream && matchesPattern(pattern, name)
}

/** @throws {SubscriptionRefusal} */
export function streamsOf(body: unknown): readonly string[] {
  return parse(z.object({ streams: paths.min(1) }), body).streams
}

/** @throws {SubscriptionRefusal} */
export function workerOf(body: unknown): string {
  return parse(z.object({ worker: z.string().min(1).max(MAX_NAME_LENGTH) }), body).worker
}

const wake = z.object({ wake_id: z.string().min(1).max(MAX_NAME_LENGTH), generation: z.int().min(1) })
const acknowledgement = wake.extend({
  acks: z
    .array(z.object({ stream: path, offset: z.string() }))
    .max(MAX_NAMED)
    .default([]),
  done: z.boolean().default(false),
})

export interface Answered {
  readonly wakeId: string
  readonly generation: number
}

/** @throws {SubscriptionRefusal} */
export function releaseOf(body: unknown): Answered {
  const { wake_id: wakeId, generation } = parse(wake, body)
  return { wakeId, generation }
}

export interface Acknowledged extends Answered {
  readonly acks: readonly { readonly path: string; readonly offset: Offset }[]
  readonly done: boolean
}

/** @throws {SubscriptionRefusal} */
export function acknowledgementOf(body: unknown): Acknowledged {
  const { wake_id: wakeId, generation, acks, done } = parse(acknowledgement, body)
  return { wakeId, generation, done, acks: acks.map(({ stream, offset }) => ({ path: stream, offset: offsetOf(offset) })) }
}

function offsetOf(text: string): Offset {
  if (text === '-1') return START
  if (!isOffset(text)) throw invalid('An offset of acks is none: send the tail_offset of the wake, or a Stream-Next-Offset, unchanged.')
  return text
}

/** The id of a subscription. @throws {SubscriptionRefusal} */
export function checkId(id: string): string {
  if (id !== '' && id.length <= MAX_NAME_LENGTH && id.isWellFormed()) return id
  throw invalid(`The id of a subscription has 1 to ${MAX_NAME_LENGTH} characters.`)
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(`${issue?.path.join('.') || 'The body'}: ${issue?.message ?? 'is not what is wanted'}.`)
}

export function invalid(message: string): SubscriptionRefusal {
  return new SubscriptionRefusal('INVALID_REQUEST', message)
}
