/**
 * `sluice/ai-sdk`: a `fetch` for the AI SDK's chat transport that survives broken connections. The stock client takes a broken answer for an
 * error, and asks again only when its page becomes visible; with this, the body of one response goes on over as many connections as it takes.
 *
 * Uses nothing but web standards.
 */
import { continued } from './continued.ts'

export interface ResumableFetchOptions {
  /** Does the requests. Default: the global `fetch`. */
  readonly fetch?: typeof fetch
  /** Attempts in a row that may bring nothing new before it gives up. Default 10, which is about a minute. */
  readonly maxAttempts?: number
  /** Longest wait before the first attempt, in milliseconds; it doubles with each one. Default 250. */
  readonly baseDelayMs?: number
  /** Longest wait before any attempt, in milliseconds. Default 10,000. */
  readonly maxDelayMs?: number
}

const DEFAULTS = { maxAttempts: 10, baseDelayMs: 250, maxDelayMs: 10_000 }

/**
 * Makes a `fetch` for `new DefaultChatTransport({ fetch })`. A request that fails before there is a response is not repeated, since it may
 * have started an answer. When it gives up, the body fails with a `TypeError` about the network, which the client shows as a lost connection
 * and resumes from when its page becomes visible. Aborting the request ends everything at once.
 */
export function resumableFetch(options: ResumableFetchOptions = {}): typeof fetch {
  const settings = {
    ...DEFAULTS,
    ...options,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  } satisfies ResumableFetchOptions
  return async (input, init) => {
    const response = await settings.fetch(input, init)
    const { body, headers, status, statusText } = response
    const address = streamAddress(input, init)
    if (!response.ok || body === null || address === undefined || !headers.has('x-vercel-ai-ui-message-stream')) return response
    const resume = (lastId: string): Promise<Response> => settings.fetch(address, resumeInit(init, lastId))
    return new Response(continued(body, resume, settings, init?.signal ?? undefined), { status, statusText, headers })
  }
}

/** Where the answer of a request can be taken up: where the request went, or where the client itself would look for the chat's stream. */
function streamAddress(input: string | URL | Request, init: RequestInit | undefined): string | undefined {
  // The transport of the SDK never makes a Request, and the body of one cannot be read twice.
  if (typeof input === 'object' && 'url' in input) return undefined
  const url = String(input)
  if ((init?.method ?? 'GET').toUpperCase() === 'GET') return url
  const id = chatIdOf(init?.body)
  const end = url.search(/[?#]/)
  const [path, rest] = end < 0 ? [url, ''] : [url.slice(0, end), url.slice(end)]
  return id === undefined ? undefined : `${path.replace(/\/$/, '')}/${encodeURIComponent(id)}/stream${rest}`
}

function chatIdOf(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined
  try {
    const { id } = JSON.parse(body) as { readonly id?: unknown }
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}

function resumeInit({ body: _body, ...init }: RequestInit = {}, lastId: string): RequestInit {
  const headers = new Headers(init.headers)
  headers.delete('content-type')
  headers.set('last-event-id', lastId)
  return { ...init, method: 'GET', headers }
}
