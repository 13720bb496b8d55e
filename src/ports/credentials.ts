/**
 * Credentials: the API keys of this server, and the grants (stream tokens and watch links) that their holders made. `conformance/credentials`
 * is the proof of this contract.
 *
 * Nothing in here opens a door by itself: of a key only a digest is kept, and a token is a signed text that merely names its grant.
 *
 * Promises. Each method is one transaction: what it wrote survives a kill of the process when it resolves, all of it or nothing. Ended keys and
 * grants (expired or revoked) stay readable until they are forgotten, so that their holders can be told why. Time is what the caller says it is.
 */
import type { Owner, Principal } from './records.ts'

export interface ApiKey {
  /** 16 hexadecimal digits; part of what the holder sends. */
  readonly id: string
  /** For people. */
  readonly name: string
  /** Whom its holder acts as. */
  readonly principal: Principal
  /** SHA-256 of the secret, hexadecimal. The secret has 256 random bits, so no slow hash is needed. */
  readonly digest: string
  /** Times are in milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt?: number
  readonly revokedAt?: number
  /** To about a minute. */
  readonly lastUsedAt?: number
}

/** What a grant lets its holder do with one stream. */
export type GrantScope = 'read' | 'cancel' | 'append'

/** A stream token or a watch link. */
export interface GrantRecord {
  readonly id: string
  readonly kind: 'token' | 'link'
  /** On whose behalf its holder acts. */
  readonly principal: Principal
  /** The key that it was made with; it ends with that key. Absent where no key was needed. */
  readonly keyId?: string
  /** The store's id of the stream. */
  readonly streamId: string
  readonly scopes: readonly GrantScope[]
  readonly createdAt: number
  readonly expiresAt: number
  /** How far it can be renewed. */
  readonly renewableUntil: number
  readonly revokedAt?: number
}

/** A bound on what is kept. */
export interface Room {
  /** Entries that may be there, the new one included. */
  readonly max: number
  /** Entries that ended before this time are forgotten first. */
  readonly forgetBefore: number
}

export interface Credentials {
  /** Writes a new key; false, and nothing written, when there is no room for it among all keys. */
  addKey(key: ApiKey, room: Room): Promise<boolean>
  getKey(id: string): Promise<ApiKey | undefined>
  /** All keys, newest first. */
  listKeys(): Promise<readonly ApiKey[]>
  /** Ends a key; the first time counts. The key as it then is, or `undefined` when there is none. */
  revokeKey(id: string, nowMs: number): Promise<ApiKey | undefined>
  /** Remembers that a key was used. Does nothing when there is none. */
  touchKey(id: string, nowMs: number): Promise<void>

  /** Writes a new grant; false, and nothing written, when there is no room for it among the grants of its owner. */
  addGrant(grant: GrantRecord, room: Room): Promise<boolean>
  getGrant(id: string): Promise<GrantRecord | undefined>
  /** The grants of a stream that this owner made, newest first. */
  listGrants(owner: Owner, streamId: string): Promise<readonly GrantRecord[]>
  /** Moves the end of a grant that was not revoked, never beyond `renewableUntil` and never back. The grant as it then is, or `undefined`. */
  renewGrant(id: string, expiresAt: number): Promise<GrantRecord | undefined>
  /** Ends a grant of this owner; the first time counts. False when there is none. */
  revokeGrant(id: string, owner: Owner, nowMs: number): Promise<boolean>

  /** Lets go of everything. May be called again; every other method rejects with `unavailable` from then on. */
  close(): Promise<void>
}

/** Whether a key or grant is in force. */
export function isInForce(entry: { readonly expiresAt?: number; readonly revokedAt?: number }, nowMs: number): boolean {
  return entry.revokedAt === undefined && (entry.expiresAt === undefined || entry.expiresAt > nowMs)
}
