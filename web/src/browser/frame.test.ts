import { describe, expect, it } from 'vitest'
import { createFrame, type FrameHost } from './frame.ts'

function fakeHost() {
  const frames = new Map<number, () => void>()
  const listeners = new Set<() => void>()
  let next = 1
  const page = {
    hidden: false,
    addEventListener: (_type: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: string, listener: () => void) => void listeners.delete(listener),
  }
  const host: FrameHost = {
    requestAnimationFrame(callback) {
      frames.set(next, callback)
      return next++
    },
    cancelAnimationFrame: (handle) => void frames.delete(handle),
    document: page,
  }
  return {
    host,
    listeners,
    tick() {
      const due = [...frames.values()]
      frames.clear()
      for (const callback of due) callback()
    },
    hide() {
      page.hidden = true
      for (const listener of listeners) listener()
    },
  }
}

describe('frames', () => {
  it('draw once, however often they are asked for', () => {
    const { host, tick } = fakeHost()
    let drawn = 0
    const frame = createFrame(() => drawn++, host)
    for (let i = 0; i < 5; i++) frame.request()
    expect(drawn).toBe(0)
    tick()
    expect(drawn).toBe(1)
    tick()
    expect(drawn).toBe(1)
  })

  it('draw at once in a hidden page, which gets no frames', () => {
    const { host, hide } = fakeHost()
    let drawn = 0
    const frame = createFrame(() => drawn++, host)
    hide()
    frame.request()
    frame.request()
    expect(drawn).toBe(2)
  })

  it('draw what was waiting when the page becomes hidden', () => {
    const { host, hide, tick } = fakeHost()
    let drawn = 0
    const frame = createFrame(() => drawn++, host)
    frame.request()
    hide()
    expect(drawn).toBe(1)
    tick()
    expect(drawn).toBe(1)
  })

  it('draw nothing after they are closed, and leave no listener behind', () => {
    const { host, tick, listeners } = fakeHost()
    let drawn = 0
    const frame = createFrame(() => drawn++, host)
    frame.request()
    frame.close()
    tick()
    expect(drawn).toBe(0)
    expect(listeners.size).toBe(0)
  })
})
