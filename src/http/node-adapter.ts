/**
 * Serves the application with `node:http`; the one file that touches sockets. Ordinary responses go through Hono's own adapter. Streams are
 * written here: the head by `node:http`, then HTTP chunks that are framed once and shared by all readers, straight to the socket. That costs
 * a third of what a stream object per reader does.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Clock, systemClock } from '../core/clock.ts'
import type { ByteSink, Reader } from '../log/hub.ts'
import type { App } from './app.ts'
import { noteAddress } from './auth/address.ts'
import { type ChunkFramer, chunkFramer } from './chunk-framer.ts'
import { listen } from './listen.ts'
import { Refusal } from './problem.ts'
import { planOf, type StreamPlan } from './stream-plan.ts'

/** Bounds of the server, each with its default. Times are in milliseconds. */
export interface ServerLimits {
  /** Until the head of a request is there. Default 10,000. */
  readonly headersTimeoutMs: number
  /** Until a whole request is there. Default 30,000. Says nothing about how long a response may take. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept. Default 65,000, above the usual 60 s of proxies so that they close first. */
  readonly keepAliveTimeoutMs: number
  /** Bytes of a request's head. Default 32 KiB. */
  readonly maxHeaderBytes: number
  /** Open connections; further ones are dropped. Default 20,000. */
  readonly maxConnections: number
  /**
   * Connections that the kernel has made and this process has not taken yet. Default 4,096, which the system may lower (Linux: `net.core.somaxconn`).
   * Node takes one in each turn of its event loop, so when all readers come back after a restart the queue is long; who finds it full is not
   * told and tries again after 1, 3 and 7 seconds.
   */
  readonly backlog: number
  /** Bytes that wait in this process for one reader's socket before its sink says stop. Default 64 KiB. */
  readonly maxSocketBufferBytes: number
  /** How long `close` waits for responses under way. Default 5,000. */
  readonly closeTimeoutMs: number
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  maxHeaderBytes: 32 * 1024,
  maxConnections: 20_000,
  backlog: 4_096,
  maxSocketBufferBytes: 64 * 1024,
  closeTimeoutMs: 5_000,
}

export interface ServeOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly limits?: Partial<ServerLimits>
  readonly clock?: Clock
}

export interface RunningServer {
  readonly url: string
  readonly address: { readonly host: string; readonly port: number }
  /** Takes no more connections, ends idle ones, waits a bounded time for the rest and then cuts them. May be called again. */
  close(): Promise<void>
}

/**
 * Starts to serve.
 * @throws {SluiceError} `configuration` when the address cannot be bound.
 */
export async function serve(app: App, options: ServeOptions): Promise<RunningServer> {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits }
  const frame = chunkFramer()
  const answer = getRequestListener(
    async (request, { incoming, outgoing }) => {
      noteAddress(request, () => incoming.socket.remoteAddress)
      const response = await app.fetch(request)
      const plan = planOf(response)
      if (!plan) return response
      // The servers are HTTP/1 only, so this is never the HTTP/2 type.
      writeStream(plan, response, outgoing as ServerResponse, frame, limits)
      return RESPONSE_ALREADY_SENT
    },
    { overrideGlobalObjects: false, errorHandler: (thrown) => app.refuse(requestError(thrown)) },
  )
  const admit = connectionLimit(limits.maxConnections)
  const make = (): Server => {
    const server = createServer(
      {
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        // Node looks only now and then who took too long; by default so seldom that the limits above would mean little.
        connectionsCheckingInterval: Math.ceil(Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs) / 2),
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        maxHeaderSize: limits.maxHeaderBytes,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
      },
      answer,
    )
    server.on('connection', admit)
    server.on('request', (incoming, outgoing) => {
      // A server that closes waits for its connections, but nothing makes a kept-alive one end after its last response.
      outgoing.once('close', () => {
        if (!server.listening) incoming.socket.destroySoon()
      })
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseRaw(app, error, socket as Socket))
    return server
  }
  const { servers, port } = await listen(make, { ...options, backlog: limits.backlog })
  const { host } = options
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    address: { host, port },
    close: () => close(servers, limits.closeTimeoutMs, options.clock ?? systemClock),
  }
}

/** Lets so many connections be open at once; further ones are dropped. Node's own limit counts for each listener by itself. */
function connectionLimit(max: number): (socket: Socket) => void {
  let open = 0
  const release = (): void => {
    open -= 1
  }
  return (socket) => {
    if (open >= max) {
      socket.destroy()
      return
    }
    open += 1
    socket.on('close', release)
  }
}

/** A peer that vanished without a word is found by TCP itself, from this idle time on. */
const KEEP_ALIVE_PROBE_MS = 30_000

function writeStream(plan: StreamPlan, response: Response, outgoing: ServerResponse, frame: ChunkFramer, limits: ServerLimits): void {
  if (outgoing.destroyed) return
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.write(plan.prelude)
  flattenHead(outgoing)
  const sink = new SocketSink(outgoing, frame, limits.maxSocketBufferBytes, plan.onReconnect ?? 'end')
  sink.attach(plan.open(sink))
}

/**
 * Node keeps the head of a response as a rope of some fifty strings, for as long as the reader stays; looking at one character makes it one
 * string. It is worth 1 KiB for each idle reader.
 */
function flattenHead(outgoing: ServerResponse): void {
  const { _header: head } = outgoing as { readonly _header?: unknown }
  if (typeof head === 'string') head.charCodeAt(0)
}

/** Where the stream of one reader goes. A class, because ten thousand idle readers should not be ten thousand sets of closures. */
class SocketSink implements ByteSink {
  readonly #outgoing: ServerResponse
  /** Absent without chunks (HTTP/1.0), or while an earlier response of a pipeline has the socket: then the response object does the writing. */
  readonly #socket: Socket | undefined
  readonly #frame: ChunkFramer
  readonly #maxWaiting: number
  readonly #onReconnect: 'end' | 'destroy'
  #reader: Reader | undefined
  #blocked = false
  #over = false

  constructor(outgoing: ServerResponse, frame: ChunkFramer, maxSocketBufferBytes: number, onReconnect: 'end' | 'destroy') {
    const { socket } = outgoing
    this.#outgoing = outgoing
    this.#socket = socket !== null && outgoing.chunkedEncoding ? socket : undefined
    this.#frame = frame
    this.#onReconnect = onReconnect
    // At or above the stream's own mark it is certain that `drain` will come.
    this.#maxWaiting = Math.max(maxSocketBufferBytes, this.#stream.writableHighWaterMark)
    this.#stream.on('drain', this.#drained)
    outgoing.once('close', this.#closed)
  }

  get #stream(): Socket | ServerResponse {
    return this.#socket ?? this.#outgoing
  }

  /** The reader whose bytes come here; it may have written and ended before this. */
  attach(reader: Reader): void {
    this.#reader = reader
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over) return false
    const flows = this.#socket ? this.#socket.write(this.#frame(bytes)) : this.#outgoing.write(bytes)
    this.#blocked = !flows && this.#stream.writableLength >= this.#maxWaiting
    return !this.#blocked
  }

  end(why: 'complete' | 'reconnect'): void {
    if (this.#over) return
    this.#finish()
    if (why === 'reconnect' && this.#onReconnect === 'destroy') this.#breakOff()
    // Otherwise the body ends well formed either way: whether the stream is over, the reader knows by its terminal event. Who takes nothing
    // any more would keep the connection for ever, and has to come back anyhow.
    else if (this.#blocked) this.#outgoing.destroy()
    else this.#outgoing.end()
  }

  #breakOff(): void {
    // Without chunks a body ends with its connection, so only a reset says that this one did not.
    if (this.#outgoing.chunkedEncoding) this.#outgoing.destroy()
    else this.#outgoing.socket?.resetAndDestroy()
  }

  readonly #drained = (): void => {
    if (!this.#blocked) return
    this.#blocked = false
    this.#reader?.drained()
  }

  readonly #closed = (): void => {
    this.#finish()
    this.#reader?.leave()
  }

  #finish(): void {
    this.#over = true
    this.#stream.off('drain', this.#drained)
  }
}

/** What the listener could not make a request of is the caller's mistake; anything else is ours. */
function requestError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name !== 'RequestError') return thrown
  return new Refusal(400, 'invalid-request', 'The address or the host of the request is not valid.', { cause: thrown })
}

const RAW_REFUSALS: Readonly<Record<string, readonly [status: number, code: 'too-large' | 'timeout', message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'too-large', 'The head of the request is too large. Send long questions with POST /v1/runs.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'The request took too long to arrive.'],
}

/** Answers what the HTTP parser refused, in the same shape as every other error. */
function refuseRaw(app: App, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, code, message] = RAW_REFUSALS[error.code ?? ''] ?? [400, 'invalid-request' as const, 'The request is not valid HTTP.']
  const response = app.refuse(new Refusal(status, code, message, { headers: { connection: 'close' } }))
  response.text().then((body) => {
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.end(`HTTP/1.1 ${status} ${response.statusText}\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }, socket.destroy.bind(socket))
}

async function close(servers: readonly Server[], timeoutMs: number, clock: Clock): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))))
  const cancelCut = clock.setTimer(timeoutMs, () => {
    for (const server of servers) server.closeAllConnections()
  })
  await closed
  cancelCut()
}
