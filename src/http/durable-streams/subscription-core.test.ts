import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatOffset, START } from '../../core/offset.ts'
import { decide, type Input } from './subscription-core.ts'
import { begin, dueMs, evolve, type SubscriptionConfig, type SubscriptionState, see } from './subscription-state.ts'

const LEASE_MS = 1_000
const at = (seq: number): string => formatOffset(0, seq)

/** A subscription, driven by hand: what is decided is done. */
function subscription(type: SubscriptionConfig['type'] = 'pull-wake') {
  const state = begin({ config: { type, streams: [], leaseTtlMs: LEASE_MS }, createdAtMs: 0, origin: 'http://localhost' })
  let nowMs = 0
  let wakes = 0
  const told: string[] = []
  return {
    state,
    told,
    later: (ms: number) => {
      nowMs += ms
    },
    do(input: Input) {
      const { change, tell } = decide(state, input, { nowMs, wakeId: `w${++wakes}` })
      if (change) evolve(state, change)
      if (tell) told.push(tell.id)
    },
    grow(path: string, seq: number) {
      see(state, path, at(seq))
      this.do({ type: 'look' })
    },
    wake() {
      const { wake } = state
      if (!wake) throw new Error('There is no wake.')
      return { wakeId: wake.id, generation: wake.generation }
    },
  }
}

function refusal(run: () => void): unknown {
  try {
    run()
  } catch (error) {
    return error instanceof Error && 'subscriptionCode' in error ? error.subscriptionCode : error
  }
  return undefined
}

describe('a subscription', () => {
  it('wakes once for all that comes until its wake is worked off, then again for what came meanwhile', () => {
    const one = subscription()
    one.do({ type: 'link', path: 'a', at: START, how: 'glob' })
    expect(one.told).toEqual([])
    one.grow('a', 1)
    one.grow('a', 2)
    expect(one.told).toHaveLength(1)
    one.do({ type: 'claim', worker: 'x' })
    one.do({ type: 'ack', ...one.wake(), acks: [{ path: 'a', offset: at(1) }], done: true })
    expect(one.told).toHaveLength(2)
    expect(one.state).toMatchObject({ generation: 2, wake: { phase: 'telling', generation: 2 } })
  })

  it('lets another worker in when the lease ran out, and shuts the first one out', () => {
    const one = subscription()
    one.do({ type: 'link', path: 'a', at: START, how: 'explicit' })
    one.grow('a', 1)
    one.do({ type: 'claim', worker: 'first' })
    const first = one.wake()
    expect(refusal(() => one.do({ type: 'claim', worker: 'second' }))).toBe('ALREADY_CLAIMED')
    expect(dueMs(one.state)).toBe(LEASE_MS)
    one.later(LEASE_MS)
    one.do({ type: 'claim', worker: 'second' })
    expect(one.state.wake).toMatchObject({ holder: 'second', generation: 2 })
    const late: Input = { type: 'ack', ...first, acks: [{ path: 'a', offset: at(1) }], done: true }
    expect(refusal(() => one.do(late))).toBe('FENCED')
    expect(one.state.links.get('a')?.acked).toBe(START)
  })

  it('keeps a lease that is renewed', () => {
    const one = subscription()
    one.do({ type: 'link', path: 'a', at: START, how: 'explicit' })
    one.grow('a', 1)
    one.do({ type: 'claim', worker: 'x' })
    for (let beat = 0; beat < 5; beat++) {
      one.later(LEASE_MS - 1)
      one.do({ type: 'ack', ...one.wake(), acks: [], done: false })
    }
    expect(one.state.wake).toMatchObject({ holder: 'x', generation: 1 })
  })

  it('tries to tell the same wake again when its time has come, and not before', () => {
    const one = subscription('webhook')
    one.do({ type: 'link', path: 'a', at: START, how: 'glob' })
    one.grow('a', 1)
    const { wakeId } = one.wake()
    one.do({ type: 'untold', wakeId, retryAtMs: 5_000 })
    one.later(4_999)
    one.grow('a', 2)
    expect(one.told).toEqual([wakeId])
    one.later(1)
    one.do({ type: 'look' })
    expect(one.told).toEqual([wakeId, wakeId])
    one.do({ type: 'told', wakeId, done: [['a', at(1)]] })
    expect(one.told).toHaveLength(3)
    expect(one.state.links.get('a')?.acked).toBe(at(1))
  })

  it('does not take back what a callback said when the call itself fails afterwards', () => {
    const one = subscription('webhook')
    one.do({ type: 'link', path: 'a', at: START, how: 'glob' })
    one.grow('a', 1)
    const wake = one.wake()
    one.do({ type: 'ack', ...wake, acks: [{ path: 'a', offset: at(1) }], done: false })
    one.do({ type: 'untold', wakeId: wake.wakeId, retryAtMs: 1 })
    expect(one.state.wake).toMatchObject({ phase: 'told', failures: 0 })
  })

  it('refuses to acknowledge what is not there, and never goes back', () => {
    const one = subscription()
    one.do({ type: 'link', path: 'a', at: START, how: 'explicit' })
    one.grow('a', 2)
    one.do({ type: 'claim', worker: 'x' })
    expect(refusal(() => one.do({ type: 'ack', ...one.wake(), acks: [{ path: 'a', offset: at(3) }], done: false }))).toBe('INVALID_OFFSET')
    one.do({ type: 'ack', ...one.wake(), acks: [{ path: 'a', offset: at(2) }], done: false })
    one.do({
      type: 'ack',
      ...one.wake(),
      acks: [
        { path: 'a', offset: at(1) },
        { path: 'unknown', offset: at(9) },
      ],
      done: true,
    })
    expect(one.state.links.get('a')?.acked).toBe(at(2))
    expect(refusal(() => one.do({ type: 'claim', worker: 'x' }))).toBe('NO_PENDING_WORK')
  })

  it('keeps a link that the pattern means when its explicit one is removed', () => {
    const one = subscription()
    one.do({ type: 'link', path: 'a', at: START, how: 'explicit' })
    one.do({ type: 'link', path: 'a', at: at(5), how: 'glob' })
    one.do({ type: 'unlink', path: 'a', how: 'explicit' })
    expect(one.state.links.get('a')).toEqual({ explicit: false, glob: true, acked: START })
    one.do({ type: 'unlink', path: 'a', how: 'glob' })
    expect(one.state.links.size).toBe(0)
  })

  it('has a wake exactly when there is work, under any sequence of inputs, and its changes alone make the same state', () => {
    const path = fc.constantFrom('a', 'b')
    const step = fc.oneof(
      fc.record({ type: fc.constant('grow' as const), path, by: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ type: fc.constant('ack' as const), path, back: fc.integer({ min: 0, max: 3 }), done: fc.boolean() }),
      fc.record({ type: fc.constantFrom('claim' as const, 'release' as const, 'look' as const, 'told' as const, 'untold' as const) }),
      fc.record({ type: fc.constantFrom('link' as const, 'unlink' as const, 'reset' as const), path }),
      fc.record({ type: fc.constant('later' as const), ms: fc.integer({ min: 1, max: 2 * LEASE_MS }) }),
    )
    fc.assert(
      fc.property(fc.constantFrom('webhook' as const, 'pull-wake' as const), fc.array(step, { maxLength: 60 }), (type, steps) => {
        const made = { config: { type, streams: [], leaseTtlMs: LEASE_MS }, createdAtMs: 0, origin: '' }
        const state = begin(made)
        const replayed = begin(made)
        const seqs: Record<string, number> = { a: 0, b: 0 }
        let nowMs = 0
        let generation = 0
        const input = (one: Exclude<(typeof steps)[number], { type: 'grow' | 'later' }>): Input => {
          const wake = { wakeId: state.wake?.id ?? 'none', generation: state.wake?.generation ?? 0 }
          switch (one.type) {
            case 'ack':
              return {
                type: 'ack',
                ...wake,
                done: one.done,
                acks: [{ path: one.path, offset: at(Math.max(0, (seqs[one.path] ?? 0) - one.back)) }],
              }
            case 'link':
              return { type: 'link', path: one.path, at: state.tails.get(one.path) ?? START, how: 'glob' }
            case 'unlink':
              return { type: 'unlink', path: one.path, how: 'glob' }
            case 'reset':
              return { type: 'reset', path: one.path }
            case 'claim':
              return { type: 'claim', worker: 'x' }
            case 'release':
              return { type: 'release', ...wake }
            case 'told':
              return { type: 'told', wakeId: wake.wakeId }
            case 'untold':
              return { type: 'untold', wakeId: wake.wakeId, retryAtMs: nowMs + 100 }
            default:
              return { type: 'look' }
          }
        }
        for (const [index, one] of steps.entries()) {
          if (one.type === 'later') nowMs += one.ms
          else if (one.type === 'grow') {
            const seq = (seqs[one.path] ?? 0) + one.by
            seqs[one.path] = seq
            if (state.links.has(one.path)) see(state, one.path, at(seq))
          }
          const said: Input = one.type === 'later' || one.type === 'grow' ? { type: 'look' } : input(one)
          let refused = false
          try {
            const { change } = decide(state, said, { nowMs, wakeId: `w${index}` })
            if (change) {
              evolve(state, change)
              evolve(replayed, JSON.parse(JSON.stringify(change)))
            }
          } catch (error) {
            refused = true
            expect(error).toHaveProperty('subscriptionCode')
          }
          expect(state.generation).toBeGreaterThanOrEqual(generation)
          generation = state.generation
          if (!refused && hasWork(state)) expect(state.wake).toBeDefined()
          expect({ links: [...replayed.links], wake: replayed.wake, generation: replayed.generation }).toEqual({
            links: [...state.links],
            wake: state.wake,
            generation: state.generation,
          })
        }
      }),
    )
  })
})

function hasWork({ links, tails }: SubscriptionState): boolean {
  return [...links].some(([path, { acked }]) => (tails.get(path) ?? START) > acked)
}
