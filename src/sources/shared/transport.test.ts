import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../core/errors.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import type { Provider } from './failure.ts'
import { createRedactor } from './redact.ts'
import { exchange } from './transport.ts'

const KEY = 'k3y/with+slash"and-quote=='
const PROVIDER: Provider = {
  label: 'The provider',
  words: {},
  remedies: {},
  requestIdHeader: 'x-request-id',
  limitResetMs: () => undefined,
}

async function refused(status: number, headers: Readonly<Record<string, string>>, body: string): Promise<SluiceError> {
  try {
    for await (const _chunk of exchange({
      fetch: () => Promise.resolve({ status, headers: { get: (name) => headers[name] ?? null }, body: new Blob([body]).stream() }),
      clock: createFakeClock(),
      provider: PROVIDER,
      url: 'http://127.0.0.1/',
      headers: {},
      body: () => ({}),
      signal: new AbortController().signal,
      redact: createRedactor([KEY]),
    }));
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown
    throw thrown
  }
  throw new Error('It was not refused.')
}

describe('a refusal', () => {
  it.each([
    ['as JSON must write it', JSON.stringify(KEY)],
    ['as JSON may write it', JSON.stringify(KEY).replaceAll('/', '\\/')],
    ['in escapes', `"${[...KEY].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`],
  ])('keeps a key out of its error that the body has %s', async (_how, written) => {
    for (const field of ['message', 'code', 'type']) {
      const { message } = await refused(401, {}, `{"error":{"${field}":${written}}}`)
      expect(message).not.toContain(KEY)
      expect(message).toContain('[redacted]')
    }
  })

  it('keeps a key out of its error that is in a header', async () => {
    expect((await refused(500, { 'x-request-id': KEY }, '')).message).toContain('(HTTP 500, [redacted])')
    expect((await refused(200, { 'content-type': `text/plain; ${KEY}` }, '')).message).not.toContain(KEY)
  })

  it('has a message of bounded length, whatever its headers and body say', async () => {
    const long = 'x'.repeat(15_000)
    const headers = { 'content-type': long, 'x-request-id': long }
    for (const status of [200, 500]) {
      for (const body of [long, JSON.stringify({ error: { message: long, code: long } }), JSON.stringify({ detail: long })]) {
        expect((await refused(status, headers, body)).message.length).toBeLessThan(2_500)
      }
    }
  })
})
