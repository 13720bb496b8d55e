/** Stream tokens and watch links (PROTOCOL 4.7). */
import { createRoute } from '@hono/zod-openapi'
import type { GrantRecord } from '../../ports/credentials.ts'
import type { AppDeps, Router } from '../context.ts'
import { PREFIX, pathOf, storeIdOf } from '../durable-streams/place.ts'
import { Refusal } from '../problem.ts'
import { json, jsonBody, refusals } from '../responses.ts'
import { isSecure } from './address.ts'
import type { Auth } from './auth.ts'
import { callerOf, principalOf, streamIdOfRun } from './caller.ts'
import { type IssuedGrant, issueGrant, MAX_TTL_MS, renewGrant } from './grants.ts'
import * as schemas from './schemas.ts'

const SECOND_MS = 1000

const shared = { ...refusals.invalid, ...refusals.unknown, ...refusals.body, ...refusals.busy }

const runToken = createRoute({
  method: 'post',
  path: '/v1/runs/{id}/tokens',
  summary: 'Makes a token that reads or cancels one run',
  request: { params: schemas.idParam, body: jsonBody(schemas.runToken) },
  responses: { 201: json('The token.', schemas.issued), ...shared },
})
const listTokens = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/tokens',
  summary: 'The tokens and watch links of a run, without their texts',
  request: { params: schemas.idParam },
  responses: { 200: json('The tokens and links, newest first.', schemas.grantList), ...refusals.unknown },
})
const streamToken = createRoute({
  method: 'post',
  path: '/v1/tokens',
  summary: 'Makes a token that reads or appends to one stream of the caller',
  request: { body: jsonBody(schemas.streamToken) },
  responses: { 201: json('The token.', schemas.issued), ...shared },
})
const renew = createRoute({
  method: 'post',
  path: '/v1/tokens/renew',
  summary: 'A fresh token for the one that the request is made with',
  responses: { 200: json('The token.', schemas.issued), ...refusals.invalid },
})
const revokeToken = createRoute({
  method: 'delete',
  path: '/v1/tokens/{id}',
  summary: 'Ends a token and the connections that live by it; may be repeated',
  request: { params: schemas.idParam },
  responses: { 204: { description: 'It has ended.' }, ...refusals.unknown },
})
const watchLink = createRoute({
  method: 'post',
  path: '/v1/runs/{id}/links',
  summary: 'Makes a link under which anybody can watch one run, and do nothing else',
  request: { params: schemas.idParam, body: jsonBody(schemas.link) },
  responses: { 201: json('The link.', schemas.linkIssued), ...shared },
})
const revokeLink = createRoute({
  method: 'delete',
  path: '/v1/links/{id}',
  summary: 'Ends a watch link and cuts off who watches; may be repeated',
  request: { params: schemas.idParam },
  responses: { 204: { description: 'It has ended.' }, ...refusals.unknown },
})

export function grantRoutes(router: Router, { clock, runs }: AppDeps, auth: Auth): void {
  router.openapi(runToken, async (c) => {
    const principal = principalOf(c)
    const run = await runs.get(principal, c.req.valid('param').id)
    const body = c.req.valid('json')
    const request = {
      kind: 'token',
      principal,
      caller: callerOf(c),
      streamId: run.streamId,
      scopes: body.scopes,
      ...livesOf(body),
    } as const
    return c.json(issuedView(await issueGrant(auth, clock.now(), request)), 201)
  })

  router.openapi(listTokens, async (c) => {
    const principal = principalOf(c)
    const run = await runs.get(principal, c.req.valid('param').id)
    return c.json({ items: (await auth.credentials.listGrants(principal, run.streamId)).map(grantView) }, 200)
  })

  router.openapi(streamToken, async (c) => {
    const principal = principalOf(c)
    const { stream, scopes, ...lives } = c.req.valid('json')
    const streamId = storeIdOf(principal, streamPath(stream))
    const request = { kind: 'token', principal, caller: callerOf(c), streamId, scopes, ...livesOf(lives) } as const
    return c.json(issuedView(await issueGrant(auth, clock.now(), request)), 201)
  })

  router.openapi(renew, async (c) => {
    const { credential, grant } = callerOf(c)
    if (grant === undefined || credential === undefined) {
      throw new Refusal(400, 'invalid-request', 'Only a token is renewed: make the request with the token itself.')
    }
    return c.json(issuedView(await renewGrant(auth, clock.now(), credential)), 200)
  })

  router.openapi(watchLink, async (c) => {
    const principal = principalOf(c)
    const run = await runs.get(principal, c.req.valid('param').id)
    const ttlMs = c.req.valid('json').ttlSeconds * SECOND_MS
    const { id, token, expiresAt } = await issueGrant(auth, clock.now(), {
      kind: 'link',
      principal,
      caller: callerOf(c),
      streamId: streamIdOfRun(run.id),
      scopes: ['read'],
      ttlMs,
      maxLifeMs: ttlMs,
    })
    const origin = `${isSecure(c.req.raw, auth.trustedProxies) ? 'https' : 'http'}://${new URL(c.req.url).host}`
    return c.json({ id, url: `${origin}/watch/${token}`, expiresAt: iso(expiresAt) }, 201)
  })

  const end = async (id: string, kind: GrantRecord['kind'], owner: GrantRecord['principal']): Promise<void> => {
    const grant = await auth.credentials.getGrant(id)
    const ended = grant?.kind === kind && (await auth.credentials.revokeGrant(id, owner, clock.now()))
    if (!ended) throw new Refusal(404, 'not-found', 'There is no such thing, or it is not yours.')
    await auth.live.recheck()
  }
  router.openapi(revokeToken, async (c) => {
    await end(c.req.valid('param').id, 'token', principalOf(c))
    return c.body(null, 204)
  })
  router.openapi(revokeLink, async (c) => {
    await end(c.req.valid('param').id, 'link', principalOf(c))
    return c.body(null, 204)
  })
}

/** @throws {Refusal} for what is no stream that tokens of this kind are made for. */
function streamPath(stream: string): string {
  // The same way that an address takes: what is not allowed there, such as dots that climb, comes out as no stream.
  const url = URL.parse(PREFIX + stream, 'http://localhost')
  const path = url === null || url.search !== '' || url.hash !== '' ? '' : pathOf(url.pathname)
  if (path === '') throw new Refusal(400, 'invalid-request', 'stream is what comes after /v1/stream/ in the address of a stream.')
  if (path.startsWith('runs/'))
    throw new Refusal(400, 'invalid-request', 'The streams of runs have tokens of their own: POST /v1/runs/:id/tokens.')
  return path
}

function livesOf({ ttlSeconds, maxLifeSeconds }: { readonly ttlSeconds: number; readonly maxLifeSeconds?: number | undefined }) {
  return { ttlMs: ttlSeconds * SECOND_MS, maxLifeMs: maxLifeSeconds === undefined ? MAX_TTL_MS : maxLifeSeconds * SECOND_MS }
}

function issuedView({ id, token, expiresAt }: IssuedGrant) {
  return { id, token, expiresAt: iso(expiresAt) }
}

function grantView({ id, kind, scopes, createdAt, expiresAt, revokedAt }: GrantRecord) {
  const ended = revokedAt === undefined ? {} : { revokedAt: iso(revokedAt) }
  return { id, kind, scopes: [...scopes], createdAt: iso(createdAt), expiresAt: iso(expiresAt), ...ended }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
