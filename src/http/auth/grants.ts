/** Making, renewing and ending grants: rights to one stream, as texts that can be handed on. */
import { type GrantRecord, type GrantScope, isInForce } from '../../ports/credentials.ts'
import type { Principal } from '../../ports/records.ts'
import { Refusal } from '../problem.ts'
import { hex } from './api-key.ts'
import type { Auth } from './auth.ts'
import type { Caller, CallerCredential } from './caller.ts'

/** The longest life of one token, and of a token with all its renewals, in milliseconds. */
export const MAX_TTL_MS = 24 * 60 * 60_000
/** The longest life of a watch link, in milliseconds. */
export const MAX_LINK_TTL_MS = 30 * MAX_TTL_MS
/** Grants of one owner that are kept, in force or ended lately. */
const MAX_GRANTS_OF_OWNER = 10_000
/** How long an ended grant is kept, so that lists show it, in milliseconds. */
const KEEP_ENDED_MS = 24 * 60 * 60_000
const SECOND_MS = 1000

export interface IssuedGrant {
  readonly id: string
  readonly token: string
  readonly expiresAt: number
}

export interface GrantRequest {
  readonly kind: GrantRecord['kind']
  readonly principal: Principal
  readonly caller: Caller
  readonly streamId: string
  readonly scopes: readonly GrantScope[]
  readonly ttlMs: number
  /** How long it may live with all its renewals. */
  readonly maxLifeMs: number
}

/** @throws {Refusal} 429 when the owner has too many. */
export async function issueGrant(auth: Auth, nowMs: number, request: GrantRequest): Promise<IssuedGrant> {
  const { kind, principal, caller, streamId, scopes, ttlMs, maxLifeMs } = request
  const { credential } = caller
  const grant: GrantRecord = {
    id: `${kind === 'link' ? 'lnk' : 'tok'}_${hex(crypto.getRandomValues(new Uint8Array(12)))}`,
    kind,
    principal,
    ...(credential === undefined ? {} : { keyId: credential.id }),
    streamId,
    scopes: [...new Set(scopes)],
    createdAt: nowMs,
    expiresAt: wholeSecond(nowMs + ttlMs),
    renewableUntil: wholeSecond(nowMs + Math.max(ttlMs, maxLifeMs)),
  }
  const added = await auth.credentials.addGrant(grant, { max: MAX_GRANTS_OF_OWNER, forgetBefore: nowMs - KEEP_ENDED_MS })
  if (!added) {
    const what = `There are ${MAX_GRANTS_OF_OWNER} tokens and links of this caller. Let some expire, or give fewer out.`
    throw new Refusal(429, 'overloaded', what, { retryAfterMs: 60 * SECOND_MS })
  }
  return signed(auth, grant, nowMs, grant.expiresAt)
}

/**
 * A fresh token for the holder of one that is in force, with as long a life as that one had.
 * @throws {Refusal} 403 when it has lived as long as it may.
 */
export async function renewGrant(auth: Auth, nowMs: number, credential: CallerCredential): Promise<IssuedGrant> {
  const { id, issuedAt = nowMs, expiresAt = nowMs } = credential
  const wanted = wholeSecond(nowMs + (expiresAt - issuedAt))
  const grant = await auth.credentials.renewGrant(id, wanted)
  if (grant === undefined || grant.kind !== 'token' || !isInForce(grant, nowMs) || grant.renewableUntil <= expiresAt) {
    throw new Refusal(403, 'forbidden', 'This token cannot be renewed any more. Ask whoever gave it out for a new one.')
  }
  return signed(auth, grant, nowMs, Math.min(wanted, grant.renewableUntil))
}

async function signed({ signer }: Auth, { id, streamId }: GrantRecord, issuedAt: number, expiresAt: number): Promise<IssuedGrant> {
  const run = /^runs\/(.+)$/.exec(streamId)?.[1]
  // The page of a watch link must know which run it shows. Where another stream lies is nobody's business.
  const token = await signer.sign('grant', { subject: id, issuedAt, expiresAt }, run === undefined ? {} : { run })
  return { id, token, expiresAt }
}

/** Signed texts know whole seconds only. */
function wholeSecond(ms: number): number {
  return Math.ceil(ms / SECOND_MS) * SECOND_MS
}
