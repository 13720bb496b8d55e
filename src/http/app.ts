/**
 * The whole HTTP API and the page as one web-standard handler: `Request` in, `Response` out. It uses nothing of Node, so it can be mounted
 * wherever such handlers can; streams come as ordinary bodies there (see `stream-plan.ts`).
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { SluiceError, toSluiceError } from '../core/errors.ts'
import { aiSdkRoutes } from './ai-sdk/routes.ts'
import { allowOrigin } from './auth/cors.ts'
import { admit, bindStream } from './auth/door.ts'
import { grantRoutes } from './auth/routes-grants.ts'
import { keyRoutes } from './auth/routes-keys.ts'
import { readJsonText } from './body.ts'
import { type AppDeps, type AppEnv, DEFAULT_HTTP_LIMITS, type HttpLimits, type Router } from './context.ts'
import { PREFIX as STREAMS } from './durable-streams/place.ts'
import { durableStreamRoutes } from './durable-streams/routes.ts'
import { bringsOwnProof } from './durable-streams/subscription-routes.ts'
import { createSubscriptions, type Subscriptions } from './durable-streams/subscriptions.ts'
import { errorWriterOf } from './openai/errors.ts'
import { OPENAI_POSTS, openAIRoutes } from './openai/routes.ts'
import { openApiRoutes } from './openapi/routes.ts'
import { isPagePath, servePage } from './page.ts'
import { problemResponse, Refusal, statusOf } from './problem.ts'
import { chatRoutes } from './routes-chat.ts'
import { conversationRoutes } from './routes-conversations.ts'
import { eventRoutes } from './routes-events.ts'
import { opsRoutes } from './routes-ops.ts'
import { runRoutes } from './routes-runs.ts'
import { checkTrust } from './trust.ts'
import { invalidInput } from './validation.ts'

export type { AppDeps, HttpLimits } from './context.ts'

export interface App {
  /** Never rejects: whatever goes wrong becomes a problem response. */
  fetch(request: Request): Promise<Response>
  /** The response to an error that the server met before or after `fetch`; reported like any other. */
  refuse(thrown: unknown): Response
}

/** An application and what is its own: the timers and calls of its subscriptions. Who made the dependencies closes those. */
export interface OwnedApp extends App {
  /** Goes on with what an earlier process left. @throws {SluiceError} `storage-*`. */
  start(): Promise<void>
  /** Stops timers and webhook calls; call it before the store is closed. May be called again. */
  close(): Promise<void>
}

/** Makes the application. Without `start` it begins with the first request that needs more than the dependencies. */
export function createApp(deps: AppDeps): OwnedApp {
  const subscriptions = createSubscriptions(deps)
  const router = createRouter(deps, subscriptions)
  return {
    start: () => subscriptions.start(),
    close: () => subscriptions.close(),
    fetch: async (request) => router.fetch(request),
    refuse(thrown) {
      const response = errorResponse(deps, thrown, crypto.randomUUID(), 'A request')
      secure(response.headers)
      return response
    },
  }
}

/** Addresses of keys and grants that take a body. */
const AUTH_POSTS = ['/v1/keys', '/v1/session', '/v1/tokens', '/v1/runs/:id/tokens', '/v1/runs/:id/links']

/** The routes, with their definitions for an OpenAPI document. */
export function createRouter(deps: AppDeps, subscriptions: Subscriptions = createSubscriptions(deps)): Router {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...deps.limits }
  const router: Router = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidInput(result.target, result.error)
    },
  })
  observe(router, deps)
  guard(router, deps, limits)
  runRoutes(router, deps)
  eventRoutes(router, deps)
  chatRoutes(router, deps)
  conversationRoutes(router, deps)
  durableStreamRoutes(router, deps, { maxBodyBytes: limits.maxBodyBytes, longPollTimeoutMs: limits.longPollTimeoutMs }, subscriptions)
  openAIRoutes(router, deps)
  aiSdkRoutes(router, deps)
  opsRoutes(router, deps)
  openApiRoutes(router, deps)
  if (deps.auth) {
    keyRoutes(router, deps, deps.auth)
    grantRoutes(router, deps, deps.auth)
  }
  methods(router)
  router.get('*', (c) => servePage(c, deps.page))
  router.notFound(() => {
    throw new Refusal(404, 'not-found', 'There is nothing at this address. PROTOCOL.md lists the addresses of the API.')
  })
  router.onError((error, c) => {
    // Nobody is there to read the answer, and a reader that leaves is nobody's fault.
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 })
    return errorResponse(deps, error, c.get('requestId'), `${c.req.method} ${routeOf(routePath(c))}`, errorWriterOf(c.req.path))
  })
  return router
}

/** Gives every request its id and every response its headers, and reports both. */
function observe(router: Router, { clock, observer, trust }: AppDeps): void {
  router.use('*', async (c, next) => {
    const started = clock.monotonic()
    // Never taken from outside: ids that others choose end up in our logs.
    const requestId = crypto.randomUUID()
    c.set('requestId', requestId)
    await next()
    c.header('x-request-id', requestId)
    secure(c.res.headers)
    allowOrigin(c.req.raw, trust.origins ?? [], c.res.headers)
    observer({
      type: 'http',
      method: c.req.method,
      route: routeOf(routePath(c)),
      status: c.res.status,
      durationMs: clock.monotonic() - started,
      requestId,
    })
  })
}

/** Routes are labels of metrics, so there must be few of them: what was refused before a route saw it, and all files of the page, are one. */
function routeOf(path: string): string {
  return path === '/*' ? '*' : path
}

function secure(headers: Headers): void {
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('cross-origin-opener-policy', 'same-origin')
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}

/** What every request must pass before a route sees it. */
function guard(router: Router, deps: AppDeps, limits: HttpLimits): void {
  router.use('*', async (c, next) => {
    const { raw } = c.req
    if (raw.url.length > limits.maxUrlLength) {
      throw new Refusal(
        414,
        'too-large',
        `The address is longer than ${limits.maxUrlLength} characters. Send long questions with POST /v1/runs.`,
      )
    }
    checkTrust(raw, new URL(raw.url), deps.trust, {
      navigable: isPagePath(c.req.path) || c.req.path === '/docs',
      anyBody: c.req.path.startsWith(STREAMS),
    })
    // A preflight carries no credentials, and nothing that needs them.
    if (raw.method !== 'OPTIONS' && bringsOwnProof(new URL(raw.url).pathname)) deps.auth?.admit(raw)
    else if (raw.method !== 'OPTIONS') {
      const caller = await admit(c, deps)
      if (caller) c.set('caller', caller)
    }
    await next()
    bindStream(c, deps)
  })
  for (const path of ['/v1/runs', '/v1/chat', ...AUTH_POSTS, '/api/chat', ...OPENAI_POSTS]) {
    router.post(path, async (c, next) => {
      const text = await readJsonText(c.req.raw, limits.maxBodyBytes)
      // The cache holds promises although its type says otherwise; the supported way, a new Request around the old one, loses its signal.
      c.req.bodyCache.text = Promise.resolve(text) as unknown as string
      await next()
    })
  }
}

/** Addresses that exist but not with this method say which they have; OPTIONS asks just that. */
function methods(router: Router): void {
  const allowed = new Map<string, string[]>()
  for (const definition of router.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const path = definition.route.path.replaceAll(/\{(.+?)\}/g, ':$1')
    allowed.set(path, [...(allowed.get(path) ?? []), definition.route.method.toUpperCase()])
  }
  for (const [path, list] of allowed) {
    const allow = [...list, ...(list.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    router.all(path, (c) => {
      if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } })
      throw new Refusal(405, 'invalid-request', `This address takes ${allow}.`, { headers: { allow } })
    })
  }
}

function errorResponse({ observer }: AppDeps, thrown: unknown, requestId: string, what: string, write = problemResponse): Response {
  const error = thrown instanceof HTTPException ? httpRefusal(thrown) : toSluiceError(thrown, `${what} failed`)
  const status = statusOf(error)
  // A readiness probe that fails, or a limit, is news for metrics and not trouble.
  if (status >= 500 && error.code !== 'unavailable') observer({ type: 'trouble', what: `${what} failed (request ${requestId})`, error })
  const response = write(error, requestId)
  response.headers.set('x-request-id', requestId)
  return response
}

/** What the framework itself refuses, which is a body that does not parse. */
function httpRefusal(exception: HTTPException): SluiceError {
  const code = exception.status < 500 ? 'invalid-request' : 'server'
  const message = exception.status === 400 ? 'The body is not valid JSON.' : 'The request was not accepted.'
  return code === 'server'
    ? new SluiceError('server', exception.message, { cause: exception })
    : new Refusal(exception.status, code, message)
}
