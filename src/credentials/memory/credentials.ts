/** Credentials in the memory of one process: for tests, and for servers that need not remember. */
import { SluiceError } from '../../core/errors.ts'
import type { ApiKey, Credentials, GrantRecord, Room } from '../../ports/credentials.ts'
import type { Owner } from '../../ports/records.ts'

interface Ends {
  readonly expiresAt?: number
  readonly revokedAt?: number
}

/** Nothing survives the process. */
export function createMemoryCredentials(): Credentials {
  const keys = new Map<string, ApiKey>()
  const grants = new Map<string, GrantRecord>()
  let closed = false

  const open = (): void => {
    if (closed) throw new SluiceError('unavailable', 'The credentials in memory are closed. Open them anew to go on.')
  }
  const forget = (entries: Map<string, Ends>, before: number): void => {
    for (const [id, entry] of entries) if (endOf(entry) < before) entries.delete(id)
  }
  const add = <T extends { readonly id: string }>(entries: Map<string, T & Ends>, entry: T, rivals: () => number, room: Room): boolean => {
    forget(entries, room.forgetBefore)
    if (rivals() >= room.max) return false
    if (entries.has(entry.id)) throw new SluiceError('conflict', `There is a credential ${entry.id} already.`)
    entries.set(entry.id, structuredClone(entry))
    return true
  }

  return {
    async addKey(key, room) {
      open()
      return add(keys, key, () => keys.size, room)
    },
    async getKey(id) {
      open()
      return keys.get(id)
    },
    async listKeys() {
      open()
      return [...keys.values()].reverse()
    },
    async revokeKey(id, nowMs) {
      open()
      const key = keys.get(id)
      if (key === undefined || key.revokedAt !== undefined) return key
      const ended = { ...key, revokedAt: nowMs }
      keys.set(id, ended)
      return ended
    },
    async touchKey(id, nowMs) {
      open()
      const key = keys.get(id)
      if (key) keys.set(id, { ...key, lastUsedAt: nowMs })
    },

    async addGrant(grant, room) {
      open()
      const rivals = (): number => [...grants.values()].filter((other) => isOf(other, grant.principal)).length
      return add(grants, grant, rivals, room)
    },
    async getGrant(id) {
      open()
      return grants.get(id)
    },
    async listGrants(owner, streamId) {
      open()
      return [...grants.values()].filter((grant) => isOf(grant, owner) && grant.streamId === streamId).reverse()
    },
    async renewGrant(id, expiresAt) {
      open()
      const grant = grants.get(id)
      if (grant === undefined || grant.revokedAt !== undefined) return undefined
      const renewed = { ...grant, expiresAt: Math.max(grant.expiresAt, Math.min(expiresAt, grant.renewableUntil)) }
      grants.set(id, renewed)
      return renewed
    },
    async revokeGrant(id, owner, nowMs) {
      open()
      const grant = grants.get(id)
      if (grant === undefined || !isOf(grant, owner)) return false
      if (grant.revokedAt === undefined) grants.set(id, { ...grant, revokedAt: nowMs })
      return true
    },

    async close() {
      closed = true
      keys.clear()
      grants.clear()
    },
  }
}

function endOf({ expiresAt, revokedAt }: Ends): number {
  return Math.min(expiresAt ?? Number.POSITIVE_INFINITY, revokedAt ?? Number.POSITIVE_INFINITY)
}

function isOf({ principal }: GrantRecord, owner: Owner): boolean {
  return principal.tenant === owner.tenant && principal.user === owner.user
}
