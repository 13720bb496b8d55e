import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../core/errors.ts'
import { isNetworkError, thrownError } from './thrown.ts'

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code })

describe('a connection that failed', () => {
  it('is known by the code of sockets and undici, wherever in the causes', () => {
    for (const code of ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_SOCKET']) {
      expect(isNetworkError(coded(code))).toBe(true)
      expect(isNetworkError(new Error('outer', { cause: new Error('middle', { cause: coded(code) }) }))).toBe(true)
    }
  })

  it('is known by the words of fetch, which are those of a TypeError only', () => {
    for (const words of [
      'fetch failed',
      'terminated',
      'Failed to fetch',
      'Load failed',
      'NetworkError when attempting to fetch resource.',
      'network error',
    ]) {
      expect(isNetworkError(new TypeError(words))).toBe(true)
      expect(isNetworkError(new Error(words))).toBe(false)
    }
  })

  it('is nothing else', () => {
    for (const other of [new TypeError('x is undefined'), coded('ENOENT'), coded('E_MINE'), 'terminated', undefined, { code: 'EPIPE' }]) {
      expect(isNetworkError(other)).toBe(false)
    }
    const endless = new Error('round')
    endless.cause = endless
    expect(isNetworkError(endless)).toBe(false)
  })
})

describe('what was thrown', () => {
  const redact = (text: string) => text.replaceAll('secret', '***')

  it('says who failed and why, in one sentence without secrets, and keeps the cause', () => {
    const thrown = new Error('secret went wrong.', { cause: coded('ENOENT', 'no file') })
    expect(thrownError(thrown, 'The tap', redact)).toMatchObject({
      code: 'provider',
      message: 'The tap failed: *** went wrong (ENOENT).',
      cause: thrown,
    })
    expect(thrownError(undefined, 'The tap', redact).message).toBe('The tap failed: it gave no reason.')
    const long = thrownError(new Error(`${'x'.repeat(498)}secret${'x'.repeat(5_000)}`), 'The tap', redact).message
    expect(long.length).toBeLessThan(600)
    expect(long).not.toContain('se')
  })

  it('is a timeout when it says so, and an error of ours as it is', () => {
    expect(thrownError(new DOMException('late', 'TimeoutError'), 'The tap', redact).code).toBe('timeout')
    const ours = new SluiceError('quota', 'No money.')
    expect(thrownError(ours, 'The tap', redact)).toBe(ours)
  })
})
