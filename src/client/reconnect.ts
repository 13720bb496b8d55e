/**
 * Reconnecting as a pure state machine: `step(now, event) -> next state and actions`. It decides; `follow.ts` has the sockets and timers and does.
 *
 *     idle -> connecting -> streaming -> ended        the terminal event was read, or the server says there is nothing left (204)
 *                 ^   |         |
 *                 |   v         v
 *              waiting | offline              -> failed    refused for good, or out of retries
 *                                             -> stopped   by the caller, from any state that is not final
 *
 * Promises, each with a test: one connection at most; no connection after a final state; the offset goes back only by the `reset` that a lost
 * position (410) causes, and at most from a real position to the beginning; a state that is neither idle nor final always has a timer armed.
 *
 * The host promises: events of a connection reach the machine only while that connection is the present one, and `offset` of a `frame` is
 * above `after` (what is not was read before, and is dropped).
 */
import type { SluiceError } from '../core/errors.ts'
import { type Offset, START } from '../core/offset.ts'
import type { ReconnectPolicy } from './policy.ts'
import {
  advance,
  armed,
  awaitNetwork,
  broken,
  connect,
  cutShort,
  end,
  enter,
  fail,
  halt,
  ignore,
  nowOffline,
  nowOnline,
  overdue,
  refused,
} from './transitions.ts'

export type ReconnectState = 'idle' | 'connecting' | 'streaming' | 'waiting' | 'offline' | 'ended' | 'failed' | 'stopped'

/** All that the machine knows. */
export interface Reconnect {
  readonly state: ReconnectState
  /** Offset of the last event that was read; where the next connection goes on. */
  readonly after: Offset
  /** Attempts in a row that brought no new event. */
  readonly retries: number
  /** What the host says about its network. */
  readonly online: boolean
  /** The present wait was asked for by the server, so nothing but its timer ends it. */
  readonly obliged: boolean
  /** Why the last connection broke or the reader failed; absent again after a new event. */
  readonly error?: SluiceError
}

export type ReconnectEvent =
  | { readonly type: 'start' }
  /** The server answered with a stream. */
  | { readonly type: 'opened' }
  | { readonly type: 'frame'; readonly offset: Offset }
  /** The terminal event was read and handed on. */
  | { readonly type: 'terminal'; readonly offset: Offset }
  /** The bytes ended without a terminal event. */
  | { readonly type: 'closed-without-end' }
  /** No answer, or the bytes broke off. */
  | { readonly type: 'transport-error'; readonly error: SluiceError }
  | { readonly type: 'http-error'; readonly status: number; readonly error: SluiceError; readonly retryAfterMs?: number }
  /** The other side does not speak this protocol: trying again would not help. */
  | { readonly type: 'unusable'; readonly error: SluiceError }
  /** 204: the stream is over and this reader has all of it. */
  | { readonly type: 'nothing-left' }
  /** The armed timer fired. `silentMs`: since the last sign of life of the connection, or since it was asked for. */
  | { readonly type: 'timer'; readonly silentMs: number }
  | { readonly type: 'went-online' }
  | { readonly type: 'went-offline' }
  /** The page is looked at again; `silentMs` as above. */
  | { readonly type: 'became-visible'; readonly silentMs: number }
  | { readonly type: 'stop' }

/** What people and programs are told about a connection. */
export interface Connection {
  readonly state: ReconnectState
  readonly retries: number
  /** Wait until the next attempt, in milliseconds; only in `waiting` and `offline`. */
  readonly retryInMs?: number
  readonly error?: SluiceError
}

export type ReconnectAction =
  | { readonly type: 'connect'; readonly after: Offset }
  /** Lets go of the present connection. */
  | { readonly type: 'close' }
  /** One timer: arming it replaces the one before. */
  | { readonly type: 'arm-timer'; readonly ms: number }
  | { readonly type: 'disarm' }
  /** What was read no longer counts: the stream comes again from its beginning. */
  | { readonly type: 'reset' }
  | { readonly type: 'report'; readonly connection: Connection }

/** What decisions depend on beyond state and event. */
export interface ReconnectContext {
  readonly policy: ReconnectPolicy
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export interface Step {
  readonly next: Reconnect
  readonly actions: readonly ReconnectAction[]
}

/** @param after offset of the last event that the caller has already; the beginning by default. */
export function initialReconnect(after: Offset = START, online = true): Reconnect {
  return { state: 'idle', after, retries: 0, online, obliged: false }
}

/** Whether nothing can follow any more. */
export function isFinal(state: ReconnectState): boolean {
  return state === 'ended' || state === 'failed' || state === 'stopped'
}

/** One decision. Never changes its arguments. */
export function step(now: Reconnect, event: ReconnectEvent, context: ReconnectContext): Step {
  return decide(now, event, context)
}

type EventType = ReconnectEvent['type']

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<ReconnectEvent, { type: T }>
type Cell<T extends EventType> = (now: Reconnect, event: EventOf<T>, context: ReconnectContext) => Step
type Row = { readonly [T in EventType]: Cell<T> }

/** A final state hears nothing. */
const DEAF: Row = {
  start: ignore,
  opened: ignore,
  frame: ignore,
  terminal: ignore,
  'closed-without-end': ignore,
  'transport-error': ignore,
  'http-error': ignore,
  unusable: ignore,
  'nothing-left': ignore,
  timer: ignore,
  'went-online': ignore,
  'went-offline': ignore,
  'became-visible': ignore,
  stop: ignore,
}

/** The whole machine. The types demand every cell. */
const TABLE: Record<ReconnectState, Row> = {
  idle: {
    start: connect,
    opened: ignore,
    frame: ignore,
    terminal: end,
    'closed-without-end': ignore,
    'transport-error': ignore,
    'http-error': ignore,
    unusable: ignore,
    'nothing-left': ignore,
    timer: ignore,
    'went-online': nowOnline,
    'went-offline': nowOffline,
    'became-visible': ignore,
    stop: halt,
  },
  connecting: {
    start: ignore,
    opened: (now, _event, { policy }) => enter({ ...now, state: 'streaming' }, [armed(policy.silenceMs)]),
    frame: advance,
    terminal: end,
    'closed-without-end': cutShort,
    'transport-error': (now, event, context) => broken(now, event.error, context),
    'http-error': refused,
    unusable: (now, event) => fail(now, event.error),
    'nothing-left': end,
    timer: (now, event, context) => overdue(now, event.silentMs, context.policy.connectTimeoutMs, context),
    'went-online': nowOnline,
    'went-offline': nowOffline,
    'became-visible': ignore,
    stop: halt,
  },
  streaming: {
    start: ignore,
    opened: ignore,
    frame: advance,
    terminal: end,
    'closed-without-end': cutShort,
    'transport-error': (now, event, context) => broken(now, event.error, context),
    'http-error': refused,
    unusable: (now, event) => fail(now, event.error),
    'nothing-left': end,
    timer: (now, event, context) => overdue(now, event.silentMs, context.policy.silenceMs, context),
    // This connection was made on a network that is gone; it may hang for minutes before it says so.
    'went-online': (now, event, context) => (now.online ? ignore(now) : connect({ ...now, online: true }, event, context)),
    'went-offline': nowOffline,
    'became-visible': (now, event, context) => (event.silentMs < context.policy.wakeSilenceMs ? ignore(now) : connect(now, event, context)),
    stop: halt,
  },
  waiting: {
    start: ignore,
    opened: ignore,
    frame: ignore,
    terminal: end,
    'closed-without-end': ignore,
    'transport-error': ignore,
    'http-error': ignore,
    unusable: ignore,
    'nothing-left': ignore,
    timer: connect,
    'went-online': (now, event, context) => (now.obliged ? nowOnline(now) : connect({ ...now, online: true }, event, context)),
    'went-offline': (now, _event, { policy }) => (now.obliged ? nowOffline(now) : awaitNetwork({ ...now, online: false }, policy)),
    'became-visible': (now, event, context) => (now.obliged ? ignore(now) : connect(now, event, context)),
    stop: halt,
  },
  offline: {
    start: ignore,
    opened: ignore,
    frame: ignore,
    terminal: end,
    'closed-without-end': ignore,
    'transport-error': ignore,
    'http-error': ignore,
    unusable: ignore,
    'nothing-left': ignore,
    timer: connect,
    'went-online': (now, event, context) => connect({ ...now, online: true }, event, context),
    'went-offline': ignore,
    'became-visible': connect,
    stop: halt,
  },
  ended: DEAF,
  failed: DEAF,
  stopped: DEAF,
}

/** Looks the cell up. Generic in the event's type, which keeps event and cell paired. */
function decide<T extends EventType>(now: Reconnect, event: EventOf<T> & { readonly type: T }, context: ReconnectContext): Step {
  const row: Row = TABLE[now.state]
  return row[event.type](now, event, context)
}
