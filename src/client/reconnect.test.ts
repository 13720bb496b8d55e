import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { formatOffset, START } from '../core/offset.ts'
import { defaultPolicy, fiveAttempts, type ReconnectPolicy } from './policy.ts'
import {
  initialReconnect,
  isFinal,
  type Reconnect,
  type ReconnectAction,
  type ReconnectContext,
  type ReconnectEvent,
  type ReconnectState,
  step,
} from './reconnect.ts'

const at = (seq: number): string => formatOffset(1, seq)
const lost = new SluiceError('connection', 'reset')
const refusal = new SluiceError('not-found', 'no such run')
const context: ReconnectContext = { policy: { ...defaultPolicy, jitter: 'none' }, random: () => 0.5 }

const base: Reconnect = { ...initialReconnect(at(5)), online: true }
const IN: Record<ReconnectState, Reconnect> = {
  idle: base,
  connecting: { ...base, state: 'connecting' },
  streaming: { ...base, state: 'streaming' },
  waiting: { ...base, state: 'waiting', retries: 1, error: lost },
  offline: { ...base, state: 'offline', online: false, error: lost },
  ended: { ...base, state: 'ended' },
  failed: { ...base, state: 'failed', error: refusal },
  stopped: { ...base, state: 'stopped' },
}

const httpError = (status: number, retryAfterMs?: number): ReconnectEvent => ({
  type: 'http-error',
  status,
  error: refusal,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})

/** Every event, and each variant that a cell treats apart. */
const EVENTS = {
  start: { type: 'start' },
  opened: { type: 'opened' },
  frame: { type: 'frame', offset: at(6) },
  terminal: { type: 'terminal', offset: at(6) },
  'closed-without-end': { type: 'closed-without-end' },
  'transport-error': { type: 'transport-error', error: lost },
  'http 404': httpError(404),
  'http 410': httpError(410),
  'http 503': httpError(503),
  'http 503 after 60 s': httpError(503, 60_000),
  unusable: { type: 'unusable', error: refusal },
  'nothing-left': { type: 'nothing-left' },
  'timer, 1 s silent': { type: 'timer', silentMs: 1_000 },
  'timer, 60 s silent': { type: 'timer', silentMs: 60_000 },
  'went-online': { type: 'went-online' },
  'went-offline': { type: 'went-offline' },
  'visible, 1 s silent': { type: 'became-visible', silentMs: 1_000 },
  'visible, 30 s silent': { type: 'became-visible', silentMs: 30_000 },
  stop: { type: 'stop' },
} as const satisfies Record<string, ReconnectEvent>

/** A step in words: state and actions. `connect@5` goes on after event 5. */
function words(now: Reconnect, event: ReconnectEvent): string {
  const { next, actions } = step(now, event, context)
  return [next.state, ...actions.map(word)].join(' ')
}

function word(action: ReconnectAction): string {
  switch (action.type) {
    case 'connect':
      return `connect@${Number(action.after.slice(17))}`
    case 'arm-timer':
      return `arm-timer:${action.ms}`
    case 'report':
      return `report:${action.connection.state}`
    default:
      return action.type
  }
}

const CONNECT = 'connecting connect@5 arm-timer:15000 report:connecting'
const RECONNECT = 'connecting close connect@5 arm-timer:15000 report:connecting'
const RETRY = 'waiting close arm-timer:250 report:waiting'
const FAIL = 'failed close disarm report:failed'
const END = 'ended close disarm report:ended'

const silentIn = (state: ReconnectState): Record<keyof typeof EVENTS, string> => {
  const row: Partial<Record<keyof typeof EVENTS, string>> = {}
  for (const name of Object.keys(EVENTS)) Object.assign(row, { [name]: state })
  return row as Record<keyof typeof EVENTS, string> // every key was just set
}

/** The specification, cell by cell. */
const EXPECTED: Record<ReconnectState, Record<keyof typeof EVENTS, string>> = {
  idle: {
    ...silentIn('idle'),
    start: CONNECT,
    terminal: 'ended disarm report:ended',
    stop: 'stopped disarm report:stopped',
  },
  connecting: {
    start: 'connecting',
    opened: 'streaming arm-timer:45000 report:streaming',
    frame: 'connecting',
    terminal: END,
    'closed-without-end': RETRY,
    'transport-error': RETRY,
    'http 404': FAIL,
    'http 410': 'connecting close reset connect@0 arm-timer:15000 report:connecting',
    'http 503': RETRY,
    'http 503 after 60 s': 'waiting close arm-timer:60250 report:waiting',
    unusable: FAIL,
    'nothing-left': END,
    'timer, 1 s silent': 'connecting arm-timer:14000',
    'timer, 60 s silent': RETRY,
    'went-online': 'connecting',
    'went-offline': 'connecting',
    'visible, 1 s silent': 'connecting',
    'visible, 30 s silent': 'connecting',
    stop: 'stopped close disarm report:stopped',
  },
  streaming: {
    start: 'streaming',
    opened: 'streaming',
    frame: 'streaming',
    terminal: END,
    'closed-without-end': RETRY,
    'transport-error': RETRY,
    'http 404': FAIL,
    'http 410': 'connecting close reset connect@0 arm-timer:15000 report:connecting',
    'http 503': RETRY,
    'http 503 after 60 s': 'waiting close arm-timer:60250 report:waiting',
    unusable: FAIL,
    'nothing-left': END,
    'timer, 1 s silent': 'streaming arm-timer:44000',
    'timer, 60 s silent': RETRY,
    'went-online': 'streaming',
    'went-offline': 'streaming',
    'visible, 1 s silent': 'streaming',
    'visible, 30 s silent': RECONNECT,
    stop: 'stopped close disarm report:stopped',
  },
  waiting: {
    ...silentIn('waiting'),
    terminal: 'ended disarm report:ended',
    'timer, 1 s silent': CONNECT,
    'timer, 60 s silent': CONNECT,
    'went-online': CONNECT,
    'went-offline': 'offline arm-timer:30000 report:offline',
    'visible, 1 s silent': CONNECT,
    'visible, 30 s silent': CONNECT,
    stop: 'stopped disarm report:stopped',
  },
  offline: {
    ...silentIn('offline'),
    terminal: 'ended disarm report:ended',
    'timer, 1 s silent': CONNECT,
    'timer, 60 s silent': CONNECT,
    'went-online': CONNECT,
    'visible, 1 s silent': CONNECT,
    'visible, 30 s silent': CONNECT,
    stop: 'stopped disarm report:stopped',
  },
  ended: silentIn('ended'),
  failed: silentIn('failed'),
  stopped: silentIn('stopped'),
}

describe('the transition table', () => {
  for (const [state, row] of Object.entries(EXPECTED) as [ReconnectState, (typeof EXPECTED)[ReconnectState]][]) {
    it.each(Object.entries(row))(`${state}: %s -> %s`, (name, expected) => {
      expect(words(IN[state], EVENTS[name as keyof typeof EVENTS])).toBe(expected)
    })
  }
})

describe('what a step remembers', () => {
  const run = (now: Reconnect, ...events: ReconnectEvent[]): Reconnect =>
    events.reduce((state, event) => step(state, event, context).next, now)

  it('a new event moves the offset, and takes the count of retries and the error back', () => {
    const now = run({ ...IN.streaming, retries: 4, error: lost }, EVENTS.frame)
    expect(now).toEqual({ ...IN.streaming, after: at(6), retries: 0 })
  })

  it('an event that was read before changes nothing', () => {
    const now = { ...IN.streaming, retries: 4, error: lost }
    expect(run(now, { type: 'frame', offset: at(5) })).toEqual(now)
  })

  it('an opened connection alone does not take the count of retries back', () => {
    expect(run({ ...IN.connecting, retries: 4 }, EVENTS.opened).retries).toBe(4)
  })

  it('the terminal event moves the offset to the end', () => {
    expect(run(IN.streaming, EVENTS.terminal)).toEqual({ ...IN.ended, after: at(6) })
  })

  it('a lost position starts again from the beginning, and at the beginning it is final', () => {
    const reset = run(IN.connecting, EVENTS['http 410'])
    expect(reset.after).toBe(START)
    expect(run(reset, EVENTS['http 410'])).toEqual({ ...reset, state: 'failed', error: refusal })
  })

  it.each([400, 401, 403, 404, 405, 409, 413, 421])('%i is final', (status) => {
    expect(run(IN.connecting, httpError(status)).state).toBe('failed')
  })

  it.each([408, 425, 429, 500, 502, 503, 504])('%i is tried again', (status) => {
    expect(run(IN.connecting, httpError(status)).state).toBe('waiting')
  })

  it('a wait that the server asked for is cut short by nothing but stop', () => {
    const now = run(IN.connecting, EVENTS['http 503 after 60 s'])
    for (const hint of [EVENTS['went-offline'], EVENTS['went-online'], EVENTS['visible, 30 s silent']]) {
      expect(step(now, hint, context)).toMatchObject({ next: { state: 'waiting' }, actions: [] })
    }
    expect(run(now, EVENTS['timer, 60 s silent'], EVENTS['transport-error']).obliged).toBe(false)
  })

  it('a wait that the server asks for is bounded', () => {
    const { actions } = step(IN.connecting, httpError(429, 86_400_000), context)
    expect(actions).toContainEqual({ type: 'arm-timer', ms: 300_250 })
  })

  it('a connection that breaks while the host is offline waits for the network and does not count', () => {
    const now = run(IN.streaming, EVENTS['went-offline'], EVENTS['transport-error'])
    expect(now).toEqual({ ...IN.streaming, state: 'offline', online: false, error: lost })
  })

  it('a connection from before the network went away is replaced when it is back', () => {
    const now = run(IN.streaming, EVENTS['went-offline'])
    expect(words(now, EVENTS['went-online'])).toBe(RECONNECT)
  })
})

describe('policies', () => {
  const delays = (policy: ReconnectPolicy, tries: number): (number | 'failed')[] => {
    let now: Reconnect = IN.connecting
    return Array.from({ length: tries }, () => {
      const { next, actions } = step({ ...now, state: 'connecting' }, EVENTS['transport-error'], { policy, random: () => 0.999999 })
      now = next
      const armed = actions.find((action) => action.type === 'arm-timer')
      return armed?.ms ?? 'failed'
    })
  }

  it('five attempts wait 5, 10, 20, 40 and 80 s, and then the reader fails', () => {
    expect(delays(fiveAttempts, 6)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 'failed'])
  })

  it('the default starts within 250 ms, doubles up to 10 s, and goes on', () => {
    expect(delays(defaultPolicy, 9)).toEqual([249, 499, 999, 1_999, 3_999, 7_999, 9_999, 9_999, 9_999])
    expect(delays(defaultPolicy, 2_000).at(-1)).toBe(9_999)
  })
})

describe('the machine, under any sequence of events', () => {
  const offset = fc.nat({ max: 30 }).map(at)
  const silentMs = fc.constantFrom(0, 1_000, 30_000, 60_000)
  const event: fc.Arbitrary<ReconnectEvent> = fc.oneof(
    ...Object.values(EVENTS).map((value) => fc.constant<ReconnectEvent>(value)),
    { weight: 6, arbitrary: offset.map((value): ReconnectEvent => ({ type: 'frame', offset: value })) },
    { weight: 4, arbitrary: fc.constant<ReconnectEvent>({ type: 'opened' }) },
    { weight: 4, arbitrary: silentMs.map((ms): ReconnectEvent => ({ type: 'timer', silentMs: ms })) },
    fc.constantFrom(400, 403, 404, 410, 429, 500, 503).map((status) => httpError(status)),
  )
  const policy = fc.constantFrom(defaultPolicy, fiveAttempts)
  // Stops and terminal events are rare in life; here too, or every sequence would be short.
  const events = fc
    .array(event, { maxLength: 60 })
    .map((list) => [EVENTS.start, ...list.filter((item, index) => index % 7 === 6 || !['stop', 'terminal'].includes(item.type))])

  /** The world around the machine: what its actions add up to. */
  interface World {
    connected: boolean
    armed: boolean
    after: string
  }

  function play(
    start: Reconnect,
    list: readonly ReconnectEvent[],
    chosen: ReconnectPolicy,
    check: (now: Reconnect, world: World) => void,
  ): Reconnect {
    const world: World = { connected: false, armed: false, after: start.after }
    let now = start
    for (const item of list) {
      const before = now
      if (item.type === 'timer') world.armed = false
      const { next, actions } = step(now, item, { policy: chosen, random: () => 0.5 })
      for (const action of actions) {
        if (action.type === 'connect') {
          expect(world.connected, 'a second connection at once').toBe(false)
          expect(isFinal(before.state), 'a connection after the end').toBe(false)
          expect(action.after).toBe(next.after)
          world.connected = true
        }
        if (action.type === 'close') {
          expect(world.connected, 'a close without a connection').toBe(true)
          world.connected = false
        }
        if (action.type === 'arm-timer') world.armed = true
        if (action.type === 'disarm') world.armed = false
        if (action.type === 'reset') world.after = START
      }
      expect(next.after >= world.after, 'the offset went back').toBe(true)
      world.after = next.after
      now = next
      check(now, world)
    }
    return now
  }

  it('has a connection exactly while connecting or streaming, and a timer exactly while there is something to wait for', () => {
    fc.assert(
      fc.property(events, policy, (list, chosen) => {
        play(initialReconnect(at(3)), list, chosen, (now, world) => {
          expect(world.connected).toBe(now.state === 'connecting' || now.state === 'streaming')
          expect(world.armed).toBe(!isFinal(now.state))
        })
      }),
      { numRuns: 500 },
    )
  })

  it('never leaves a final state, and changes nothing there', () => {
    fc.assert(
      fc.property(events, policy, (list, chosen) => {
        let final: Reconnect | undefined
        play(initialReconnect(at(3)), list, chosen, (now) => {
          if (final) expect(now).toBe(final)
          if (isFinal(now.state)) final ??= now
        })
      }),
      { numRuns: 500 },
    )
  })

  it('ends at a terminal event from every state that is not final', () => {
    fc.assert(
      fc.property(events, policy, (list, chosen) => {
        const now = play(initialReconnect(at(3)), list, chosen, () => {})
        const { next } = step(now, { type: 'terminal', offset: at(31) }, { policy: chosen, random: () => 0.5 })
        expect(next.state).toBe(isFinal(now.state) ? now.state : 'ended')
      }),
    )
  })

  it('never gives up by itself under the default policy', () => {
    const transient = events.map((list) =>
      list.filter(
        (item) =>
          !['stop', 'terminal', 'unusable', 'nothing-left'].includes(item.type) && !(item.type === 'http-error' && item.status < 410),
      ),
    )
    fc.assert(
      fc.property(transient, (list) => {
        // A lost position can be final only at the very beginning, where there is nothing to go back to.
        const harmless = list.filter((item) => item.type !== 'http-error' || item.status !== 410)
        expect(isFinal(play(initialReconnect(at(3)), harmless, defaultPolicy, () => {}).state)).toBe(false)
      }),
    )
  })

  it('asks again from a lost position at most once before something new was read', () => {
    fc.assert(
      fc.property(events, policy, (list, chosen) => {
        let resets = 0
        let now = initialReconnect(at(3))
        for (const item of list) {
          const decision = step(now, item, { policy: chosen, random: () => 0.5 })
          if (decision.actions.some((action) => action.type === 'reset')) resets += 1
          else if (decision.next.after > now.after) resets = 0
          expect(resets).toBeLessThanOrEqual(1)
          now = decision.next
        }
      }),
    )
  })
})
