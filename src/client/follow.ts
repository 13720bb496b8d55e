/** Following a run: the thin host of the reconnect machine, with its one connection, its one timer, and the caller's callbacks. */
import { abortError } from '../core/abort.ts'
import type { Clock } from '../core/clock.ts'
import { SluiceError } from '../core/errors.ts'
import type { Offset } from '../core/offset.ts'
import { connectEvents, type Fetch, type LocatedEvent } from './connection.ts'
import type { Environment } from './environment.ts'
import type { ReconnectPolicy } from './policy.ts'
import { type Connection, initialReconnect, isFinal, type ReconnectAction, type ReconnectEvent, step } from './reconnect.ts'

/** What following takes from the place where it runs. */
export interface FollowHost {
  readonly fetch: Fetch
  /** Asked before each connect, so that a token can be renewed without ending the reader. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  readonly policy: ReconnectPolicy
  readonly clock: Clock
  readonly environment: Environment
  /** Uniform in [0, 1), for the jitter. */
  readonly random: () => number
}

export interface FollowOptions {
  /** Offset of the last event that the caller has; the beginning by default. */
  readonly after?: Offset
  readonly signal?: AbortSignal
  /**
   * Gets each event once, in order, none at or below `after`. Reading waits for a promise that it returns. What it throws ends the reader
   * and rejects `followStream`.
   */
  readonly onEvent: (located: LocatedEvent) => void | Promise<void>
  /** The server lost the position (410): everything comes again from the beginning, so forget what came. */
  readonly onReset?: () => void
  /** Each change of the connection's state. */
  readonly onConnection?: (connection: Connection) => void
}

/**
 * Reads the raw view of a run's events at `url` until its terminal event, through any number of broken connections.
 * @returns the offset of the last event, once the run has ended and all of it was handed on.
 * @throws {SluiceError} when the server refuses for good or the policy's retries are used up.
 * @throws the signal's reason, once it aborts. The run itself goes on.
 */
export function followStream(host: FollowHost, url: string, options: FollowOptions): Promise<Offset> {
  const { clock, environment } = host
  const { signal } = options
  const outcome = Promise.withResolvers<Offset>()
  let now = initialReconnect(options.after, environment.online())
  let connection = new AbortController()
  let disarm = (): void => {}
  let held: Promise<void> | undefined
  let lastSignMs = 0
  let crash: { readonly thrown: unknown } | undefined

  const events: ReconnectEvent[] = []
  let deciding = false

  /** One event after the other, also when a callback of the caller causes the next. */
  const dispatch = (event: ReconnectEvent): void => {
    events.push(event)
    if (deciding) return
    deciding = true
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      const decision = step(now, next, host)
      now = decision.next
      for (const action of decision.actions) attempt(() => perform(action))
    }
    deciding = false
    if (isFinal(now.state)) settle()
  }

  const perform = (action: ReconnectAction): void => {
    switch (action.type) {
      case 'connect':
        lastSignMs = clock.monotonic()
        connection = new AbortController()
        void read(action.after, connection.signal)
        return
      case 'close':
        connection.abort()
        return
      case 'arm-timer':
        disarm()
        // The caller awaits the end of the run, and between two attempts this timer is all that a Node process has to stay alive for.
        disarm = clock.setTimer(action.ms, () => dispatch({ type: 'timer', silentMs: silentMs() }), true)
        return
      case 'disarm':
        disarm()
        return
      case 'reset':
        options.onReset?.()
        return
      case 'report':
        options.onConnection?.(action.connection)
        return
      default:
        action satisfies never
    }
  }

  /** A consumer that takes its time is no fault of the connection. */
  const silentMs = (): number => (held ? 0 : clock.monotonic() - lastSignMs)

  const attempt = (call: () => void): void => {
    try {
      call()
    } catch (thrown) {
      crashed(thrown)
    }
  }

  const crashed = (thrown: unknown): void => {
    crash ??= { thrown }
    dispatch({ type: 'stop' })
  }

  /** One connection, from its request to its end. It never rejects: what goes wrong is an event. */
  const read = async (after: Offset, current: AbortSignal): Promise<void> => {
    const tell = (event: ReconnectEvent): void => {
      if (!current.aborted) dispatch(event)
    }
    try {
      // The last connection may still be handing an event on, and events come one at a time. Whoever handed it on tells of its failure.
      await held?.catch(() => {})
      const headers = await host.headers()
      const answer = await connectEvents({ fetch: host.fetch, url, headers, after, signal: current, now: clock.now })
      if (answer.kind === 'nothing-left') return tell({ type: 'nothing-left' })
      if (answer.kind === 'refused') return tell(refusal(answer.status, answer.error))
      tell({ type: 'opened' })
      for await (const batch of answer.batches) {
        lastSignMs = clock.monotonic()
        if (!(await handOn(batch, current))) return
      }
      tell({ type: 'closed-without-end' })
    } catch (thrown) {
      if (current.aborted) return
      if (!(thrown instanceof SluiceError)) crashed(thrown)
      else tell({ type: thrown.retryable ? 'transport-error' : 'unusable', error: thrown })
    }
  }

  /** False when reading is over. The offset moves before the caller has the event, so that no other connection brings it again. */
  const handOn = async (batch: readonly LocatedEvent[], current: AbortSignal): Promise<boolean> => {
    for (const located of batch) {
      if (current.aborted) return false
      const { offset, event } = located
      if (offset <= now.after) continue
      dispatch({ type: 'frame', offset })
      try {
        const promise = options.onEvent(located)
        if (promise) await hold(promise)
      } catch (thrown) {
        crashed(thrown)
        return false
      }
      if (event.type === 'run-end') {
        dispatch({ type: 'terminal', offset })
        return false
      }
    }
    return true
  }

  const hold = async (promise: Promise<void>): Promise<void> => {
    held = promise
    try {
      await promise
    } finally {
      held = undefined
      lastSignMs = clock.monotonic()
    }
  }

  const stop = (): void => dispatch({ type: 'stop' })
  const unwatch = environment.watch((hint) => dispatch(hint === 'became-visible' ? { type: hint, silentMs: silentMs() } : { type: hint }))
  const settle = (): void => {
    unwatch()
    signal?.removeEventListener('abort', stop)
    if (crash) outcome.reject(crash.thrown)
    else if (now.state === 'ended') outcome.resolve(now.after)
    else if (now.state === 'failed') outcome.reject(now.error)
    else if (signal) outcome.reject(abortError(signal))
  }

  signal?.addEventListener('abort', stop, { once: true })
  dispatch({ type: signal?.aborted ? 'stop' : 'start' })
  return outcome.promise
}

function refusal(status: number, error: SluiceError): ReconnectEvent {
  const { retryAfterMs } = error
  return { type: 'http-error', status, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
