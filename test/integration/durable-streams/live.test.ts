/** Readers that wait: on a clock that the test moves, and with a bare EventSource over sockets. */
import { EventSource, type MessageEvent } from 'undici'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeClock, type FakeClock } from '../../../src/core/testing/fake-clock.ts'
import { createTestServer, type TestServer } from './harness.ts'

let clock: FakeClock
let server: TestServer
beforeEach(async () => {
  clock = createFakeClock()
  server = await createTestServer({ clock, longPollTimeoutMs: 20_000 })
})
afterEach(() => server[Symbol.asyncDispose]())

const JSON_TYPE = { 'content-type': 'application/json' }

function call(
  method: string,
  path: string,
  init: { readonly body?: string | Uint8Array<ArrayBuffer>; readonly headers?: Record<string, string> } = {},
) {
  return server.app.fetch(new Request(`http://localhost/v1/stream/${path}`, { method, ...init }))
}

/** A live reader: what it was sent so far, and its end. */
async function follow(path: string, query = 'offset=-1&live=sse', headers: Record<string, string> = {}) {
  const response = await call('GET', `${path}?${query}`, { headers })
  let text = ''
  let over = false
  const done = (async () => {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk)
    over = true
  })()
  return {
    response,
    done,
    get text() {
      return text
    },
    get over() {
      return over
    },
    until: (part: string) => vi.waitFor(() => expect(text).toContain(part)),
  }
}

describe('a reader of server-sent events', () => {
  it('is told to come back after a minute, and goes on where it was', async () => {
    await call('PUT', 'minute', { body: '[1]', headers: JSON_TYPE })
    const first = await follow('minute')
    await first.until('event: control')
    clock.advance(59_999)
    await call('POST', 'minute', { body: '2', headers: JSON_TYPE })
    await first.until('data:[2]')
    expect(first.over).toBe(false)
    clock.advance(1)
    await first.done
    expect(first.text).not.toContain('streamClosed')
    const [lastId = ''] = [...first.text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id).slice(-1)
    await call('POST', 'minute', { body: '3', headers: JSON_TYPE })
    const second = await follow('minute', 'offset=-1&live=sse', { 'last-event-id': lastId })
    await second.until('event: control')
    expect(second.text.match(/^data:\[.*$/gm)).toEqual(['data:[3]'])
    expect(clock.pending).toBeGreaterThan(0)
  })

  it('hears a comment while nothing happens', async () => {
    await call('PUT', 'quiet', { headers: JSON_TYPE })
    const reader = await follow('quiet')
    await reader.until('event: control')
    clock.advance(15_000)
    await reader.until('\n\n:\n\n')
  })

  it('is sent away when the stream is deleted, and finds nothing then', async () => {
    await call('PUT', 'deleted', { body: '[1]', headers: JSON_TYPE })
    const reader = await follow('deleted')
    await reader.until('data:[1]')
    await call('DELETE', 'deleted')
    await reader.done
    expect(reader.text).not.toContain('streamClosed')
    expect((await call('GET', 'deleted?offset=-1&live=sse')).status).toBe(404)
  })

  it('is sent away within a heartbeat when the stream expires', async () => {
    await call('PUT', 'expires', { headers: { ...JSON_TYPE, 'stream-expires-at': new Date(clock.now() + 10_000).toISOString() } })
    const reader = await follow('expires')
    await reader.until('event: control')
    clock.advance(25_000)
    await reader.done
    expect((await call('GET', 'expires?offset=-1&live=sse')).status).toBe(404)
  })

  it('is sent away by a server that drains', async () => {
    await call('PUT', 'drain', { body: '[1]', headers: JSON_TYPE })
    const reader = await follow('drain')
    await reader.until('data:[1]')
    server.hub.drain()
    await reader.done
    expect(reader.text).not.toContain('streamClosed')
  })

  it('that takes nothing holds no more than its place, and gets all when it reads again', async () => {
    await call('PUT', 'slow', { headers: JSON_TYPE })
    const response = await call('GET', 'slow?offset=-1&live=sse')
    const reader = response.body?.getReader()
    await reader?.read()
    const message = JSON.stringify('x'.repeat(100_000))
    for (let n = 0; n < 30; n++) await call('POST', 'slow', { body: message, headers: JSON_TYPE })
    await call('POST', 'slow', { headers: { 'stream-closed': 'true' } })
    let text = ''
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += new TextDecoder().decode(part.value)
    expect(text.split(message)).toHaveLength(31)
    expect(text.match(/streamClosed/g)).toHaveLength(1)
  })

  it('keeps every mark of a text, and of invalid bytes says that they were some', async () => {
    await call('PUT', 'text', { headers: { 'content-type': 'text/plain' }, body: '\ufeff one\n two' })
    await call('POST', 'text', { headers: { 'content-type': 'text/plain', 'stream-closed': 'true' }, body: Uint8Array.of(0xff, 0x41) })
    const reader = await follow('text')
    await reader.done
    expect(reader.text).toContain('data:\ufeff one\n')
    expect(reader.text).toContain('data:  two\ufffdA\n')
    expect(new Uint8Array(await (await call('GET', 'text')).arrayBuffer()).slice(-2)).toEqual(Uint8Array.of(0xff, 0x41))
  })
})

describe('a long poll', () => {
  it('ends with 204 when its time is up, and leaves no timer', async () => {
    await call('PUT', 'poll', { headers: JSON_TYPE })
    const before = clock.pending
    const poll = call('GET', 'poll?offset=-1&live=long-poll')
    await vi.waitFor(() => expect(clock.pending).toBe(before + 1))
    clock.advance(20_000)
    const response = await poll
    expect([response.status, response.headers.get('stream-up-to-date')]).toEqual([204, 'true'])
    expect(clock.pending).toBe(before)
  })

  it('ends with 404 when its stream is deleted', async () => {
    await call('PUT', 'poll', { headers: JSON_TYPE })
    const before = clock.pending
    const poll = call('GET', 'poll?offset=-1&live=long-poll')
    await vi.waitFor(() => expect(clock.pending).toBe(before + 1))
    await call('DELETE', 'poll')
    expect((await poll).status).toBe(404)
  })
})

it('a bare EventSource gets everything once through its reconnects, and stops at the end', async () => {
  const url = server.at('bare')
  await fetch(url, { method: 'PUT', headers: JSON_TYPE, body: '[1]' })
  const source = new EventSource(`${url}?offset=-1&live=sse`)
  const seen: unknown[] = []
  const stopped = Promise.withResolvers<void>()
  source.addEventListener('data', (event) => seen.push(...(JSON.parse(String((event as MessageEvent).data)) as unknown[])))
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) stopped.resolve()
  })
  try {
    await vi.waitFor(() => expect(seen).toEqual([1]))
    clock.advance(60_000)
    await fetch(url, { method: 'POST', headers: JSON_TYPE, body: '2' })
    await vi.waitFor(() => expect(seen).toEqual([1, 2]), { timeout: 10_000 })
    await fetch(url, { method: 'POST', headers: { ...JSON_TYPE, 'stream-closed': 'true' }, body: '3' })
    await stopped.promise
    expect(seen).toEqual([1, 2, 3])
  } finally {
    source.close()
  }
})

describe('the name of a stream', () => {
  it('is its address as it is written: an escape is another name than what it stands for', async () => {
    for (const [index, name] of ['n/a', 'n%2Fa', 'n%2fa', 'N/a', 'n/a/'].entries()) {
      expect((await call('PUT', name, { headers: { 'content-type': 'text/plain' }, body: String(index) })).status).toBe(201)
    }
    for (const [index, name] of ['n/a', 'n%2Fa', 'n%2fa', 'N/a', 'n/a/'].entries()) {
      expect(await (await call('GET', name)).text()).toBe(String(index))
    }
  })

  it('leads nowhere else by dots, and has an end', async () => {
    expect((await call('PUT', 'x/../../../v1/stream/dots', { headers: JSON_TYPE })).headers.get('location')).toBe(
      'http://localhost/v1/stream/dots',
    )
    expect((await call('GET', '../runs')).headers.get('stream-next-offset')).toBeNull()
    expect((await call('PUT', 'x'.repeat(2_000), { headers: JSON_TYPE })).status).toBe(400)
    expect((await call('GET', 'x'.repeat(2_000))).status).toBe(404)
  })

  it('of the control addresses is none, however it is written', async () => {
    for (const name of ['__ds', '__ds/x', '__ds/subscriptions']) expect((await call('PUT', name, { headers: JSON_TYPE })).status).toBe(404)
    expect((await call('GET', '%5F_ds/jwks.json')).status).toBe(404)
  })
})

it('Stream-Seq is compared byte by byte', async () => {
  await call('PUT', 'seq', { headers: JSON_TYPE })
  const append = async (seq: string) => (await call('POST', 'seq', { body: '1', headers: { ...JSON_TYPE, 'stream-seq': seq } })).status
  expect([await append('9'), await append('10'), await append('a'), await append('Z'), await append('\xe9'), await append('z')]).toEqual([
    204, 409, 204, 409, 204, 409,
  ])
})
