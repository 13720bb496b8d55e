import { describe, expect, it } from 'vitest'
import { AbortReason, linkAbort, orAbort } from './abort.ts'

const reason = new AbortReason('cancel', 'enough')

describe('waiting for a promise under a signal', () => {
  it('gives what the promise gives, or throws the reason when the signal is first', async () => {
    const controller = new AbortController()
    expect(await orAbort(Promise.resolve(1), controller.signal)).toBe(1)
    const never = orAbort(new Promise(() => {}), controller.signal)
    controller.abort(reason)
    await expect(never).rejects.toBe(reason)
  })

  it('leaves no failure unhandled of a promise that nobody waits for any more', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const late = Promise.withResolvers<never>()
    await expect(orAbort(late.promise, AbortSignal.abort(reason))).rejects.toBe(reason)
    late.reject(new Error('too late'))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('a linked controller', () => {
  it('follows its parents with their reason until it is disposed', () => {
    const parent = new AbortController()
    const followed = linkAbort(parent.signal)
    const left = linkAbort(parent.signal)
    left[Symbol.dispose]()
    parent.abort(reason)
    expect(followed.signal.reason).toBe(reason)
    expect(left.signal.aborted).toBe(false)
  })
})
