/** What the cells of the reconnect machine do: each a pure function from the present state to a step. */
import { backoffDelayMs } from '../core/backoff.ts'
import type { SluiceError } from '../core/errors.ts'
import { START } from '../core/offset.ts'
import type { ReconnectPolicy } from './policy.ts'
import { connectionLost } from './problem.ts'
import type { Connection, EventOf, Reconnect, ReconnectAction, ReconnectContext, ReconnectEvent, Step } from './reconnect.ts'

export function ignore(now: Reconnect): Step {
  return { next: now, actions: [] }
}

export function nowOnline(now: Reconnect): Step {
  return { next: { ...now, online: true }, actions: [] }
}

export function nowOffline(now: Reconnect): Step {
  return { next: { ...now, online: false }, actions: [] }
}

export function connect(now: Reconnect, _event: ReconnectEvent, { policy }: ReconnectContext): Step {
  const next: Reconnect = { ...now, state: 'connecting', obliged: false }
  return enter(next, [...left(now), { type: 'connect', after: now.after }, armed(policy.connectTimeoutMs)])
}

/** A new event is the only proof that the connection works, so it alone takes the count back. */
export function advance(now: Reconnect, event: EventOf<'frame'>): Step {
  if (event.offset <= now.after) return ignore(now)
  const { error: _error, ...rest } = now
  return { next: { ...rest, after: event.offset, retries: 0 }, actions: [] }
}

export function end(now: Reconnect, event: EventOf<'terminal' | 'nothing-left'>): Step {
  const { error: _error, ...rest } = now
  const after = event.type === 'terminal' && event.offset > now.after ? event.offset : now.after
  return enter({ ...rest, state: 'ended', after, retries: 0 }, [...left(now), DISARM])
}

export function halt(now: Reconnect): Step {
  return enter({ ...now, state: 'stopped' }, [...left(now), DISARM])
}

export function fail(now: Reconnect, error: SluiceError): Step {
  return enter({ ...now, state: 'failed', error }, [...left(now), DISARM])
}

export function refused(now: Reconnect, event: EventOf<'http-error'>, context: ReconnectContext): Step {
  if (event.status === 410) return resync(now, event.error, context)
  return mayPass(event.status) ? broken(now, event.error, context, event.retryAfterMs) : fail(now, event.error)
}

/** The server lost our position. A reader that is at the beginning has nothing to go back to. */
function resync(now: Reconnect, error: SluiceError, context: ReconnectContext): Step {
  if (now.after === START) return fail(now, error)
  const next: Reconnect = { ...now, state: 'connecting', after: START, obliged: false, error }
  return enter(next, [...left(now), { type: 'reset' }, { type: 'connect', after: START }, armed(context.policy.connectTimeoutMs)])
}

/** Statuses that a later attempt may not meet: timeouts, limits, and everything that a server or proxy blames on itself. */
function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

export function cutShort(now: Reconnect, _event: ReconnectEvent, context: ReconnectContext): Step {
  return broken(now, connectionLost('The stream broke off before its terminal event'), context)
}

export function overdue(now: Reconnect, silentMs: number, limitMs: number, context: ReconnectContext): Step {
  if (silentMs < limitMs) return { next: now, actions: [armed(limitMs - silentMs)] }
  return broken(now, connectionLost(`Nothing came from the server for ${silentMs} ms`), context)
}

export function broken(now: Reconnect, error: SluiceError, context: ReconnectContext, retryAfterMs?: number): Step {
  const { policy, random } = context
  if (!now.online && retryAfterMs === undefined) return awaitNetwork({ ...now, error }, policy)
  const retries = now.retries + 1
  if (retries > policy.maxRetries) return fail(now, error)
  const delayMs = Math.min(retryAfterMs ?? 0, policy.maxRetryAfterMs) + backoffDelayMs(policy, retries, random)
  const next: Reconnect = { ...now, state: 'waiting', retries, obliged: retryAfterMs !== undefined, error }
  return enter(next, [...left(now), armed(delayMs)], delayMs)
}

export function awaitNetwork(now: Reconnect, policy: ReconnectPolicy): Step {
  return enter({ ...now, state: 'offline' }, [...left(now), armed(policy.offlineProbeMs)], policy.offlineProbeMs)
}

const DISARM: ReconnectAction = { type: 'disarm' }

export function armed(ms: number): ReconnectAction {
  return { type: 'arm-timer', ms }
}

/** What leaving a state takes: states with a connection let go of it, whatever became of it. */
function left(now: Reconnect): readonly ReconnectAction[] {
  return now.state === 'connecting' || now.state === 'streaming' ? [{ type: 'close' }] : []
}

/** The step into another state, which is always reported. */
export function enter(next: Reconnect, actions: readonly ReconnectAction[], retryInMs?: number): Step {
  const connection: Connection = {
    state: next.state,
    retries: next.retries,
    ...(retryInMs === undefined ? {} : { retryInMs }),
    ...(next.error === undefined ? {} : { error: next.error }),
  }
  return { next, actions: [...actions, { type: 'report', connection }] }
}
