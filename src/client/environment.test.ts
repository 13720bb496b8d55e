import { describe, expect, it } from 'vitest'
import { browserEnvironment, type EnvironmentHint, hostEnvironment, quietEnvironment } from './environment.ts'

function fakeWindow() {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const navigator = { onLine: true }
  return Object.assign(new EventTarget(), { document, navigator })
}

describe('the environment', () => {
  it('of a page tells what happens to network and visibility, until nobody asks any more', () => {
    const window = fakeWindow()
    const hints: EnvironmentHint[] = []
    const unwatch = browserEnvironment(window).watch((hint) => hints.push(hint))
    const happen = (): void => {
      window.dispatchEvent(new Event('offline'))
      window.dispatchEvent(new Event('online'))
      window.dispatchEvent(new Event('pageshow'))
      window.document.dispatchEvent(new Event('visibilitychange'))
    }
    happen()
    expect(hints).toEqual(['went-offline', 'went-online', 'became-visible', 'became-visible'])
    unwatch()
    happen()
    expect(hints.length).toBe(4)
  })

  it('of a page that is hidden does not tell that it became visible', () => {
    const window = fakeWindow()
    const hints: EnvironmentHint[] = []
    browserEnvironment(window).watch((hint) => hints.push(hint))
    window.document.visibilityState = 'hidden'
    window.document.dispatchEvent(new Event('visibilitychange'))
    expect(hints).toEqual([])
  })

  it('is asked for its network each time', () => {
    const window = fakeWindow()
    const environment = browserEnvironment(window)
    expect(environment.online()).toBe(true)
    window.navigator.onLine = false
    expect(environment.online()).toBe(false)
  })

  it('is the page’s where there is one, and quiet in Node and in workers', () => {
    expect(hostEnvironment()).toBe(quietEnvironment)
    const window = fakeWindow()
    window.navigator.onLine = false
    expect(hostEnvironment(window).online()).toBe(false)
  })
})
