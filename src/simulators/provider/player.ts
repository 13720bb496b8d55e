/**
 * The recording player: a local server that plays provider streams over real HTTP, whole or with a fault.
 *
 * What it plays, in this order: the next play that `enqueue` was given, the recording that the header `x-sluice-recording` names, the one of that
 * API that has the request's model as its name, else the first of that API. Where a name stands for several, that of the API that was asked counts.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Clock, sleep, systemClock } from '../../core/clock.ts'
import { type Faults, planBody, type Step } from './faults.ts'
import type { RecordedApi, Recording } from './recordings.ts'
import { type Refusal, refusalBody, speaksAnthropic } from './refusals.ts'

/** What to answer to one request. */
export interface Play {
  /** The name of a recording. */
  readonly recording?: string
  /** A body instead of a recording. */
  readonly body?: string | Uint8Array
  /** Default: that of the recording, or 200. */
  readonly status?: number
  /** Beyond those of the recording, and in place of them. Default `content-type: text/event-stream`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly faults?: Faults
}

/** How an exchange ended: the server sent what it was to send, it broke the connection as told, or the client left first. */
export type ExchangeEnd = 'sent' | 'reset' | 'client-left'

/** A request that the player got. */
export interface PlayedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON; `undefined` when there was none. */
  readonly body: unknown
  /** Bytes of the answer's body handed to the socket so far. */
  readonly bytesSent: number
  /** Resolves when the exchange is over, with how and when. Never rejects. */
  readonly ended: Promise<{ readonly how: ExchangeEnd; readonly afterMs: number }>
}

export interface RecordingPlayer {
  /** Base URL as OPENAI_BASE_URL wants it: `http://127.0.0.1:<port>/v1`. */
  readonly url: string
  /** Newest last; at most the last `MAX_REQUESTS_KEPT`. */
  readonly requests: readonly PlayedRequest[]
  /** Sets what the next requests get, one play each. */
  enqueue(...plays: readonly Play[]): void
  /** Breaks all connections and stops. May be called again. */
  close(): Promise<void>
}

export interface RecordingPlayerOptions {
  readonly recordings: readonly Recording[]
  /** Default 0, any free one. The server binds to 127.0.0.1 only. */
  readonly port?: number
  readonly clock?: Clock
}

export const MAX_REQUESTS_KEPT = 1_000
/** Longest request body, in bytes. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024

const API_OF_PATH: Readonly<Record<string, RecordedApi>> = {
  '/responses': 'openai-responses',
  '/chat/completions': 'openai-chat',
  '/messages': 'anthropic',
}

/** Starts a player. Whoever starts it closes it. */
export async function startRecordingPlayer(options: RecordingPlayerOptions): Promise<RecordingPlayer> {
  const { recordings, clock = systemClock } = options
  const requests: PlayedRequest[] = []
  const queue: Play[] = []
  const stopping = new AbortController()

  const named = (name: string | undefined, api: RecordedApi): Recording | undefined =>
    recordings.find((one) => one.name === name && one.api === api) ?? recordings.find((one) => one.name === name)

  const choose = (api: RecordedApi, headers: IncomingHttpHeaders, body: unknown): Chosen | undefined => {
    const next = queue.shift()
    if (next !== undefined) return chosen(next, next.body === undefined ? named(next.recording, api) : undefined)
    const header = headers['x-sluice-recording']
    if (typeof header === 'string') return chosen({}, named(header, api))
    const model = typeof body === 'object' && body !== null && 'model' in body ? body.model : undefined
    const own = recordings.filter((one) => one.api === api)
    return chosen({}, own.find((one) => one.name === model) ?? own[0])
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/^\/v1(?=\/)/, '')
    if (request.method === 'GET' && path === '/models') {
      sendJson(response, 200, { object: 'list', data: recordings.map(({ name }) => ({ id: name, object: 'model' })) })
      return
    }
    const refuse = (refusal: Refusal): void =>
      sendJson(response, refusal.status, refusalBody(refusal, speaksAnthropic(path, request.headers)))
    const api = Object.hasOwn(API_OF_PATH, path) ? API_OF_PATH[path] : undefined
    if (request.method !== 'POST' || api === undefined) {
      const paths = Object.keys(API_OF_PATH).map((one) => `/v1${one}`)
      refuse({ status: 404, message: `No such address here: ${request.method} ${path}. Try POST to one of ${paths.join(', ')}.` })
      return
    }
    const body = await readJson(request)
    if (body === TOO_LARGE) {
      refuse({ status: 413, message: `The request is larger than ${MAX_REQUEST_BYTES} bytes.` })
      return
    }
    const play = choose(api, request.headers, body)
    if (play === undefined) {
      refuse({ status: 404, message: 'There is no such recording. GET /v1/models lists those there are.' })
      return
    }
    const startedMs = clock.monotonic()
    const progress = { sent: 0 }
    const ended = perform(response, play, clock, stopping.signal, progress)
    requests.push({
      method: 'POST',
      path,
      headers: request.headers,
      body,
      get bytesSent() {
        return progress.sent
      },
      ended: ended.then((how) => ({ how, afterMs: clock.monotonic() - startedMs })),
    })
    if (requests.length > MAX_REQUESTS_KEPT) requests.shift()
    await ended
  }

  const server = createServer((request, response) => {
    // A socket that broke is the client's doing, and `ended` says so.
    response.on('error', () => {})
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  let closed: Promise<void> | undefined

  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    enqueue: (...plays) => void queue.push(...plays),
    close() {
      closed ??= new Promise((resolve) => {
        stopping.abort()
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closed
    },
  }
}

/** What one request gets. */
interface Chosen {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

function chosen(play: Play, recording: Recording | undefined): Chosen | undefined {
  const content = play.body ?? recording?.bytes
  if (content === undefined) return undefined
  return {
    status: play.status ?? recording?.status ?? 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', ...recording?.headers, ...play.headers },
    steps: planBody(typeof content === 'string' ? new TextEncoder().encode(content) : content, play.faults ?? {}),
  }
}

/** Sends a body step by step and says how it went. */
async function perform(
  response: ServerResponse,
  { status, headers, steps }: Chosen,
  clock: Clock,
  stopping: AbortSignal,
  progress: { sent: number },
): Promise<ExchangeEnd> {
  const left = new AbortController()
  response.once('close', () => left.abort())
  const gone = AbortSignal.any([left.signal, stopping])
  try {
    response.writeHead(status, headers)
    response.flushHeaders()
    for (const step of steps) {
      if (gone.aborted) return 'client-left'
      if (step.do === 'wait') await sleep(clock, step.ms, gone)
      else if (step.do === 'stall') await once(gone, 'abort')
      else if (step.do === 'write') await write(response, step.bytes, gone, progress)
      else if (step.do === 'end') {
        response.end()
        await once(response, 'close', { signal: stopping })
        return response.writableFinished ? 'sent' : 'client-left'
      } else {
        response.destroy()
        return 'reset'
      }
    }
    return 'client-left'
  } catch (error) {
    if (gone.aborted) return 'client-left'
    throw error
  }
}

/** Each piece leaves in its own write, so that the client sees the cut that a test asked for. */
async function write(response: ServerResponse, bytes: Uint8Array, gone: AbortSignal, progress: { sent: number }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  gone.addEventListener('abort', () => resolve(), { once: true })
  response.write(bytes, () => resolve())
  await promise
  if (!gone.aborted) progress.sent += bytes.length
}

const TOO_LARGE = Symbol('too large')

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    pieces.push(piece)
    size += piece.length
    if (size > MAX_REQUEST_BYTES) return TOO_LARGE
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    return undefined
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
