/** Reading what is there: `HEAD`, and `GET` without waiting. */
import type { Store, StreamHead } from '../../ports/store.ts'
import { bodyOf } from './content.ts'
import * as header from './headers.ts'
import type { Start } from './place.ts'
import { stateHeaders } from './write.ts'

/** Bytes of one response, about; a reader asks again with `Stream-Next-Offset`. */
const MAX_RESPONSE_BYTES = 1024 * 1024
const MAX_RESPONSE_RECORDS = 10_000

/** Records at a position never change, so caches may keep them; not for long, as they may grow at the tail. */
const CACHE_CONTROL = 'private, max-age=60, stale-while-revalidate=300'

/** `HEAD`: what is known of the stream. It does not count as a read for its expiry. */
export function describeStream(stream: StreamHead): Response {
  const headers = stateHeaders(stream.head, stream.closed)
  headers.set('content-type', stream.contentType)
  headers.set('cache-control', 'no-store')
  if (stream.expiry?.kind === 'sliding') headers.set(header.TTL, String(stream.expiry.ttlMs / 1000))
  if (stream.expiry?.kind === 'absolute') headers.set(header.EXPIRES_AT, new Date(stream.expiry.atMs).toISOString())
  return new Response(null, { headers })
}

export interface CatchUp {
  readonly store: Store
  readonly id: string
  readonly stream: StreamHead
  readonly start: Start
  readonly ifNoneMatch: string | null
  /** Sent with long polls. */
  readonly cursor?: number
}

/** `GET`: the records after a position, as many as fit one response. */
export async function catchUp({ store, id, stream, start, ifNoneMatch, cursor }: CatchUp): Promise<Response> {
  const after = start === 'now' ? stream.head : start.after
  // Also "now" counts as a read for the stream's expiry.
  const { records, next, atTail, closed } = await store.read(id, after, { maxBytes: MAX_RESPONSE_BYTES, maxRecords: MAX_RESPONSE_RECORDS })
  const shown = start === 'now' ? [] : records
  const end = start === 'now' ? after : next
  const caughtUp = start === 'now' ? records.length === 0 : atTail
  const body = bodyOf(stream.contentType, shown)
  const headers = stateHeaders(end, closed && caughtUp)
  headers.set('content-type', stream.contentType)
  if (caughtUp || start === 'now') headers.set(header.UP_TO_DATE, 'true')
  if (cursor !== undefined) headers.set(header.CURSOR, String(cursor))
  if (start === 'now') {
    headers.set('cache-control', 'no-store')
    return new Response(body, { headers })
  }
  const etag = await etagOf(body, after, end, closed && caughtUp)
  headers.set('cache-control', CACHE_CONTROL)
  headers.set('etag', etag)
  if (matches(ifNoneMatch, etag)) {
    headers.delete('content-type')
    return new Response(null, { status: 304, headers })
  }
  return new Response(body, { headers })
}

/** Of the content itself: a stream that was deleted and made again has the same positions with other bytes. */
async function etagOf(body: Uint8Array<ArrayBuffer>, after: string, end: string, final: boolean): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body)).subarray(0, ETAG_BYTES)
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `"${after}:${end}:${hash}${final ? ':c' : ''}"`
}

const ETAG_BYTES = 12

function matches(ifNoneMatch: string | null, etag: string): boolean {
  return ifNoneMatch?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*') ?? false
}
