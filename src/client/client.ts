/** The client: every call of the HTTP contract that a reader or a page needs. For browsers and Node. */
import { type Clock, systemClock } from '../core/clock.ts'
import type { Answer } from '../core/fold.ts'
import type { Offset } from '../core/offset.ts'
import { type AnswerOptions, readAnswer } from './answer.ts'
import type {
  CancelResult,
  Conversation,
  ConversationDetail,
  CreateRun,
  Models,
  Page,
  PageQuery,
  Run,
  RunQuery,
  RunSummary,
} from './api.ts'
import type { Fetch, LocatedEvent } from './connection.ts'
import { type Environment, hostEnvironment } from './environment.ts'
import { type FollowHost, type FollowOptions, followStream } from './follow.ts'
import { type IterateOptions, iterateStream } from './iterate.ts'
import { defaultPolicy, type ReconnectPolicy } from './policy.ts'
import { notSluice } from './problem.ts'
import { requestJson } from './request.ts'

type Headers = Readonly<Record<string, string>>

export interface ClientOptions {
  /** Where the server is: `http://127.0.0.1:8080`; empty for the page's own origin. */
  readonly baseUrl: string
  /** The host's own by default. */
  readonly fetch?: Fetch
  /** `defaultPolicy` by default. */
  readonly policy?: ReconnectPolicy
  /** Sent with every request. A function is asked each time, so a token can be renewed. */
  readonly headers?: Headers | (() => Headers | Promise<Headers>)
  /** What kind of reader this is, for operators: `[a-z0-9-]{1,32}`; `client` by default. */
  readonly reader?: string
  readonly environment?: Environment
  readonly clock?: Clock
  /** Uniform in [0, 1), for jitter. */
  readonly random?: () => number
}

export interface CreateOptions {
  readonly signal?: AbortSignal
  /** Names this creation, so that repeating it gives the same run; a random key by default. */
  readonly idempotencyKey?: string
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** All methods throw `SluiceError`s, or the reason of a signal that aborted. None of them ends a run except `cancel`. */
export interface Client {
  readonly runs: {
    /** Starts a run. An answer that is lost on its way is asked for again under the same key: that never makes two runs. */
    create(request: CreateRun, options?: CreateOptions): Promise<RunSummary>
    get(runId: string, options?: CallOptions): Promise<Run>
    list(query?: RunQuery, options?: CallOptions): Promise<Page<RunSummary>>
    /** Asks for the end of a run, as often as you like; its events tell when it has ended. */
    cancel(runId: string, options?: CallOptions): Promise<CancelResult>
    /** Each event once, in order, until the terminal one, through broken connections. See `followStream`. */
    follow(runId: string, options: FollowOptions): Promise<Offset>
    /** The same as an async iterator. Leaving the loop ends the reader. */
    events(runId: string, options?: IterateOptions): AsyncGenerator<LocatedEvent, void>
  }
  readonly conversations: {
    list(query?: PageQuery, options?: CallOptions): Promise<Page<Conversation>>
    get(conversationId: string, query?: PageQuery, options?: CallOptions): Promise<ConversationDetail>
  }
  models(options?: CallOptions): Promise<Models>
  /** Follows a run and keeps its fold; resolves with the final answer, whatever its outcome. */
  answer(runId: string, options?: AnswerOptions): Promise<Answer>
}

export function createClient(options: ClientOptions): Client {
  const { headers = {}, reader = 'client' } = options
  const base = options.baseUrl.replace(/\/+$/, '')
  const host: FollowHost = {
    // Called as a plain function: browsers refuse a fetch whose `this` is not the window.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    headers: async () => (typeof headers === 'function' ? await headers() : headers),
    policy: options.policy ?? defaultPolicy,
    clock: options.clock ?? systemClock,
    environment: options.environment ?? hostEnvironment(),
    random: options.random ?? Math.random,
  }

  const call = async <T extends object>(
    method: 'GET' | 'POST',
    path: string,
    shape: Shape<T>,
    more: Partial<CallBody> = {},
  ): Promise<T> => {
    const body = await requestJson(host, { method, url: `${base}${path}`, ...more })
    if (!fits(body, shape)) throw notSluice(`The answer to ${method} ${path} has no ${Object.keys(shape).join(' and ')}`)
    return body
  }
  const runPath = (runId: string): string => `/v1/runs/${encodeURIComponent(runId)}`
  const eventsUrl = (runId: string): string => `${base}${runPath(runId)}/events?view=raw&reader=${encodeURIComponent(reader)}`

  return {
    runs: {
      create(request, { idempotencyKey = randomKey(), ...more } = {}) {
        return call<RunSummary>(
          'POST',
          '/v1/runs',
          { id: 'string' },
          { body: request, headers: { 'idempotency-key': idempotencyKey }, ...more },
        )
      },
      get: (runId, more) => call<Run>('GET', runPath(runId), { id: 'string', text: 'string' }, more),
      list: (query = {}, more) => call<Page<RunSummary>>('GET', `/v1/runs${search({ ...query })}`, { items: 'object' }, more),
      cancel: (runId, more) => call<CancelResult>('POST', `${runPath(runId)}/cancel`, { effect: 'string' }, more),
      follow: (runId, more) => followStream(host, eventsUrl(runId), more),
      events: (runId, more) => iterateStream(host, eventsUrl(runId), more),
    },
    conversations: {
      list: (query = {}, more) => call<Page<Conversation>>('GET', `/v1/conversations${search({ ...query })}`, { items: 'object' }, more),
      get(conversationId, query = {}, more) {
        const path = `/v1/conversations/${encodeURIComponent(conversationId)}${search({ ...query })}`
        return call<ConversationDetail>('GET', path, { id: 'string', messages: 'object' }, more)
      },
    },
    models: (more) => call<Models>('GET', '/v1/models', { default: 'string', items: 'object' }, more),
    answer: (runId, more) => readAnswer(host, eventsUrl(runId), more),
  }
}

interface CallBody extends CallOptions {
  readonly body: unknown
  readonly headers: Headers
}

/** Fields without which an answer is not the one that was asked for, with their `typeof`. The server is trusted for the rest. */
type Shape<T> = { readonly [K in keyof T]?: 'string' | 'object' }

function fits<T extends object>(body: object, shape: Shape<T>): body is T {
  return Object.entries(shape).every(([name, type]) => typeof Reflect.get(body, name) === type)
}

function search(query: Readonly<Record<string, string | number | undefined>>): string {
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) fields.set(name, String(value))
  return fields.size === 0 ? '' : `?${fields}`
}

/** 128 random bits as text. Not `randomUUID`, which browsers keep for secure contexts, and a page on a home network is none. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
