import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AbortReason, abortKind, linkAbort } from './abort.ts'
import { backoffDelayMs } from './backoff.ts'
import { sleep, systemClock } from './clock.ts'
import { createFakeClock } from './testing/fake-clock.ts'

describe('sleep', () => {
  it('ends when its time has come, and leaves no listener behind', async () => {
    const clock = createFakeClock()
    const controller = new AbortController()
    let done = false
    const waiting = sleep(clock, 1_000, controller.signal).then(() => {
      done = true
    })
    clock.advance(999)
    await Promise.resolve()
    expect(done).toBe(false)
    clock.advance(1)
    await waiting
    controller.abort(new AbortReason('cancel', 'late'))
    expect(clock.pending).toBe(0)
  })

  it('rejects with the reason of the signal, at once, and disarms its timer', async () => {
    const clock = createFakeClock()
    const controller = new AbortController()
    const waiting = sleep(clock, 1_000, controller.signal)
    controller.abort(new AbortReason('handover', 'going down'))
    await expect(waiting).rejects.toThrow('going down')
    expect(clock.pending).toBe(0)
    await expect(sleep(clock, 1, controller.signal)).rejects.toThrow('going down')
  })

  it('does not fire at once when the delay is longer than a host timer can be', async () => {
    let fired = false
    const cancel = systemClock.setTimer(2 ** 40, () => {
      fired = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    cancel()
    expect(fired).toBe(false)
  })
})

describe('linked abort', () => {
  it('hands the reason of any parent down', () => {
    const parent = new AbortController()
    using linked = linkAbort(undefined, parent.signal)
    parent.abort(new AbortReason('deadline', 'too long'))
    expect(abortKind(linked.signal)).toBe('deadline')
  })

  it('is aborted from the start when a parent is', () => {
    using linked = linkAbort(AbortSignal.abort(new AbortReason('cancel', 'stop')))
    expect(abortKind(linked.signal)).toBe('cancel')
  })

  it('stops following once disposed', () => {
    const parent = new AbortController()
    const linked = linkAbort(parent.signal)
    linked[Symbol.dispose]()
    parent.abort()
    expect(linked.signal.aborted).toBe(false)
  })
})

describe('backoff', () => {
  it('doubles up to its maximum without jitter', () => {
    const policy = { baseMs: 5_000, maxMs: 60_000, factor: 2, jitter: 'none' } as const
    expect([1, 2, 3, 4, 5].map((retry) => backoffDelayMs(policy, retry))).toEqual([5_000, 10_000, 20_000, 40_000, 60_000])
  })

  it('stays within the bound with full jitter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (retry, random) => {
        const delay = backoffDelayMs({ baseMs: 1_000, maxMs: 30_000, factor: 2, jitter: 'full' }, retry, () => random)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(30_000)
      }),
    )
  })
})
