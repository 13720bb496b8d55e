/** Waiting for what comes: long polls, and server-sent events. */
import { linkAbort } from '../../core/abort.ts'
import type { Clock } from '../../core/clock.ts'
import type { Hub } from '../../log/hub.ts'
import type { Store, StreamHead } from '../../ports/store.ts'
import { streamResponse } from '../stream-plan.ts'
import { isText } from './content.ts'
import { isBehind, nextCursor } from './cursor.ts'
import * as header from './headers.ts'
import type { Start } from './place.ts'
import { catchUp } from './read.ts'
import { protocolFormat } from './sse-format.ts'
import { stateHeaders } from './write.ts'

export interface Live {
  readonly clock: Clock
  readonly id: string
  readonly stream: StreamHead
  readonly start: Start
  /** The cursor that the reader echoes. */
  readonly echoed: string | undefined
}

export interface LongPoll extends Live {
  readonly store: Store
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** `live=long-poll`: what is there at once, or as soon as something comes, or 204 after the time. */
export async function longPoll(options: LongPoll): Promise<Response> {
  const { store, clock, id, stream, start, echoed } = options
  const after = start === 'now' ? stream.head : start.after
  using news = watchFor(options, after)
  for (;;) {
    const { records, closed } = await store.read(id, after, { maxRecords: 1 })
    const cursor = nextCursor(clock.now(), echoed)
    if (records.length > 0) return catchUp({ store, id, stream, start: { after }, ifNoneMatch: null, cursor })
    if (closed || news.over) {
      const headers = stateHeaders(after, closed)
      headers.set(header.UP_TO_DATE, 'true')
      headers.set('cache-control', 'no-store')
      if (!closed) headers.set(header.CURSOR, String(cursor))
      return new Response(null, { status: 204, headers })
    }
    await news.next()
  }
}

interface News extends Disposable {
  /** Whether there is nothing to wait for any more: the time is up, or nobody waits. */
  readonly over: boolean
  /** Resolves when there may be something new since the last call, or it is over. */
  next(): Promise<void>
}

function watchFor({ store, clock, id, timeoutMs, signal }: LongPoll, after: string): News {
  const link = linkAbort(signal)
  let wake = Promise.withResolvers<void>()
  const unwatch = store.watch(id, (hint) => {
    if (hint.head > after || hint.closed || hint.deleted) wake.resolve()
  })
  const stop = clock.setTimer(timeoutMs, () => link.abort(new Error('The time of the poll is up.')))
  link.signal.addEventListener('abort', () => wake.resolve(), { once: true })
  return {
    get over() {
      return link.signal.aborted
    },
    async next() {
      await wake.promise
      if (!link.signal.aborted) wake = Promise.withResolvers<void>()
    },
    [Symbol.dispose]() {
      unwatch()
      stop()
      link[Symbol.dispose]()
    },
  }
}

/** How long one connection lasts, in milliseconds, as the protocol recommends: caches on the way can then merge readers again. */
const SSE_CONNECTION_MS = 60_000

export interface Sse extends Live {
  readonly hub: Hub
}

/** `live=sse`: the past, then live, until the stream is closed. */
export function serverSentEvents({ hub, clock, id, stream, start, echoed: sent }: Sse): Response {
  const after = start === 'now' ? stream.head : start.after
  const echoed = isBehind(clock.now(), sent) ? undefined : sent
  const format = protocolFormat(stream.contentType, () => nextCursor(clock.now(), echoed), echoed)
  const headers: Record<string, string> = {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...(isText(stream.contentType) ? {} : { [header.SSE_DATA_ENCODING]: 'base64' }),
  }
  return streamResponse(
    {
      prelude: new Uint8Array(0),
      open(sink) {
        const disarm = clock.setTimer(SSE_CONNECTION_MS, () => {
          reader.leave()
          sink.end('reconnect')
        })
        const reader = hub.join(id, {
          after,
          kind: 'durable-streams',
          format,
          sink: {
            write: (bytes) => sink.write(bytes),
            end(why) {
              disarm()
              sink.end(why)
            },
          },
        })
        return {
          get cursor() {
            return reader.cursor
          },
          drained: () => reader.drained(),
          leave() {
            disarm()
            reader.leave()
          },
        }
      },
    },
    headers,
  )
}
