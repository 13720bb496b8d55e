/** API keys and the page's session (PROTOCOL 4.7). */
import { createRoute } from '@hono/zod-openapi'
import type { ApiKey } from '../../ports/credentials.ts'
import type { AppDeps, Router } from '../context.ts'
import { Refusal } from '../problem.ts'
import { json, jsonBody, refusals } from '../responses.ts'
import { isSecure } from './address.ts'
import { newApiKey } from './api-key.ts'
import { type Auth, SESSION_COOKIE } from './auth.ts'
import { LOCAL } from './caller.ts'
import * as schemas from './schemas.ts'

/** Keys that are kept, ended ones of the last month included. */
const MAX_KEYS = 1_000
const DAY_MS = 24 * 60 * 60_000
const KEEP_ENDED_MS = 30 * DAY_MS
/** Life of the page's session, in milliseconds. */
const SESSION_MS = 7 * DAY_MS

const create = createRoute({
  method: 'post',
  path: '/v1/keys',
  summary: 'Makes an API key; its text is shown this once',
  request: { body: jsonBody(schemas.createKey) },
  responses: { 201: json('The key.', schemas.keyCreated), ...refusals.invalid, ...refusals.body, ...refusals.busy },
})
const list = createRoute({
  method: 'get',
  path: '/v1/keys',
  summary: 'All API keys',
  responses: { 200: json('The keys.', schemas.keyList) },
})
const revoke = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  summary: 'Ends an API key, and with it its sessions, tokens and links; may be repeated',
  request: { params: schemas.idParam },
  responses: { 200: json('The key, ended.', schemas.key), ...refusals.unknown },
})
const signIn = createRoute({
  method: 'post',
  path: '/v1/session',
  summary: 'Gives the page a session for an API key, as a cookie',
  request: { body: jsonBody(schemas.signIn) },
  responses: { 200: json('Who is signed in.', schemas.session), ...refusals.invalid, ...refusals.body },
})
const whoAmI = createRoute({
  method: 'get',
  path: '/v1/session',
  summary: 'Who calls',
  responses: { 200: json('The caller.', schemas.session) },
})
const signOut = createRoute({
  method: 'delete',
  path: '/v1/session',
  summary: 'Takes the cookie away',
  responses: { 204: { description: 'It is gone.' } },
})

export function keyRoutes(router: Router, { clock }: AppDeps, auth: Auth): void {
  const { credentials } = auth

  router.openapi(create, async (c) => {
    const { name, tenant, user = ownerOf(name), scopes, expiresInDays } = c.req.valid('json')
    const { id, text, digest } = await newApiKey()
    const now = clock.now()
    const expiry = expiresInDays === undefined ? {} : { expiresAt: now + expiresInDays * DAY_MS }
    const key: ApiKey = { id, name, principal: { tenant, user, scopes }, digest, createdAt: now, ...expiry }
    if (!(await credentials.addKey(key, { max: MAX_KEYS, forgetBefore: now - KEEP_ENDED_MS }))) {
      throw new Refusal(
        409,
        'conflict',
        `There are ${MAX_KEYS} keys. Revoke those that nobody uses; ended ones are forgotten after a month.`,
      )
    }
    return c.json({ ...keyView(key), key: text }, 201)
  })

  router.openapi(list, async (c) => c.json({ items: (await credentials.listKeys()).map(keyView) }, 200))

  router.openapi(revoke, async (c) => {
    const key = await credentials.revokeKey(c.req.valid('param').id, clock.now())
    if (key === undefined) throw new Refusal(404, 'not-found', 'There is no such key. GET /v1/keys lists them.')
    await auth.live.recheck()
    return c.json(keyView(key), 200)
  })

  router.openapi(signIn, async (c) => {
    const key = await auth.signIn(c.req.raw, c.req.valid('json').key)
    const now = clock.now()
    const expiresAt = Math.min(now + SESSION_MS, key.expiresAt ?? Number.POSITIVE_INFINITY)
    const session = await auth.signer.sign('session', { subject: key.id, issuedAt: now, expiresAt })
    c.header('set-cookie', cookie(session, Math.ceil((expiresAt - now) / 1000), isSecure(c.req.raw, auth.trustedProxies)))
    return c.json({ ...key.principal, scopes: [...key.principal.scopes], expiresAt: iso(expiresAt), required: auth.required }, 200)
  })

  router.openapi(whoAmI, async (c) => {
    if (!auth.required) return c.json({ ...LOCAL.principal, scopes: [...LOCAL.principal.scopes], required: false }, 200)
    // The address is open for signing in, so who asks is looked at here.
    const { principal, grant, credential } = await auth.authenticate(c.req.raw)
    if (grant !== undefined) throw new Refusal(403, 'forbidden', 'A token for one stream is nobody to sign in as.')
    const ends = credential?.expiresAt === undefined ? {} : { expiresAt: iso(credential.expiresAt) }
    return c.json({ ...principal, scopes: [...principal.scopes], ...ends, required: true }, 200)
  })

  router.openapi(signOut, (c) => {
    c.header('set-cookie', cookie('', 0, isSecure(c.req.raw, auth.trustedProxies)))
    return c.body(null, 204)
  })
}

function cookie(value: string, maxAgeSeconds: number, secure: boolean): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`
}

/** The name of a key as that of a user: what cannot be in one becomes a dash. */
function ownerOf(name: string): string {
  return name.replaceAll(/[^\w.@+-]+/g, '-')
}

function keyView({ id, name, principal, createdAt, expiresAt, revokedAt, lastUsedAt }: ApiKey) {
  const { tenant, user, scopes } = principal
  return {
    id,
    name,
    tenant,
    user,
    scopes: [...scopes],
    createdAt: iso(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: iso(expiresAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: iso(revokedAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: iso(lastUsedAt) }),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
