/** The subscription API at `/v1/stream/__ds/` (PROTOCOL 6.4). */
import type { Context } from 'hono'
import { principalOf } from '../auth/caller.ts'
import { readJsonText } from '../body.ts'
import type { AppEnv } from '../context.ts'
import { PREFIX } from './place.ts'
import * as input from './subscription-input.ts'
import { refusalResponse, SubscriptionRefusal } from './subscription-refusal.ts'
import { addressOf, linkView, namedStreams } from './subscription-teller.ts'
import type { Worker } from './subscription-worker.ts'
import type { Subscriptions } from './subscriptions.ts'

const BASE = `${PREFIX}${input.RESERVED}/`
const SUBSCRIPTION = /^subscriptions\/([^/]+)(?:\/(streams|claim|ack|release|callback)(?:\/(.+))?)?$/
/** How long receivers may keep the keys, in seconds. */
const KEYS_MAX_AGE_S = 300

/** Addresses that ask for no credentials: the public keys, and those whose token comes with the wake. */
export function bringsOwnProof(path: string): boolean {
  if (!path.startsWith(BASE)) return false
  const rest = path.slice(BASE.length)
  return rest === 'jwks.json' || /^subscriptions\/[^/]+\/(?:callback|ack|release)$/.test(rest)
}

/** Whether an address is one of this API and not of a stream. */
export function isControlAddress(path: string): boolean {
  return path === BASE.slice(0, -1) || path.startsWith(BASE)
}

/** Answers a request to the API; refusals have the protocol's shape. */
export async function answerControl(c: Context<AppEnv>, subscriptions: Subscriptions): Promise<Response> {
  try {
    return await answer(c, subscriptions)
  } catch (thrown) {
    const refusal = refusalResponse(thrown)
    if (refusal) return refusal
    throw thrown
  }
}

async function answer(c: Context<AppEnv>, subscriptions: Subscriptions): Promise<Response> {
  const { method } = c.req
  const url = new URL(c.req.raw.url)
  const rest = url.pathname.slice(BASE.length)
  if (rest === 'jwks.json') {
    if (method !== 'GET' && method !== 'HEAD') throw notTaken('GET')
    const { jwks } = await subscriptions.keys()
    return Response.json(jwks, {
      headers: { 'content-type': 'application/jwk-set+json', 'cache-control': `public, max-age=${KEYS_MAX_AGE_S}` },
    })
  }
  const [, sentId, action, sentPath] = SUBSCRIPTION.exec(rest) ?? []
  if (sentId === undefined)
    throw new SubscriptionRefusal('SUBSCRIPTION_NOT_FOUND', 'There is nothing at this address of the subscription API.')
  const id = input.checkId(decoded(sentId))
  if (action === undefined) return answerSubscription(c, subscriptions, id, url)
  if (action === 'streams') {
    const owner = principalOf(c)
    if (method === 'POST' && sentPath === undefined) {
      await subscriptions.addStreams(owner, id, input.streamsOf(await bodyOf(c)))
      return new Response(null, { status: 204 })
    }
    if (method !== 'DELETE' || sentPath === undefined) throw notTaken(sentPath === undefined ? 'POST' : 'DELETE')
    const worker = await subscriptions.get(owner, id)
    await worker.act({ type: 'unlink', path: input.canonicalPath(decoded(sentPath)), how: 'explicit' })
    return new Response(null, { status: 204 })
  }
  if (method !== 'POST' || sentPath !== undefined) throw notTaken('POST')
  return action === 'claim' ? claim(c, subscriptions, id) : answerWake(c, subscriptions, id, action === 'release')
}

async function answerSubscription(c: Context<AppEnv>, subscriptions: Subscriptions, id: string, url: URL): Promise<Response> {
  const owner = principalOf(c)
  switch (c.req.method) {
    case 'PUT': {
      const config = input.configOf(await bodyOf(c))
      const { worker, created } = await subscriptions.create(owner, id, config, url.origin, c.req.raw.signal)
      const headers = created ? { location: addressOf(url.origin, id) } : {}
      return Response.json(await view(worker, subscriptions, url.origin), { status: created ? 201 : 200, headers })
    }
    case 'GET':
    case 'HEAD':
      return Response.json(await view(await subscriptions.get(owner, id), subscriptions, url.origin))
    case 'DELETE':
      if (await subscriptions.delete(owner, id)) return new Response(null, { status: 204 })
      throw new SubscriptionRefusal('SUBSCRIPTION_NOT_FOUND', 'There is no such subscription.')
    default:
      throw notTaken('GET, PUT and DELETE')
  }
}

async function claim(c: Context<AppEnv>, subscriptions: Subscriptions, id: string): Promise<Response> {
  const owner = principalOf(c)
  const name = input.workerOf(await bodyOf(c))
  const worker = await subscriptions.get(owner, id)
  const { state } = worker
  if (state.made.config.type !== 'pull-wake')
    throw input.invalid('Only a pull-wake subscription can be claimed; this one calls its webhook.')
  // A hint may be later than the worker that knows of the record.
  if (!state.wake && state.pending.size === 0) await worker.check()
  const claimed = await worker.act({ type: 'claim', worker: name }, ({ wake }) => wake && { wake, streams: namedStreams(state) })
  if (!claimed) throw new SubscriptionRefusal('NO_PENDING_WORK', 'There is nothing to do.')
  const { id: wakeId, generation } = claimed.wake
  const { token } = await subscriptions.keys()
  return Response.json({
    wake_id: wakeId,
    generation,
    token: await token({ owner, subscription: id, wakeId, generation }),
    streams: claimed.streams,
    lease_ttl_ms: state.made.config.leaseTtlMs,
  })
}

/** `callback`, `ack` and `release`: the token says who it is and for which wake. */
async function answerWake(c: Context<AppEnv>, subscriptions: Subscriptions, id: string, releases: boolean): Promise<Response> {
  const [, token] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (token === undefined) throw new SubscriptionRefusal('TOKEN_INVALID', 'Send the token of the wake: Authorization: Bearer <token>.')
  const claims = await (await subscriptions.keys()).read(token)
  if (claims.subscription !== id) throw new SubscriptionRefusal('TOKEN_INVALID', 'The token is for another subscription.')
  const body = await bodyOf(c)
  const worker = await subscriptions.get(claims.owner, id)
  const checked = <T extends input.Answered>(sent: T): T => {
    if (claims.wakeId === sent.wakeId && claims.generation === sent.generation) return sent
    throw new SubscriptionRefusal('FENCED', 'The token is for another wake of this subscription.')
  }
  if (releases) {
    await worker.act({ type: 'release', ...checked(input.releaseOf(body)) })
    return new Response(null, { status: 204 })
  }
  const sent = checked(input.acknowledgementOf(body))
  const again = await worker.act({ type: 'ack', ...sent }, ({ wake }) => wake !== undefined)
  return Response.json({ ok: true, next_wake: sent.done && again })
}

async function view({ id, state }: Worker, subscriptions: Subscriptions, origin: string) {
  const { config, createdAtMs } = state.made
  const signing = async () => ({ alg: 'ed25519', kid: (await subscriptions.keys()).kid, jwks_url: `${origin}${BASE}jwks.json` })
  return {
    id,
    subscription_id: id,
    type: config.type,
    pattern: config.pattern ?? null,
    streams: [...state.links].map(([path, link]) => linkView(path, link)),
    webhook: config.webhookUrl === undefined ? null : { url: config.webhookUrl, signing: await signing() },
    wake_stream: config.wakeStream ?? null,
    lease_ttl_ms: config.leaseTtlMs,
    created_at: new Date(createdAtMs).toISOString(),
    status: state.wake !== undefined && state.wake.failures > 0 ? 'failed' : 'active',
    description: config.description ?? null,
  }
}

async function bodyOf(c: Context<AppEnv>): Promise<unknown> {
  const text = await readJsonText(c.req.raw, input.MAX_SUBSCRIPTION_BODY_BYTES)
  try {
    return JSON.parse(text)
  } catch {
    throw input.invalid('The body is not valid JSON.')
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw input.invalid('The address is not percent-encoded as UTF-8.')
  }
}

function notTaken(methods: string): SubscriptionRefusal {
  return new SubscriptionRefusal('METHOD_NOT_ALLOWED', `This address takes ${methods}.`)
}
