/** One connection to a run's events: fetch, look at the answer, parse. It never retries and knows no state. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { SluiceError } from '../core/errors.ts'
import type { Located, RunEvent, UnknownEvent } from '../core/event.ts'
import { isOffset, type Offset, START } from '../core/offset.ts'
import { connectionLost, isObject, notSluice, readProblem } from './problem.ts'

/** An event of any type, with the offset after it. */
export type LocatedEvent = Located<RunEvent | UnknownEvent>

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Longest frame that is taken, in characters: a whole long answer, coalesced, fits many times over. */
const MAX_FRAME_CHARS = 32 * 1024 * 1024

export interface ConnectOptions {
  readonly fetch: Fetch
  /** Address of the raw view of the events. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly after: Offset
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How the server answered. */
export type Connected =
  /** One batch per chunk of bytes that arrived, empty when it was only a comment or part of a frame: each is a sign of life. */
  | { readonly kind: 'opened'; readonly batches: AsyncIterable<readonly LocatedEvent[]> }
  | { readonly kind: 'nothing-left' }
  | { readonly kind: 'refused'; readonly status: number; readonly error: SluiceError }

/**
 * Connects. Aborting the signal is what lets go of the connection, also of an answer that is not read to its end. The batches end when the bytes do, which is no success: only a terminal event is.
 * @throws {SluiceError} `connection` when there is no answer or the bytes break off; `server`, not retryable, when the answer is not this protocol.
 */
export async function connectEvents(options: ConnectOptions): Promise<Connected> {
  const { url, after, signal } = options
  const headers = { ...options.headers, accept: 'text/event-stream', ...(after === START ? {} : { 'last-event-id': after }) }
  let response: Response
  try {
    response = await options.fetch(url, { headers, signal, cache: 'no-store' })
  } catch (cause) {
    throw connectionLost(`No answer to GET ${url}`, cause)
  }
  if (response.status === 204) return { kind: 'nothing-left' }
  if (!response.ok) return { kind: 'refused', status: response.status, error: await readProblem(response, `GET ${url}`, options.now()) }
  const type = response.headers.get('content-type') ?? 'no content type'
  if (!type.startsWith('text/event-stream') || response.body === null) {
    throw notSluice(`GET ${url} answered with ${type} instead of an event stream`)
  }
  return { kind: 'opened', batches: readBatches(response.body, url) }
}

async function* readBatches(body: ReadableStream<Uint8Array>, url: string): AsyncGenerator<readonly LocatedEvent[]> {
  let batch: LocatedEvent[] = []
  const parser = createParser({
    maxBufferSize: MAX_FRAME_CHARS,
    onEvent: (message) => {
      // A fresh token is for readers whose address holds one; it is no event of the run.
      if (message.event !== 'token') batch.push(readFrame(message, url))
    },
    onError: (error) => {
      // Unknown fields and odd `retry` values are to be ignored, says the standard.
      if (error.type === 'max-buffer-size-exceeded')
        throw notSluice(`A frame of ${url} is longer than ${MAX_FRAME_CHARS} characters`, error)
    },
  })
  // The decoder takes the one byte order mark away; the parser takes none after a comment, where it would else take a second.
  parser.feed(':\n')
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (;;) {
    const chunk = await reader.read().catch((cause: unknown) => {
      throw connectionLost(`The bytes of ${url} broke off`, cause)
    })
    if (chunk.done) return
    parser.feed(decoder.decode(chunk.value, { stream: true }))
    yield batch
    batch = []
  }
}

function readFrame(message: EventSourceMessage, url: string): LocatedEvent {
  const { id, data } = message
  if (id === undefined || !isOffset(id)) throw notSluice(`A frame of ${url} has no offset as its id`)
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch (cause) {
    throw notSluice(`The frame ${id} of ${url} is not JSON`, cause)
  }
  if (!isEvent(event)) throw notSluice(`The frame ${id} of ${url} is not an event: it has no type`)
  return { offset: id, event }
}

/** Trusts the server for the fields of the types that it knows: they were checked when they were written. */
function isEvent(value: unknown): value is RunEvent | UnknownEvent {
  return isObject(value) && typeof value['type'] === 'string'
}
