/** The door of the whole API: who may come in, and who has to leave when a credential ends while a connection lives. */
import type { Context } from 'hono'
import { toSluiceError } from '../../core/errors.ts'
import type { ByteSink } from '../../log/hub.ts'
import type { AppDeps, AppEnv } from '../context.ts'
import { isPagePath } from '../page.ts'
import { planOf, type StreamPlan, streamResponse } from '../stream-plan.ts'
import { type Caller, type CallerCredential, everyoneIsLocal, requireScope } from './caller.ts'
import { renewGrant } from './grants.ts'

/** Addresses that need no credential: health, the description of the API, and signing in, which brings its own. */
const PUBLIC: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/openapi.json', '/docs', '/v1/session'])

/** Addresses of the operator alone. */
const OPERATORS = /^\/(?:metrics|v1\/keys(?:\/[^/]+)?)$/
/** Starts a run although it is a GET, for an EventSource. */
const WRITING_GET = '/v1/chat/stream'

/**
 * Finds out who calls and whether this caller may come so far; `undefined` for what is for everybody.
 * @throws {Refusal} 401, 403 or 429.
 */
export async function admit(c: Context<AppEnv>, { auth, authenticate, page }: AppDeps): Promise<Caller | undefined> {
  const { raw, path, method } = c.req
  auth?.admit(raw)
  const reads = method === 'GET' || method === 'HEAD'
  if (PUBLIC.has(path) || (reads && (isPagePath(path) || page?.get(path.slice(1)) !== undefined))) return undefined
  const caller = await (authenticate ?? auth?.authenticate ?? everyoneIsLocal)(raw)
  if (OPERATORS.test(path)) requireScope(caller, 'operator')
  else requireScope(caller, reads && path !== WRITING_GET ? 'read' : 'write')
  return caller
}

/** Binds a stream to the credential of its reader: it ends when that does. */
export function bindStream(c: Context<AppEnv>, deps: AppDeps): void {
  const credential: CallerCredential | undefined = (c.get('caller') as Caller | undefined)?.credential
  const plan = planOf(c.res)
  if (deps.auth === undefined || credential === undefined || plan === undefined) return
  const renews = credential.kind === 'token' && /^\/v1\/runs\/[^/]+\/events$/.test(c.req.path)
  const { headers } = c.res
  // Taken away first: the framework would mix the headers of both.
  c.res = undefined
  c.res = streamResponse(boundPlan(plan, credential, deps, renews), Object.fromEntries(headers))
}

/** At which part of its life a token is renewed on its stream. */
const RENEW_AT = 0.8

function boundPlan(plan: StreamPlan, credential: CallerCredential, { auth, clock, observer }: AppDeps, renews: boolean): StreamPlan {
  if (auth === undefined) return plan
  const open = (sink: ByteSink) => {
    let over = false
    const undo: (() => void)[] = []
    const finish = (): void => {
      over = true
      for (const one of undo.splice(0)) one()
    }
    const reader = plan.open({
      write: (bytes) => sink.write(bytes),
      end(why) {
        finish()
        sink.end(why)
      },
    })
    const cut = (): void => {
      if (over) return
      finish()
      reader.leave()
      sink.end('reconnect')
    }
    const renewLater = (current: CallerCredential): void => {
      const { issuedAt, expiresAt } = current
      if (over || issuedAt === undefined || expiresAt === undefined) return
      const at = issuedAt + (expiresAt - issuedAt) * RENEW_AT
      undo.push(
        clock.setTimer(Math.max(0, at - clock.now()), () => {
          renew(current).catch((thrown: unknown) => {
            const error = toSluiceError(thrown)
            // One that has lived as long as it may simply ends.
            if (error.code !== 'forbidden')
              observer({ type: 'trouble', what: `Token ${current.id} could not be renewed on its stream`, error })
          })
        }),
      )
    }
    const renew = async (current: CallerCredential): Promise<void> => {
      const issuedAt = clock.now()
      const { token, expiresAt } = await renewGrant(auth, issuedAt, current)
      if (over) return
      const data = JSON.stringify({ token, expiresAt: new Date(expiresAt).toISOString() })
      sink.write(new TextEncoder().encode(`event: token\ndata: ${data}\n\n`))
      renewLater({ ...current, issuedAt, expiresAt })
    }
    if (!over) {
      undo.push(auth.live.hold(credential, cut))
      if (renews) renewLater(credential)
      if (credential.kind === 'session') undo.push(clock.setTimer(Math.max(0, (credential.expiresAt ?? 0) - clock.now()), cut))
    }
    return {
      get cursor() {
        return reader.cursor
      },
      drained: () => reader.drained(),
      leave() {
        finish()
        reader.leave()
      },
    }
  }
  return { ...plan, open }
}
