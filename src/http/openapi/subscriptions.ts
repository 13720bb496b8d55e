/** The operations of the subscription API for the document. */
import { z } from '@hono/zod-openapi'
import { PREFIX } from '../durable-streams/place.ts'
import { RESERVED } from '../durable-streams/subscription-input.ts'
import { json, jsonBody } from '../responses.ts'
import type { Described } from './streams.ts'

const BASE = `${PREFIX}${RESERVED}`
const ONE = `${BASE}/subscriptions/{id}`

const id = z.string().openapi({ description: 'Chosen by whoever makes it; 1 to 256 characters.' })
const params = z.object({ id })
const streamName = z.string().openapi({ description: 'What comes after /v1/stream/ in the address of a stream.' })

const error = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) }).openapi('SubscriptionError')
const no = (description: string) => json(description, error)
const refused = {
  400: no('The request was not accepted, or the webhook may not be called.'),
  404: no('There is no such subscription, or it is not yours.'),
}
const fenced = {
  ...refused,
  401: no('The token is not one of this server, or for another subscription.'),
  409: no('The wake is not in force any more.'),
}

const create = z
  .object({
    type: z.enum(['webhook', 'pull-wake']),
    pattern: z.string().optional().openapi({ description: '`*` is one segment, `**` any number of them.' }),
    streams: z.array(streamName).optional(),
    webhook: z.object({ url: z.string() }).optional(),
    wake_stream: streamName.nullish(),
    lease_ttl_ms: z.int().min(1_000).max(600_000).default(30_000),
    description: z.string().max(1_000).optional(),
  })
  .openapi('CreateSubscription')

const link = { path: streamName, link_type: z.enum(['explicit', 'glob']), acked_offset: z.string() }

const subscription = z
  .object({
    id: z.string(),
    subscription_id: z.string(),
    type: z.enum(['webhook', 'pull-wake']),
    pattern: z.string().nullable(),
    streams: z.array(z.object(link)),
    webhook: z.object({ url: z.string(), signing: z.object({ alg: z.string(), kid: z.string(), jwks_url: z.string() }) }).nullable(),
    wake_stream: z.string().nullable(),
    lease_ttl_ms: z.number(),
    created_at: z.iso.datetime(),
    status: z.enum(['active', 'failed']),
    description: z.string().nullable(),
  })
  .openapi('Subscription')

const claimed = z
  .object({
    wake_id: z.string(),
    generation: z.number(),
    token: z.string(),
    streams: z.array(z.object({ ...link, tail_offset: z.string(), has_pending: z.boolean() })),
    lease_ttl_ms: z.number(),
  })
  .openapi('ClaimedWake')

const wake = { wake_id: z.string(), generation: z.int().min(1) }
const ack = z
  .object({
    ...wake,
    acks: z.array(z.object({ stream: streamName, offset: z.string() })).optional(),
    done: z.boolean().default(false).openapi({ description: 'Gives the wake back.' }),
  })
  .openapi('Acknowledgement')
const acknowledged = z.object({ ok: z.literal(true), next_wake: z.boolean() }).openapi('Acknowledged')

const jwk = z.object({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string(), use: z.string(), alg: z.string() })

const answered = (summary: string, path: string): Described => ({
  method: 'post',
  path,
  summary,
  request: { params, body: jsonBody(ack) },
  responses: { 200: json('It is noted; the lease begins anew unless it is done.', acknowledged), ...fenced },
})

export const SUBSCRIPTION_OPERATIONS: readonly Described[] = [
  {
    method: 'put',
    path: ONE,
    summary: 'Makes a subscription; may be repeated in the same way',
    request: { params, body: jsonBody(create) },
    responses: {
      201: json('It is made.', subscription),
      200: json('It was there, made in the same way.', subscription),
      ...refused,
      409: no('There is one of this id, made in another way.'),
      501: no('This server calls no webhooks.'),
    },
  },
  {
    method: 'get',
    path: ONE,
    summary: 'A subscription with its streams and what of them is acknowledged',
    request: { params },
    responses: { 200: json('The subscription.', subscription), ...refused },
  },
  {
    method: 'delete',
    path: ONE,
    summary: 'Removes a subscription',
    request: { params },
    responses: { 204: { description: 'It is gone.' }, ...refused },
  },
  {
    method: 'post',
    path: `${ONE}/streams`,
    summary: 'Adds streams by name',
    request: { params, body: jsonBody(z.object({ streams: z.array(streamName).min(1) }).openapi('AddStreams')) },
    responses: { 204: { description: 'They are in it.' }, ...refused },
  },
  {
    method: 'delete',
    path: `${ONE}/streams/{path}`,
    summary: 'Takes a stream out that was added by name',
    request: { params: z.object({ id, path: streamName }) },
    responses: { 204: { description: 'It is out, unless the pattern means it.' }, ...refused },
  },
  {
    method: 'post',
    path: `${ONE}/claim`,
    summary: 'Takes the work of a pull-wake subscription, for the time of a lease',
    request: { params, body: jsonBody(z.object({ worker: z.string().min(1).max(256) }).openapi('Claim')) },
    responses: {
      200: json('The wake, and a token to answer it with.', claimed),
      ...refused,
      409: no('There is nothing to do, or somebody does it.'),
    },
  },
  answered('Says up to where the work of a claimed wake is done', `${ONE}/ack`),
  answered('The same for a wake that came to a webhook', `${ONE}/callback`),
  {
    method: 'post',
    path: `${ONE}/release`,
    summary: 'Gives a wake back undone',
    request: { params, body: jsonBody(z.object(wake).openapi('Release')) },
    responses: { 204: { description: 'Another worker may have it.' }, ...fenced },
  },
  {
    method: 'get',
    path: `${BASE}/jwks.json`,
    summary: 'The public keys of the signatures of webhooks',
    responses: { 200: { description: 'The keys.', content: { 'application/jwk-set+json': { schema: z.object({ keys: z.array(jwk) }) } } } },
  },
]
