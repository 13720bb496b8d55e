/** The schema of credentials.db, oldest script first. A released script never changes; a new one is added. */
const FIRST = `
CREATE TABLE keys (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  scopes TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT;

CREATE TABLE grants (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('token', 'link')),
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  principal_scopes TEXT NOT NULL,
  key_id TEXT,
  stream_id TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  renewable_until INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX grants_of_stream ON grants (tenant, user, stream_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);
CREATE INDEX grants_by_revocation ON grants (revoked_at) WHERE revoked_at IS NOT NULL;
`

export const MIGRATIONS: readonly string[] = [FIRST]

/** Every statement, prepared once. */
export const QUERIES = {
  addKey: `INSERT INTO keys (id, name, tenant, user, scopes, digest, created_at, expires_at, revoked_at, last_used_at)
    VALUES (:id, :name, :tenant, :user, :scopes, :digest, :createdAt, :expiresAt, :revokedAt, :lastUsedAt)`,
  countKeys: 'SELECT count(*) AS n FROM keys',
  forgetKeys: 'DELETE FROM keys WHERE expires_at < :before OR revoked_at < :before',
  getKey: 'SELECT * FROM keys WHERE id = :id',
  listKeys: 'SELECT * FROM keys ORDER BY seq DESC',
  revokeKey: 'UPDATE keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL',
  touchKey: 'UPDATE keys SET last_used_at = :now WHERE id = :id',
  addGrant: `INSERT INTO grants
    (id, kind, tenant, user, principal_scopes, key_id, stream_id, scopes, created_at, expires_at, renewable_until, revoked_at)
    VALUES (:id, :kind, :tenant, :user, :principalScopes, :keyId, :streamId, :scopes, :createdAt, :expiresAt, :renewableUntil, :revokedAt)`,
  countGrants: 'SELECT count(*) AS n FROM grants WHERE tenant = :tenant AND user = :user',
  forgetExpiredGrants: 'DELETE FROM grants WHERE expires_at < :before',
  forgetRevokedGrants: 'DELETE FROM grants WHERE revoked_at < :before',
  getGrant: 'SELECT * FROM grants WHERE id = :id',
  listGrants: 'SELECT * FROM grants WHERE tenant = :tenant AND user = :user AND stream_id = :streamId ORDER BY seq DESC',
  renewGrant: `UPDATE grants SET expires_at = max(expires_at, min(:expiresAt, renewable_until)) WHERE id = :id AND revoked_at IS NULL`,
  revokeGrant: `UPDATE grants SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id AND tenant = :tenant AND user = :user`,
} as const
