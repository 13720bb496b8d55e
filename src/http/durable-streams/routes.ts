/** The Durable Streams protocol at `/v1/stream/*` (PROTOCOL 6). */
import type { Context } from 'hono'
import { SluiceError } from '../../core/errors.ts'
import type { Principal } from '../../ports/records.ts'
import type { Store } from '../../ports/store.ts'
import { callerOf, type GrantScope, principalFor, principalOf, streamIdOfRun } from '../auth/caller.ts'
import { readBytes } from '../body.ts'
import type { AppDeps, AppEnv, Router } from '../context.ts'
import { Refusal } from '../problem.ts'
import { bad, REQUEST_HEADERS } from './headers.ts'
import { longPoll, serverSentEvents } from './live.ts'
import { PREFIX, pathOf, RUNS, type Start, startOf, storeIdOf } from './place.ts'
import { catchUp, describeStream } from './read.ts'
import { answerControl, isControlAddress } from './subscription-routes.ts'
import type { Subscriptions } from './subscriptions.ts'
import { appendToStream, createStream, deleteStream, stateHeaders } from './write.ts'

const METHODS = 'GET, HEAD, PUT, POST, DELETE, OPTIONS'

export function durableStreamRoutes(
  router: Router,
  deps: AppDeps,
  limits: { readonly maxBodyBytes: number; readonly longPollTimeoutMs: number },
  subscriptions: Subscriptions,
): void {
  const { store } = deps
  router.all(`${PREFIX}*`, async (c) => {
    const request = c.req.raw
    const { headers, method } = request
    const url = new URL(request.url)
    if (isControlAddress(url.pathname) && method !== 'OPTIONS') return answerControl(c, subscriptions)
    const path = pathOf(url.pathname)
    switch (method) {
      case 'PUT': {
        const owner = principalOf(c)
        const id = writableId(owner, path)
        const body = await readBytes(request, limits.maxBodyBytes)
        const location = `${url.origin}${url.pathname}`
        await subscriptions.beforeWrite(owner, path, () => isFree(store, id))
        return createStream({ store, id, headers, body, location, idOf: (address) => storeIdOf(owner, pathOf(address)) })
      }
      case 'POST': {
        const id = grantedId(c, path, 'append')
        const body = await readBytes(request, limits.maxBodyBytes)
        await subscriptions.beforeWrite(callerOf(c).principal, path, async () => false)
        return appendToStream({ store, id, headers, body })
      }
      case 'DELETE':
        return deleteStream(store, writableId(principalOf(c), path))
      case 'HEAD':
        return describeStream(await existing(store, await readableId(c, deps, path)))
      case 'GET':
        return read(deps, request, url, await readableId(c, deps, path), limits.longPollTimeoutMs)
      case 'OPTIONS':
        return new Response(null, { status: 204, headers: { allow: METHODS, 'access-control-allow-headers': REQUEST_HEADERS.join(', ') } })
      default:
        throw new Refusal(405, 'invalid-request', `This address takes ${METHODS}.`, { headers: { allow: METHODS } })
    }
  })
}

/** @throws {Refusal} 403 for the stream of a run. */
function writableId(owner: Principal, path: string): string {
  if (path.startsWith(RUNS)) throw new Refusal(403, 'forbidden', 'Streams of runs are written by their runs, and can only be read here.')
  return storeIdOf(owner, path)
}

function grantedId(c: Context<AppEnv>, path: string, scope: GrantScope): string {
  const id = writableId(callerOf(c).principal, path)
  principalFor(c, id, scope)
  return id
}

/** @throws {SluiceError} `not-found` for a run that is not the caller's. */
async function readableId(c: Context<AppEnv>, { runs }: AppDeps, path: string): Promise<string> {
  if (!path.startsWith(RUNS)) return grantedId(c, path, 'read')
  const runId = path.slice(RUNS.length)
  return (await runs.get(principalFor(c, streamIdOfRun(runId), 'read'), runId)).streamId
}

async function read({ store, hub, clock }: AppDeps, request: Request, url: URL, id: string, timeoutMs: number): Promise<Response> {
  const offsets = url.searchParams.getAll('offset')
  if (offsets.length > 1) throw bad('Send one offset.')
  const live = url.searchParams.get('live')
  if (live !== null && live !== 'long-poll' && live !== 'sse') throw bad('live is long-poll or sse.')
  const sent = offsets[0] ?? (live === 'sse' ? (request.headers.get('last-event-id') ?? undefined) : undefined)
  if (live !== null && sent === undefined) throw bad(`live=${live} needs an offset: -1 for the beginning, now for the tail.`)
  const start: Start = startOf((live === 'sse' ? request.headers.get('last-event-id') : null) ?? sent ?? '-1')
  const stream = await existing(store, id)
  const echoed = url.searchParams.get('cursor') ?? undefined
  if (live === 'long-poll') return longPoll({ store, clock, id, stream, start, echoed, timeoutMs, signal: request.signal })
  if (live === 'sse') {
    // A position that the stream does not have must be told before the stream begins.
    const { records, closed } = await store.read(id, start === 'now' ? stream.head : start.after, { maxRecords: 1 })
    // An EventSource comes back also after the end, and only this makes it stop.
    if (closed && records.length === 0 && request.headers.has('last-event-id')) {
      return new Response(null, { status: 204, headers: stateHeaders(stream.head, true) })
    }
    return serverSentEvents({ hub, clock, id, stream, start, echoed })
  }
  return catchUp({ store, id, stream, start, ifNoneMatch: request.headers.get('if-none-match') })
}

/** Whether a stream can be made under this id. */
async function isFree(store: Store, id: string): Promise<boolean> {
  try {
    return (await store.head(id)) === undefined
  } catch (error) {
    // Its name is kept for its forks, and creating it says so.
    if (error instanceof SluiceError && error.code === 'gone') return false
    throw error
  }
}

async function existing(store: Store, id: string) {
  const stream = await store.head(id)
  if (stream === undefined) throw new Refusal(404, 'not-found', 'There is no stream at this address. Create it with PUT.')
  return stream
}
