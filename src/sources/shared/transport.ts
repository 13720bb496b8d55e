/** HTTP to the provider: one request, its body as chunks of bytes, and what a refusal looks like. */
import { Agent, fetch as undiciFetch } from 'undici'
import { abortError, linkAbort } from '../../core/abort.ts'
import type { Clock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import { classify, failureIn, MAX_DETAIL_CHARS, type Provider, type ProviderFailure } from './failure.ts'
import { type HeaderReader, retryAfterMs } from './retry-after.ts'
import { asObject } from './wire.ts'

/** What we ask of `fetch`; the global one fits. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'POST'
    readonly headers: Record<string, string>
    readonly body: string
    readonly signal: AbortSignal
    readonly redirect: 'manual'
  },
) => Promise<FetchResponse>

export interface FetchResponse {
  readonly status: number
  readonly headers: HeaderReader
  readonly body: ReadableStream<Uint8Array> | null
}

/** Bytes of an error's body that are read; proxies send whole pages. */
export const MAX_ERROR_BODY_BYTES = 16 * 1024
/** How long an error's body may take, in milliseconds; the status alone is worth more than a hang. */
export const ERROR_BODY_TIMEOUT_MS = 5_000
/** Silence on a TCP connection until the kernel probes it, in milliseconds: models may reason for minutes without a byte. */
const KEEP_ALIVE_PROBE_MS = 30_000

/** A `fetch` on its own connections, and their owner. */
export function createOwnFetch(): { readonly fetch: Fetch } & AsyncDisposable {
  const agent = new Agent({
    // The defaults end a body after 300 s of silence, which healthy reasoning models exceed. Silence is the watchdogs' business.
    headersTimeout: 0,
    bodyTimeout: 0,
    // One socket per response, so that an abort closes it and a dead connection takes one response with it, not all.
    allowH2: false,
    connect: { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS },
  })
  return {
    fetch: (url, init) => undiciFetch(url, { ...init, dispatcher: agent }),
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

export interface Exchange {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly provider: Provider
  readonly url: string
  /** Beyond those of the body and what may come back: who asks, and what the API wants besides. */
  readonly headers: Readonly<Record<string, string>>
  /** Makes what is sent as JSON; what it throws is thrown. */
  readonly body: () => unknown
  readonly signal: AbortSignal
  readonly redact: (text: string) => string
}

/**
 * Sends the request and yields the bytes of the answer. However the iteration ends, the connection is let go of.
 * @throws {SluiceError} `connection` when it could not be made or broke; the code of GN14 when the provider refused. The signal's reason when it aborts.
 */
export async function* exchange(request: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, provider } = request
  const { label } = provider
  if (signal.aborted) throw abortError(signal)
  const body = JSON.stringify(request.body())
  const response = await guard(signal, `${label} could not be reached`, () =>
    request.fetch(request.url, {
      method: 'POST',
      headers: {
        ...request.headers,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        // A compressor on the way would hold events back until its block is full.
        'accept-encoding': 'identity',
      },
      body,
      signal,
      redirect: 'manual',
    }),
  )
  if (response.status !== 200 || !mayBeEvents(response.headers)) throw await refusal(response, request)
  if (response.body === null) throw new SluiceError('connection', `${label} sent a response without a body.`)
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await guard(signal, `The connection to ${label} was lost`, () => reader.read())
      if (done) return
      if (signal.aborted) throw abortError(signal)
      yield value
    }
  } finally {
    release(reader)
  }
}

/** Runs a call on the network: our own abort comes out as its reason, anything else as a `connection` error. */
async function guard<T>(signal: AbortSignal, what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    if (signal.aborted) throw abortError(signal)
    throw new SluiceError('connection', `${what}: ${describe(cause)}.`, { cause })
  }
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown reason'
  // undici says "fetch failed" or "terminated", and the reason in its cause.
  const inner = thrown.cause instanceof Error ? thrown.cause : thrown
  const code = 'code' in inner && typeof inner.code === 'string' ? `${inner.code} ` : ''
  return `${code}${inner.message}`.slice(0, MAX_DETAIL_CHARS).replace(/\.$/, '')
}

function release(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  // Closes the socket. It rejects when the body has failed already, which was reported where it was read.
  reader.cancel().catch(() => {})
}

function mayBeEvents(headers: HeaderReader): boolean {
  const type = headers.get('content-type')
  return type === null || /^text\/event-stream\b/i.test(type)
}

async function refusal(response: FetchResponse, request: Exchange): Promise<SluiceError> {
  const text = request.redact(await readErrorBody(response, request))
  const { headers, status } = response
  const { provider } = request
  const nowMs = request.clock.now()
  const wait = retryAfterMs(headers, nowMs) ?? provider.limitResetMs(headers, nowMs)
  const requestId = headers.get(provider.requestIdHeader)
  // Once more after parsing: JSON may write a character of a key as an escape.
  const said = redacted(saidBy(text), request.redact)
  if (status === 200 && said.code === undefined && said.type === undefined) {
    const type = request.redact(headers.get('content-type') ?? 'no type').slice(0, MAX_DETAIL_CHARS)
    return new SluiceError(
      'provider',
      `${provider.label} sent no event stream but ${type}: ${said.message?.slice(0, MAX_DETAIL_CHARS) ?? 'empty'}`,
    )
  }
  return classify(provider, {
    // A status of 200 says nothing about a failure, and what the body says would be lost behind it.
    ...(status === 200 ? {} : { status }),
    ...said,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(requestId === null ? {} : { requestId: request.redact(requestId) }),
    ...(headers.get('x-should-retry') === 'false' ? { final: true } : {}),
  })
}

function redacted({ message, code, type, ...rest }: ProviderFailure, redact: (text: string) => string): ProviderFailure {
  return {
    ...rest,
    ...(message === undefined ? {} : { message: redact(message) }),
    ...(code === undefined ? {} : { code: redact(code) }),
    ...(type === undefined ? {} : { type: redact(type) }),
  }
}

function saidBy(text: string): ProviderFailure {
  try {
    const wire = asObject(JSON.parse(text))
    if (wire !== undefined) return failureIn(wire)
  } catch {
    // Not JSON: a proxy's page or a plain sentence, read below.
  }
  const plain = text
    .replace(/<(script|style)\b[\s\S]*?<\/\1>|<[^<>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return plain === '' ? {} : { message: plain.slice(0, MAX_DETAIL_CHARS) }
}

/** The start of an error's body; as much as came before it failed, grew too long or took too long. */
async function readErrorBody(response: FetchResponse, request: Exchange): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  using limit = linkAbort(request.signal)
  const stop = request.clock.setTimer(ERROR_BODY_TIMEOUT_MS, () => limit.abort(new Error('The body of an error took too long.')))
  const onAbort = (): void => release(reader)
  limit.signal.addEventListener('abort', onAbort, { once: true })
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    while (bytes < MAX_ERROR_BODY_BYTES) {
      const { done, value } = await reader.read()
      if (done) break
      const piece = value.subarray(0, MAX_ERROR_BODY_BYTES - bytes)
      bytes += piece.length
      text += decoder.decode(piece, { stream: true })
    }
  } catch {
    // What arrived is what there is to say; the status stands for the rest.
  } finally {
    stop()
    release(reader)
  }
  if (request.signal.aborted) throw abortError(request.signal)
  return text
}
