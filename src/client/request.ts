/**
 * One JSON request. Every request of this client may be repeated: reads by nature, a cancel because it is idempotent, a create because of its
 * key. So a lost answer is asked for again, a few times; what the server itself refused is for the caller to decide about.
 */
import { abortError, linkAbort } from '../core/abort.ts'
import { type BackoffPolicy, backoffDelayMs } from '../core/backoff.ts'
import { sleep } from '../core/clock.ts'
import { SluiceError } from '../core/errors.ts'
import type { FollowHost } from './follow.ts'
import { connectionLost, isObject, notSluice, readProblem } from './problem.ts'

export interface JsonRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Repeats after the first attempt, when no answer came or a gateway lost it. */
export const REQUEST_RETRIES = 3

/** How long one attempt may take, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000

const RETRY_DELAYS: BackoffPolicy = { baseMs: 250, maxMs: 2_000, factor: 2, jitter: 'full' }

/** Gateways say these when the server behind them may or may not have done its work. */
const LOST_ANSWERS: ReadonlySet<number> = new Set([502, 504])

/**
 * @returns the body of a 2xx answer, an object.
 * @throws {SluiceError} `connection` when no attempt got an answer; the server's own error otherwise.
 * @throws the signal's reason, once it aborts.
 */
export async function requestJson(host: FollowHost, request: JsonRequest): Promise<Readonly<Record<string, unknown>>> {
  for (let retry = 1; ; retry++) {
    const result = await attempt(host, request)
    if ('body' in result) return result.body
    if (request.signal?.aborted) throw abortError(request.signal)
    if (!result.lost || retry > REQUEST_RETRIES) throw result.error
    await sleep(host.clock, backoffDelayMs(RETRY_DELAYS, retry, host.random), request.signal ?? NEVER)
  }
}

const NEVER = new AbortController().signal

type Attempt =
  | { readonly body: Readonly<Record<string, unknown>> }
  /** `lost`: the answer never came, which says nothing about whether the work was done. */
  | { readonly error: SluiceError; readonly lost: boolean }

async function attempt(host: FollowHost, request: JsonRequest): Promise<Attempt> {
  const { method, url } = request
  const what = `${method} ${url}`
  using abort = linkAbort(request.signal)
  const cancelTimeout = host.clock.setTimer(REQUEST_TIMEOUT_MS, () =>
    abort.abort(new SluiceError('timeout', `${what} took longer than ${REQUEST_TIMEOUT_MS} ms`)),
  )
  try {
    const response = await host.fetch(url, {
      method,
      headers: {
        ...(await host.headers()),
        ...request.headers,
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      cache: 'no-store',
      signal: abort.signal,
    })
    if (!response.ok) {
      return { error: await readProblem(response, what, host.clock.now()), lost: LOST_ANSWERS.has(response.status) }
    }
    return parseBody(await response.text(), what)
  } catch (cause) {
    return { error: connectionLost(`No answer to ${what}`, cause), lost: true }
  } finally {
    cancelTimeout()
  }
}

function parseBody(text: string, what: string): Attempt {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    return { error: notSluice(`The answer to ${what} is not JSON`, cause), lost: false }
  }
  return isObject(body) ? { body } : { error: notSluice(`The answer to ${what} is not an object`), lost: false }
}
