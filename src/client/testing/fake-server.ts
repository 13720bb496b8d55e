/** A server of one run's raw view, as a `fetch`: real bytes of the protocol, cut and delayed exactly where a test says. */
import type { RunEvent, UnknownEvent } from '../../core/event.ts'
import { formatOffset, type Offset, START } from '../../core/offset.ts'
import type { Fetch, LocatedEvent } from '../connection.ts'

/** Gives events their offsets: 1, 2, 3, … */
export function locate(events: readonly (RunEvent | UnknownEvent)[]): LocatedEvent[] {
  return events.map((event, index) => ({ offset: formatOffset(1, index + 1), event }))
}

/** A short answer with every kind of trouble for a byte reader: characters of one to four bytes, line breaks, a type that is not known. */
export const STORY: readonly LocatedEvent[] = locate([
  { type: 'run-start', at: 1, runId: 'r1', model: 'simulated/lorem' },
  { type: 'status', at: 2, status: 'started', message: 'Working on it' },
  { type: 'text-start', at: 3, id: 't' },
  { type: 'text-delta', at: 4, id: 't', text: 'Grüße: ', tokens: 2 },
  { type: 'text-delta', at: 5, id: 't', text: '水 and 🚰\n\ndata: no\r\n', tokens: 5 },
  { type: 'of-a-later-version', at: 6, extra: true },
  { type: 'text-delta', at: 7, id: 't', text: 'done.', tokens: 1 },
  { type: 'text-end', at: 8, id: 't' },
  { type: 'run-end', at: 9, outcome: 'completed', finishReason: 'stop', usage: { outputTokens: 8, basis: 'estimated' } },
])

/** What a client asked. */
export interface FakeRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
  /** From `Last-Event-ID`. */
  readonly after: Offset
  /** Which request of this server it is, from 1. */
  readonly number: number
}

/** A body that a test writes by hand. */
export interface LiveBody {
  readonly response: Response
  write(bytes: Uint8Array | string): void
  /** Ends the bytes, as a server that closes does. */
  end(): void
  /** Breaks the connection. */
  reset(): void
  /** Whether the client let go of it. */
  readonly left: boolean
}

/** Answers each request as `answer` says; what it throws is a connection that failed. */
export function fakeFetch(answer: (request: FakeRequest) => Response | Promise<Response>): {
  readonly fetch: Fetch
  readonly requests: readonly FakeRequest[]
} {
  const requests: FakeRequest[] = []
  return {
    requests,
    async fetch(url, init) {
      const headers = Object.fromEntries(new Headers(init.headers).entries())
      const request: FakeRequest = {
        method: init.method ?? 'GET',
        url,
        headers,
        body: typeof init.body === 'string' ? init.body : undefined,
        signal: init.signal ?? new AbortController().signal,
        after: headers['last-event-id'] ?? START,
        number: requests.length + 1,
      }
      requests.push(request)
      request.signal.throwIfAborted()
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      aborted.catch(() => {}) // nobody listens when `answer` throws
      request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true })
      return await Promise.race([answer(request), aborted])
    },
  }
}

const encoder = new TextEncoder()

/** The bytes that a server sends to a reader who has everything up to `after`. */
export function sseBytes(events: readonly LocatedEvent[], after: Offset = START): Uint8Array {
  const frames = events
    .filter((located) => located.offset > after)
    .map(({ offset, event }) => `id: ${offset}\ndata: ${JSON.stringify(event)}\n\n`)
  return encoder.encode(`retry: 1000\n\n: hello\n\n${frames.join('')}`)
}

/** An event stream of these chunks that then ends, or breaks when `how` says so. */
export function sse(chunks: readonly Uint8Array[], how: 'end' | 'reset' = 'end'): Response {
  let index = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[index++]
      if (chunk) controller.enqueue(chunk)
      else if (how === 'reset') controller.error(new TypeError('terminated'))
      else controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/** An event stream that stays open until the test or the client ends it. */
export function liveSse(signal: AbortSignal): LiveBody {
  let left = false
  let control: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      control = controller
    },
    cancel() {
      left = true
    },
  })
  signal.addEventListener('abort', () => {
    if (left) return
    left = true
    control?.error(signal.reason)
  })
  return {
    response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    write: (bytes) => control?.enqueue(typeof bytes === 'string' ? encoder.encode(bytes) : bytes),
    end: () => control?.close(),
    reset: () => control?.error(new TypeError('terminated')),
    get left() {
      return left
    },
  }
}

/** A problem document (RFC 9457). */
export function problem(
  status: number,
  fields: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ status, ...fields }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}

/** Lets everything that is ready run: promises and what they start, no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
}
