/** Creating, appending, closing and deleting streams (the protocol's `PUT`, `POST` and `DELETE`). */
import { SluiceError } from '../../core/errors.ts'
import type { Expiry, ForkPoint, Store, StreamHead } from '../../ports/store.ts'
import { Refusal } from '../problem.ts'
import { DEFAULT_CONTENT_TYPE, isJson, mediaType, recordsOf } from './content.ts'
import * as header from './headers.ts'
import { startOf } from './place.ts'

export interface WriteRequest {
  readonly store: Store
  readonly id: string
  readonly headers: Headers
  readonly body: Uint8Array
}

export interface CreateRequest extends WriteRequest {
  /** Address of the new stream, absolute. */
  readonly location: string
  /** The store's id of another stream, by its address. @throws {Refusal} when it is none of this caller's. */
  readonly idOf: (address: string) => string
}

/** `PUT`. */
export async function createStream({ store, id, headers, body, location, idOf }: CreateRequest): Promise<Response> {
  const expiry = header.expiryOf(headers)
  const closed = header.closes(headers)
  const asked = header.forkOf(headers)
  const type = headers.get('content-type')
  const fork = asked && (await forkPointOf(store, idOf(asked.source), asked, type))
  const contentType = type ?? fork?.source.contentType ?? DEFAULT_CONTENT_TYPE
  const records = body.byteLength === 0 ? [] : recordsOf(contentType, body)
  const lasts = expiry ?? fork?.source.expiry
  const made = await store.create(id, {
    contentType,
    records,
    closed,
    ...(lasts === undefined ? {} : { expiry: lasts }),
    ...(fork === undefined ? {} : { from: fork.point }),
  })
  const same =
    mediaType(made.contentType) === mediaType(contentType) &&
    made.closed === closed &&
    sameExpiry(made.expiry, lasts) &&
    sameFork(made.from, fork?.point, asked?.offset === undefined)
  if (!made.created && !same) {
    throw new Refusal(409, 'conflict', 'There is a stream at this address, made in another way. Use it as it is, or another address.')
  }
  const about = stateHeaders(made.head, made.closed)
  about.set('content-type', made.contentType)
  if (made.created) about.set('location', location)
  return new Response(null, { status: made.created ? 201 : 200, headers: about })
}

interface Fork {
  readonly source: StreamHead
  readonly point: ForkPoint
}

async function forkPointOf(store: Store, id: string, { offset, subOffset }: header.ForkRequest, type: string | null): Promise<Fork> {
  const source = await forkSource(store, id)
  if (type !== null && mediaType(type) !== mediaType(source.contentType)) {
    throw new Refusal(409, 'conflict', `A fork has the content type of its source, ${source.contentType}. Leave it out, or send that.`)
  }
  const start = startOf(offset ?? 'now')
  const after = start === 'now' ? source.head : start.after
  if (after > source.head) throw header.bad(`${header.FORK_OFFSET} lies behind the end of the source.`)
  if (subOffset === 0) return { source, point: { id, after } }
  if (!isJson(source.contentType)) return { source, point: { id, after, bytes: subOffset } }
  return { source, point: { id, after: await skip(store, id, after, subOffset) } }
}

async function forkSource(store: Store, id: string): Promise<StreamHead> {
  try {
    const source = await store.head(id)
    if (source !== undefined) return source
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'gone') {
      throw new Refusal(409, 'conflict', 'The source of the fork was deleted. Fork one of its forks instead.', { cause: error })
    }
    throw error
  }
  throw new Refusal(404, 'not-found', 'The source of the fork is not there.')
}

/** The position so many records further. */
async function skip(store: Store, id: string, after: string, count: number): Promise<string> {
  let at = after
  let left = count
  while (left > 0) {
    const { records, next, atTail } = await store.read(id, at, { maxRecords: left })
    left -= records.length
    at = next
    if (left > 0 && atTail) throw header.bad(`${header.FORK_SUB_OFFSET} lies behind the end of the source.`)
  }
  return at
}

function sameExpiry(one: Expiry | undefined, other: Expiry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one.kind === 'sliding') return other.kind === 'sliding' && one.ttlMs === other.ttlMs
  return other.kind === 'absolute' && one.atMs === other.atMs
}

function sameFork(one: ForkPoint | undefined, other: ForkPoint | undefined, anywhere: boolean): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.id === other.id && (anywhere || (one.after === other.after && (one.bytes ?? 0) === (other.bytes ?? 0)))
}

/** `POST`. */
export async function appendToStream({ store, id, headers, body }: WriteRequest): Promise<Response> {
  const close = header.closes(headers)
  const producer = header.producerOf(headers)
  const streamSeq = headers.get(header.SEQ)
  const type = headers.get('content-type')
  const stream = await store.head(id)
  if (stream === undefined) throw new Refusal(404, 'not-found', 'There is no stream at this address. Create it with PUT.')
  const records = body.byteLength === 0 ? [] : recordsToAppend(stream, type, body)
  if (records.length === 0 && !close)
    throw header.bad(`There is nothing to append. Send a body, or close the stream with ${header.CLOSED}: true.`)
  const result = await store.append(id, records, {
    close,
    ...(producer === undefined ? {} : { producer }),
    ...(streamSeq === null ? {} : { streamSeq }),
    ...(type === null || records.length === 0
      ? {}
      : { contentType: mediaType(type) === mediaType(stream.contentType) ? stream.contentType : type }),
  })
  switch (result.result) {
    case 'appended':
    case 'duplicate': {
      const about = stateHeaders(result.head, result.closed)
      if (producer !== undefined) {
        about.set(header.PRODUCER_EPOCH, String(producer.epoch))
        about.set(header.PRODUCER_SEQ, String(result.result === 'duplicate' ? (result.seq ?? producer.seq) : producer.seq))
      }
      // A close is never news: the answer to its first try and to its repetition is the same.
      const news = result.result === 'appended' && producer !== undefined && records.length > 0
      return new Response(null, { status: news ? 200 : 204, headers: about })
    }
    case 'closed':
      throw refused('The stream is closed: nothing can follow.', stateHeaders(result.head, true))
    case 'gap':
      throw refused('The producer left out requests: send the expected one first.', {
        [header.PRODUCER_EXPECTED_SEQ]: String(result.expected),
        [header.PRODUCER_RECEIVED_SEQ]: String(result.received),
      })
    case 'fenced':
      throw new Refusal(403, 'fenced', 'A later epoch of this producer is in force. Raise the epoch, and begin at seq 0.', {
        headers: { [header.PRODUCER_EPOCH]: String(result.current) },
      })
    case 'mismatch':
      if (result.what === 'epoch-start') throw header.bad(`A new epoch begins at ${header.PRODUCER_SEQ} 0.`)
      throw refused(
        result.what === 'content-type'
          ? `This stream holds ${result.expected}.`
          : `${header.SEQ} must be greater, byte by byte, than all earlier ones.`,
        {},
      )
    default:
      return result satisfies never
  }
}

function recordsToAppend(stream: StreamHead, type: string | null, body: Uint8Array): readonly Uint8Array[] {
  if (type === null) throw header.bad(`Say what the body is: this stream holds ${stream.contentType}.`)
  // What is of another type is refused by the store, which knows whether a closed stream comes first; it need not be read.
  return mediaType(type) === mediaType(stream.contentType) ? recordsOf(stream.contentType, body) : [body]
}

function refused(message: string, headers: Headers | Readonly<Record<string, string>>): Refusal {
  return new Refusal(409, 'conflict', message, { headers: headers instanceof Headers ? Object.fromEntries(headers) : headers })
}

/** `DELETE`. */
export async function deleteStream(store: Store, id: string): Promise<Response> {
  if (!(await store.delete(id))) throw new Refusal(404, 'not-found', 'There is no stream at this address.')
  return new Response(null, { status: 204 })
}

/** Where a stream ends, and whether for good. */
export function stateHeaders(head: string, closed: boolean): Headers {
  const headers = new Headers({ [header.NEXT_OFFSET]: head })
  if (closed) headers.set(header.CLOSED, 'true')
  return headers
}
