/** Rows of credentials.db, checked as they are read: the file may have been written by anybody. */
import { z } from 'zod'
import { SluiceError } from '../../core/errors.ts'
import type { ApiKey, GrantRecord } from '../../ports/credentials.ts'

const time = z.number().int()
const scopes = z.string().transform((text, context) => {
  const list = z.array(z.string()).safeParse(parse(text))
  if (list.success) return list.data
  context.addIssue('not a list of texts')
  return z.NEVER
})

const KEY = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  user: z.string(),
  scopes,
  digest: z.string(),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  last_used_at: time.nullable(),
})

const GRANT = z.object({
  id: z.string(),
  kind: z.enum(['token', 'link']),
  tenant: z.string(),
  user: z.string(),
  principal_scopes: scopes,
  key_id: z.string().nullable(),
  stream_id: z.string(),
  scopes: scopes.pipe(z.array(z.enum(['read', 'cancel', 'append']))),
  created_at: time,
  expires_at: time,
  renewable_until: time,
  revoked_at: time.nullable(),
})

export function readKey(row: unknown): ApiKey {
  const { tenant, user, created_at, expires_at, revoked_at, last_used_at, ...key } = checked(KEY, row)
  return {
    id: key.id,
    name: key.name,
    digest: key.digest,
    principal: { tenant, user, scopes: key.scopes },
    createdAt: created_at,
    ...(expires_at === null ? {} : { expiresAt: expires_at }),
    ...(revoked_at === null ? {} : { revokedAt: revoked_at }),
    ...(last_used_at === null ? {} : { lastUsedAt: last_used_at }),
  }
}

export function readGrant(row: unknown): GrantRecord {
  const grant = checked(GRANT, row)
  return {
    id: grant.id,
    kind: grant.kind,
    principal: { tenant: grant.tenant, user: grant.user, scopes: grant.principal_scopes },
    ...(grant.key_id === null ? {} : { keyId: grant.key_id }),
    streamId: grant.stream_id,
    scopes: grant.scopes,
    createdAt: grant.created_at,
    expiresAt: grant.expires_at,
    renewableUntil: grant.renewable_until,
    ...(grant.revoked_at === null ? {} : { revokedAt: grant.revoked_at }),
  }
}

function checked<T extends z.ZodType>(schema: T, row: unknown): z.infer<T> {
  const result = schema.safeParse(row)
  if (result.success) return result.data
  const where = result.error.issues.map(({ path }) => path.join('.')).join(', ')
  // Without the values: one of them is the digest of a key.
  throw new SluiceError('storage-corrupt', `A row of the credentials is not readable (${where}). Restore credentials.db from a backup.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
