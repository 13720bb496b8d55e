/** Schemas of keys, sessions and grants over HTTP. */
import { z } from '@hono/zod-openapi'
import { MAX_LINK_TTL_MS, MAX_TTL_MS } from './grants.ts'

const SECOND_MS = 1000
const DAY_SECONDS = 24 * 60 * 60
const MAX_KEY_DAYS = 3_650

const label = z.string().regex(/^[^\p{Cc}]{1,100}$/u, 'Use 1 to 100 characters, no control characters')
const owner = z.string().regex(/^[\w.@+-]{1,128}$/, 'Use 1 to 128 letters, digits and . _ @ + -')
const time = z.iso.datetime().openapi({ description: 'RFC 3339' })
const keyScope = z.enum(['read', 'write', 'operator', '*'])
const grantScope = z.enum(['read', 'cancel', 'append'])
const ttl = z
  .int()
  .min(1)
  .max(MAX_TTL_MS / SECOND_MS)

export const createKey = z
  .strictObject({
    name: label,
    tenant: owner.default('local'),
    user: owner.optional().openapi({ description: 'Whose runs its holder sees; the name by default.' }),
    scopes: z.array(keyScope).min(1).max(4).default(['read', 'write']),
    expiresInDays: z.int().min(1).max(MAX_KEY_DAYS).optional(),
  })
  .openapi('CreateKey')

const keyFields = {
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  user: z.string(),
  scopes: z.array(z.string()),
  createdAt: time,
  expiresAt: time.optional(),
  revokedAt: time.optional(),
  lastUsedAt: time.optional(),
}
export const key = z.object(keyFields).openapi('Key')
export const keyCreated = z.object({ ...keyFields, key: z.string().openapi({ description: 'Shown this once.' }) }).openapi('KeyCreated')
export const keyList = z.object({ items: z.array(key) })

export const signIn = z.strictObject({ key: z.string().min(1).max(512) }).openapi('SignIn')
export const session = z.object({
  tenant: z.string(),
  user: z.string(),
  scopes: z.array(z.string()),
  expiresAt: time.optional(),
  required: z.boolean().openapi({ description: 'Whether callers must show a credential at all.' }),
})

const lives = {
  ttlSeconds: ttl.default(900),
  maxLifeSeconds: ttl.optional().openapi({ description: 'With all renewals; a day by default.' }),
}
export const runToken = z
  .strictObject({
    scopes: z
      .array(z.enum(['read', 'cancel']))
      .min(1)
      .max(2)
      .default(['read']),
    ...lives,
  })
  .openapi('RunToken')
export const streamToken = z
  .strictObject({
    stream: z.string().min(1).max(1_024).openapi({ description: 'What comes after /v1/stream/ in its address.' }),
    scopes: z
      .array(z.enum(['read', 'append']))
      .min(1)
      .max(2)
      .default(['read']),
    ...lives,
  })
  .openapi('StreamToken')
export const link = z
  .strictObject({
    ttlSeconds: z
      .int()
      .min(1)
      .max(MAX_LINK_TTL_MS / SECOND_MS)
      .default(DAY_SECONDS),
  })
  .openapi('Link')

export const issued = z.object({ id: z.string(), token: z.string(), expiresAt: time }).openapi('IssuedToken')
export const linkIssued = z.object({ id: z.string(), url: z.string(), expiresAt: time }).openapi('IssuedLink')
export const grantList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['token', 'link']),
      scopes: z.array(grantScope),
      createdAt: time,
      expiresAt: time,
      revokedAt: time.optional(),
    }),
  ),
})
export const idParam = z.object({ id: z.string().min(1).max(256) })
