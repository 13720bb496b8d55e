/** Who calls, and what the caller may do. Every route asks here; nothing else looks at credentials. */
import type { Context } from 'hono'
import type { Principal } from '../../ports/records.ts'
import type { AppEnv } from '../context.ts'
import { Refusal } from '../problem.ts'

/** What a token or a watch link lets its holder do with one stream. */
export type GrantScope = 'read' | 'cancel' | 'append'

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
}

/**
 * Finds out who calls.
 * @throws {Refusal} 401 for a credential that is missing, wrong, expired or revoked.
 */
export type Authenticate = (request: Request) => Promise<Caller>

const LOCAL: Caller = { principal: { tenant: 'local', user: 'local', scopes: ['*'] } }

/** Without a secret every local caller is the one local principal. */
export const everyoneIsLocal: Authenticate = async () => LOCAL

/** The caller of a request, as the guard found it. */
export function callerOf(c: Context<AppEnv>): Caller {
  return c.get('caller')
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
