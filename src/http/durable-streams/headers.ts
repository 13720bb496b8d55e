/** The headers of the Durable Streams protocol: their names, and what a request may say in them. */
import type { Expiry, ProducerPosition } from '../../ports/store.ts'
import { Refusal } from '../problem.ts'

export const NEXT_OFFSET = 'stream-next-offset'
export const UP_TO_DATE = 'stream-up-to-date'
export const CLOSED = 'stream-closed'
export const CURSOR = 'stream-cursor'
export const SSE_DATA_ENCODING = 'stream-sse-data-encoding'
export const TTL = 'stream-ttl'
export const EXPIRES_AT = 'stream-expires-at'
export const SEQ = 'stream-seq'
const FORKED_FROM = 'stream-forked-from'
export const FORK_OFFSET = 'stream-fork-offset'
export const FORK_SUB_OFFSET = 'stream-fork-sub-offset'
const PRODUCER_ID = 'producer-id'
export const PRODUCER_EPOCH = 'producer-epoch'
export const PRODUCER_SEQ = 'producer-seq'
export const PRODUCER_EXPECTED_SEQ = 'producer-expected-seq'
export const PRODUCER_RECEIVED_SEQ = 'producer-received-seq'

/** Request headers that a page of an allowed origin may send. */
export const REQUEST_HEADERS: readonly string[] = [
  'content-type',
  'if-none-match',
  'last-event-id',
  CLOSED,
  TTL,
  EXPIRES_AT,
  SEQ,
  FORKED_FROM,
  FORK_OFFSET,
  FORK_SUB_OFFSET,
  PRODUCER_ID,
  PRODUCER_EPOCH,
  PRODUCER_SEQ,
]

const COUNT = /^(?:0|[1-9]\d*)$/
/** RFC 3339, section 5.6. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

export function bad(message: string): Refusal {
  return new Refusal(400, 'invalid-request', message)
}

/** A whole number from 0 in its one form, without sign and leading zeros. @throws {Refusal} 400 when the header holds anything else. */
function countOf(headers: Headers, name: string): number | undefined {
  const text = headers.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (!COUNT.test(text) || !Number.isSafeInteger(value)) throw bad(`${name} must be a whole number from 0, without sign or leading zeros.`)
  return value
}

/** When a new stream is to go away. @throws {Refusal} 400 for a time that is none, or for both ways at once. */
export function expiryOf(headers: Headers): Expiry | undefined {
  const ttl = countOf(headers, TTL)
  const at = headers.get(EXPIRES_AT)
  if (ttl !== undefined && at !== null) throw bad(`Send ${TTL} or ${EXPIRES_AT}, not both.`)
  if (ttl !== undefined) return { kind: 'sliding', ttlMs: ttl * 1000 }
  if (at === null) return undefined
  const atMs = DATE_TIME.test(at) ? Date.parse(at) : Number.NaN
  if (Number.isNaN(atMs)) throw bad(`${EXPIRES_AT} must be a time in RFC 3339, such as 2030-01-31T12:00:00Z.`)
  return { kind: 'absolute', atMs }
}

/** Who writes, for idempotence. @throws {Refusal} 400 unless all three headers are there and sound, or none is. */
export function producerOf(headers: Headers): ProducerPosition | undefined {
  const id = headers.get(PRODUCER_ID)
  const epoch = countOf(headers, PRODUCER_EPOCH)
  const seq = countOf(headers, PRODUCER_SEQ)
  if (id === null && epoch === undefined && seq === undefined) return undefined
  if (!id || epoch === undefined || seq === undefined) {
    throw bad(`Send ${PRODUCER_ID} (not empty), ${PRODUCER_EPOCH} and ${PRODUCER_SEQ} together, or none of them.`)
  }
  return { id, epoch, seq }
}

/** Whether the request closes the stream, or makes it closed. */
export function closes(headers: Headers): boolean {
  return headers.get(CLOSED)?.toLowerCase() === 'true'
}

export interface ForkRequest {
  /** Address of the source: its path. */
  readonly source: string
  /** Absent: the source's head. */
  readonly offset?: string
  /** Messages (JSON) or bytes after `offset`; absent and 0 are the same. */
  readonly subOffset: number
}

/** What a new stream is to begin with. @throws {Refusal} 400 for parts of a fork without the rest. */
export function forkOf(headers: Headers): ForkRequest | undefined {
  const source = headers.get(FORKED_FROM)
  const offset = headers.get(FORK_OFFSET)
  const subOffset = countOf(headers, FORK_SUB_OFFSET)
  if (source === null) {
    if (offset !== null || subOffset !== undefined) throw bad(`${FORK_OFFSET} and ${FORK_SUB_OFFSET} need ${FORKED_FROM}.`)
    return undefined
  }
  if (offset === null && (subOffset ?? 0) > 0) throw bad(`${FORK_SUB_OFFSET} counts from ${FORK_OFFSET}: send that too.`)
  return { source, subOffset: subOffset ?? 0, ...(offset === null ? {} : { offset }) }
}
