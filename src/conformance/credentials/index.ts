/** What every `Credentials` adapter promises, as tests: call it from the adapter's test file. */
import { afterEach, describe, expect, it } from 'vitest'
import type { ApiKey, Credentials, GrantRecord, Room } from '../../ports/credentials.ts'

export interface CredentialsSubject {
  readonly name: string
  /** New and empty credentials. */
  create(): Promise<Credentials>
  /** Closes the credentials and opens what they hold again. Absent where nothing outlives the process. */
  reopen?(credentials: Credentials): Promise<Credentials>
}

const ALICE = { tenant: 'acme', user: 'alice', scopes: ['*'] } as const
const BOB = { tenant: 'acme', user: 'bob', scopes: ['read'] } as const
const ROOM: Room = { max: 100, forgetBefore: 0 }

function aKey(id: string, changes: Partial<ApiKey> = {}): ApiKey {
  return { id, name: `key ${id}`, principal: ALICE, digest: 'd'.repeat(64), createdAt: 1_000, ...changes }
}

function aGrant(id: string, changes: Partial<GrantRecord> = {}): GrantRecord {
  return {
    id,
    kind: 'token',
    principal: ALICE,
    keyId: 'k',
    streamId: 'runs/r',
    scopes: ['read', 'cancel'],
    createdAt: 1_000,
    expiresAt: 5_000,
    renewableUntil: 9_000,
    ...changes,
  }
}

export function credentialsConformance(subject: CredentialsSubject): void {
  describe(`credentials: ${subject.name}`, () => {
    const opened = new Set<Credentials>()
    afterEach(async () => {
      for (const credentials of opened) await credentials.close()
      opened.clear()
    })
    const keep = (credentials: Credentials): Credentials => {
      opened.add(credentials)
      return credentials
    }
    const open = async (): Promise<Credentials> => keep(await subject.create())

    it('give a key back as it was written, and list the newest first', async () => {
      const credentials = await open()
      const full = aKey('b', { expiresAt: 7_000, principal: BOB })
      expect(await credentials.addKey(aKey('a'), ROOM)).toBe(true)
      expect(await credentials.addKey(full, ROOM)).toBe(true)
      expect(await credentials.getKey('b')).toEqual(full)
      expect(await credentials.getKey('c')).toBeUndefined()
      expect(await credentials.listKeys()).toEqual([full, aKey('a')])
    })

    it('never give an id twice', async () => {
      const credentials = await open()
      await credentials.addKey(aKey('a'), ROOM)
      await credentials.addGrant(aGrant('a'), ROOM)
      await expect(credentials.addKey(aKey('a', { principal: BOB }), ROOM)).rejects.toMatchObject({ code: 'conflict' })
      await expect(credentials.addGrant(aGrant('a', { principal: BOB }), ROOM)).rejects.toMatchObject({ code: 'conflict' })
      expect(await credentials.getKey('a')).toEqual(aKey('a'))
      expect(await credentials.getGrant('a')).toEqual(aGrant('a'))
    })

    it('revoke a key once: the first time stays', async () => {
      const credentials = await open()
      await credentials.addKey(aKey('a'), ROOM)
      expect(await credentials.revokeKey('a', 2_000)).toEqual(aKey('a', { revokedAt: 2_000 }))
      expect(await credentials.revokeKey('a', 3_000)).toEqual(aKey('a', { revokedAt: 2_000 }))
      expect(await credentials.revokeKey('b', 3_000)).toBeUndefined()
    })

    it('remember the last use of a key, and nothing of one that is not there', async () => {
      const credentials = await open()
      await credentials.addKey(aKey('a'), ROOM)
      await credentials.touchKey('a', 4_000)
      await credentials.touchKey('b', 4_000)
      expect(await credentials.listKeys()).toEqual([aKey('a', { lastUsedAt: 4_000 })])
    })

    it('refuse a key beyond the room, and forget ended ones to make some', async () => {
      const credentials = await open()
      await credentials.addKey(aKey('a'), ROOM)
      await credentials.addKey(aKey('b', { expiresAt: 2_000 }), ROOM)
      await credentials.revokeKey('a', 3_000)
      expect(await credentials.addKey(aKey('c'), { max: 2, forgetBefore: 2_000 })).toBe(false)
      expect(await credentials.getKey('c')).toBeUndefined()
      expect(await credentials.addKey(aKey('c'), { max: 2, forgetBefore: 2_001 })).toBe(true)
      expect((await credentials.listKeys()).map(({ id }) => id)).toEqual(['c', 'a'])
      expect(await credentials.addKey(aKey('d'), { max: 2, forgetBefore: 3_001 })).toBe(true)
      expect((await credentials.listKeys()).map(({ id }) => id)).toEqual(['d', 'c'])
    })

    it('give a grant back as it was written, and list those of one stream and owner only', async () => {
      const credentials = await open()
      const { keyId: _keyId, ...withoutKey } = aGrant('b', { kind: 'link', scopes: ['read'] })
      await credentials.addGrant(aGrant('a'), ROOM)
      await credentials.addGrant(withoutKey, ROOM)
      await credentials.addGrant(aGrant('c', { streamId: 'runs/other' }), ROOM)
      await credentials.addGrant(aGrant('d', { principal: BOB }), ROOM)
      expect(await credentials.getGrant('b')).toEqual(withoutKey)
      expect(await credentials.listGrants(ALICE, 'runs/r')).toEqual([withoutKey, aGrant('a')])
    })

    it('renew a grant up to its bound, never back, and never one that was revoked', async () => {
      const credentials = await open()
      await credentials.addGrant(aGrant('a'), ROOM)
      expect(await credentials.renewGrant('a', 6_000)).toEqual(aGrant('a', { expiresAt: 6_000 }))
      expect(await credentials.renewGrant('a', 5_500)).toEqual(aGrant('a', { expiresAt: 6_000 }))
      expect(await credentials.renewGrant('a', 99_000)).toEqual(aGrant('a', { expiresAt: 9_000 }))
      await credentials.revokeGrant('a', ALICE, 7_000)
      expect(await credentials.renewGrant('a', 9_000)).toBeUndefined()
      expect(await credentials.renewGrant('b', 9_000)).toBeUndefined()
    })

    it("revoke only the owner's grant, and the first time stays", async () => {
      const credentials = await open()
      await credentials.addGrant(aGrant('a'), ROOM)
      expect(await credentials.revokeGrant('a', BOB, 2_000)).toBe(false)
      expect(await credentials.getGrant('a')).toEqual(aGrant('a'))
      expect(await credentials.revokeGrant('a', ALICE, 3_000)).toBe(true)
      expect(await credentials.revokeGrant('a', ALICE, 4_000)).toBe(true)
      expect(await credentials.getGrant('a')).toEqual(aGrant('a', { revokedAt: 3_000 }))
      expect(await credentials.revokeGrant('b', ALICE, 4_000)).toBe(false)
    })

    it('bound the grants of each owner, and forget ended ones to make room', async () => {
      const credentials = await open()
      await credentials.addGrant(aGrant('a'), ROOM)
      await credentials.addGrant(aGrant('b', { expiresAt: 8_000 }), ROOM)
      expect(await credentials.addGrant(aGrant('c'), { max: 2, forgetBefore: 0 })).toBe(false)
      expect(await credentials.addGrant(aGrant('d', { principal: BOB }), { max: 2, forgetBefore: 0 })).toBe(true)
      expect(await credentials.addGrant(aGrant('c', { expiresAt: 8_000 }), { max: 2, forgetBefore: 5_001 })).toBe(true)
      expect(await credentials.getGrant('a')).toBeUndefined()
      expect((await credentials.listGrants(ALICE, 'runs/r')).map(({ id }) => id)).toEqual(['c', 'b'])
    })

    it('refuse everything once they are closed', async () => {
      const credentials = await open()
      await credentials.close()
      await credentials.close()
      await expect(credentials.getKey('a')).rejects.toMatchObject({ code: 'unavailable' })
      await expect(credentials.addGrant(aGrant('a'), ROOM)).rejects.toMatchObject({ code: 'unavailable' })
    })

    const { reopen } = subject
    if (reopen === undefined) return
    it('keep keys, grants and revocations over a restart', async () => {
      const credentials = await open()
      await credentials.addKey(aKey('a'), ROOM)
      await credentials.addGrant(aGrant('g'), ROOM)
      await credentials.revokeKey('a', 2_000)
      const again = keep(await reopen(credentials))
      expect(await again.getKey('a')).toEqual(aKey('a', { revokedAt: 2_000 }))
      expect(await again.getGrant('g')).toEqual(aGrant('g'))
    })
  })
}
