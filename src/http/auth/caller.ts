/** Who calls, and what the caller may do. Every route asks here; nothing else looks at credentials. */
import type { Context } from 'hono'
import type { GrantScope } from '../../ports/credentials.ts'
import type { Principal } from '../../ports/records.ts'
import type { AppEnv } from '../context.ts'
import { Refusal } from '../problem.ts'

export type { GrantScope } from '../../ports/credentials.ts'

/** The one stream that the caller's credential is for. */
export interface Grant {
  readonly id: string
  /** The store's id of the stream; a run's is `runs/<id>`. */
  readonly streamId: string
  readonly scopes: readonly GrantScope[]
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

export interface Caller {
  /** On whose behalf. A grant acts as its owner, and for that one stream only. */
  readonly principal: Principal
  /** Absent for whoever may do all that the principal may. */
  readonly grant?: Grant
  /** What the caller showed; absent where nothing was asked for. It can end while a connection lives. */
  readonly credential?: CallerCredential
}

export interface CallerCredential {
  readonly kind: 'key' | 'session' | 'token' | 'link'
  /** Of the key, also for a session; of the grant otherwise. */
  readonly id: string
  /** Times are in milliseconds since 1970. */
  readonly issuedAt?: number
  readonly expiresAt?: number
}

/** What a key lets its holder do: look, change, manage keys and see metrics, all of it. */
export type KeyScope = 'read' | 'write' | 'operator' | '*'

/**
 * Finds out who calls.
 * @throws {Refusal} 401 for a credential that is missing, wrong, expired or revoked.
 */
export type Authenticate = (request: Request) => Promise<Caller>

export const LOCAL: Caller = { principal: { tenant: 'local', user: 'local', scopes: ['*'] } }

/** Whoever holds the server's secret: manages keys, and has no business with what people write. */
export const OPERATOR: Caller = { principal: { tenant: 'local', user: 'operator', scopes: ['operator'] } }

/** Without a secret every local caller is the one local principal. */
export const everyoneIsLocal: Authenticate = async () => LOCAL

/** The caller of a request, as the guard found it. */
export function callerOf(c: Context<AppEnv>): Caller {
  const caller: Caller | undefined = c.get('caller')
  // A route for which nothing was asked must not go on as anybody.
  if (caller === undefined) throw new Refusal(401, 'forbidden', 'This address needs a credential.')
  return caller
}

/**
 * Lets a caller pass who may do this.
 * @throws {Refusal} 403 for another. A grant passes: what it may do is the stream's matter (`principalFor`).
 */
export function requireScope({ principal, grant }: Caller, scope: Exclude<KeyScope, '*'>): void {
  if (grant !== undefined && scope !== 'operator') return
  if (grant === undefined && (principal.scopes.includes(scope) || principal.scopes.includes('*'))) return
  throw new Refusal(403, 'forbidden', `This credential does not have the scope ${scope}.`)
}

/**
 * The principal, for what concerns more than one stream: creating, listing, exporting.
 * @throws {Refusal} 403 for a caller whose credential is for one stream.
 */
export function principalOf(c: Context<AppEnv>): Principal {
  const { principal, grant } = callerOf(c)
  if (grant === undefined) return principal
  throw new Refusal(403, 'forbidden', 'This token is for one stream only. Use an API key for everything else.')
}

/**
 * The principal on whose behalf the caller may do this with a stream.
 * @throws {Refusal} 404 for a token of another stream, as if that were not there; 403 for one that does not go so far.
 */
export function principalFor(c: Context<AppEnv>, streamId: string, scope: GrantScope): Principal {
  const { principal, grant } = callerOf(c)
  if (grant === undefined) return principal
  if (grant.streamId !== streamId) throw new Refusal(404, 'not-found', 'There is no such thing, or it is not yours.')
  if (grant.scopes.includes(scope)) return principal
  throw new Refusal(403, 'forbidden', `This token does not let its holder ${scope}.`)
}

/** The stream of a run. */
export function streamIdOfRun(runId: string): string {
  return `runs/${runId}`
}
