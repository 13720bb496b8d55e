/** What only a real socket can show: framing, old and pipelining clients, slow readers, refusals below HTTP, and the end of a server. */
import { connect, type Socket } from 'node:net'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../../src/core/testing/fake-clock.ts'
import { type RunningServer, type ServeOptions, serve } from '../../../src/http/node-adapter.ts'
import type { ByteSink, Hub } from '../../../src/log/hub.ts'
import { ANSWER, textOf as messagesOf, post, type Setup, setup } from './harness.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(server: Setup = setup(), options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const running = await serve(server.app, { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200 }, ...options })
  cleanups.push(
    () => running.close(),
    () => server.close(),
  )
  return running
}

/** A connection that keeps all that it got as text (one character a byte). */
async function dial(
  running: RunningServer,
): Promise<{ readonly socket: Socket; readonly got: () => string; readonly closed: Promise<void> }> {
  const socket = connect(running.address.port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  cleanups.push(() => socket.destroy())
  return { socket, got: () => text, closed }
}

/** Undoes chunked encoding, strictly. Returns the body and what follows it. */
function unchunk(bytes: string): { readonly body: string; readonly rest: string } {
  let body = ''
  let at = 0
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.slice(at, end), 16)
    if (end < 0 || Number.isNaN(size)) throw new Error(`No chunk at ${at}: ${JSON.stringify(bytes.slice(at, at + 40))}`)
    at = end + 2
    body += bytes.slice(at, at + size)
    if (bytes.slice(at + size, at + size + 2) !== '\r\n') throw new Error(`The chunk at ${at} has another length than it says`)
    at += size + 2
    if (size === 0) return { body, rest: bytes.slice(at) }
  }
}

const textOf = (body: string): string => {
  const events: EventSourceMessage[] = []
  createParser({ onEvent: (event) => events.push(event) }).feed(Buffer.from(body, 'latin1').toString('utf8'))
  return messagesOf(events)
}

async function newRun(running: RunningServer, input: string): Promise<string> {
  return ((await (await fetch(`${running.url}/v1/runs`, post({ input }))).json()) as { id: string }).id
}

/** A hub whose readers get whatever the test writes. */
function scriptedHub(onJoin: (sink: ByteSink) => { drained?: () => void; leave?: () => void }): Hub {
  return {
    join(_streamId, { after, sink }) {
      const { drained = () => {}, leave = () => {} } = onJoin(sink)
      return { cursor: after, drained, leave }
    },
    readers: () => [],
    drain: () => {},
    close: () => {},
  }
}

describe('a stream on a socket', () => {
  it('is well-formed chunks for every reader, and the connection goes on to serve', async () => {
    const server = setup()
    const running = await start(server)
    const id = await newRun(running, 'wait')
    const clients = await Promise.all([dial(running), dial(running), dial(running)])
    for (const { socket } of clients) socket.write(`GET /v1/runs/${id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    await expect.poll(() => server.deps.hub.readers(`runs/${id}`)).toHaveLength(3)
    server.model.release()
    for (const { socket, got } of clients) {
      await expect.poll(got).toContain('event: complete')
      await expect.poll(got).toContain('\r\n0\r\n\r\n')
      const [head = '', ...rest] = got().split('\r\n\r\n')
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(head.toLowerCase()).toContain('transfer-encoding: chunked')
      const { body, rest: after } = unchunk(rest.join('\r\n\r\n'))
      expect(textOf(body)).toBe(ANSWER)
      expect(after).toBe('')
      socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
      await expect.poll(got).toContain('{"status":"ok"}')
    }
  })

  it('is a plain body that ends with the connection for HTTP/1.0', async () => {
    const server = setup()
    const running = await start(server)
    const id = await newRun(running, 'wait')
    const { socket, got, closed } = await dial(running)
    socket.write(`GET /v1/runs/${id}/events HTTP/1.0\r\nhost: localhost\r\n\r\n`)
    await expect.poll(() => server.deps.hub.readers(`runs/${id}`)).toHaveLength(1)
    server.model.release()
    await closed
    const [head = '', ...rest] = got().split('\r\n\r\n')
    expect(head.toLowerCase()).not.toContain('transfer-encoding')
    // Nothing but frames: a client of HTTP/1.0 would take the lengths of chunks for content.
    expect(rest.join('\r\n\r\n')).toMatch(/^retry: 1000\n\n(?:id: \S+\nevent: \w+\ndata: \{[^\r\n]*\}\n\n)+$/)
    expect(textOf(rest.join('\r\n\r\n'))).toBe(ANSWER)
  })

  it('waits for its turn when requests are pipelined', async () => {
    const server = setup()
    const running = await start(server)
    const id = await newRun(running, 'wait')
    const { socket, got } = await dial(running)
    const request = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`
    socket.write(request(`/v1/runs/${id}/events`) + request(`/v1/runs/${id}/events?view=raw`) + request('/healthz'))
    await expect.poll(() => server.deps.hub.readers(`runs/${id}`)).toHaveLength(2)
    server.model.release()
    await expect.poll(got).toContain('{"status":"ok"}')
    const first = unchunk(got().slice(got().indexOf('\r\n\r\n') + 4))
    expect(textOf(first.body)).toBe(ANSWER)
    const second = unchunk(first.rest.slice(first.rest.indexOf('\r\n\r\n') + 4))
    expect(second.body).toContain('"type":"run-end"')
    expect(second.rest).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('bounds what waits for a reader that stops reading, and gives it everything once it reads on', async () => {
    const slice = new Uint8Array(64 * 1024).fill(0x61)
    const total = 50 * 1024 * 1024
    let accepted = 0
    const pump = (sink: ByteSink): void => {
      while (accepted < total) {
        accepted += slice.byteLength
        if (!sink.write(slice)) return
      }
      sink.end('complete')
    }
    const server = setup({
      hub: scriptedHub((sink) => {
        setImmediate(pump, sink)
        return { drained: () => pump(sink) }
      }),
    })
    const running = await start(server)
    const id = await newRun(running, 'hello')
    const before = process.memoryUsage()
    const { socket, got } = await dial(running)
    socket.pause()
    socket.write(`GET /v1/runs/${id}/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
    // What the kernel's own buffers on both ends take is not ours; it ends somewhere, and then nothing moves.
    await expect.poll(() => accepted).toBeGreaterThan(slice.byteLength)
    let last = -1
    await expect
      .poll(
        () => {
          const still = accepted === last
          last = accepted
          return still
        },
        { interval: 200 },
      )
      .toBe(true)
    expect(accepted).toBeLessThan(total / 2)
    const after = process.memoryUsage()
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(16 * 1024 * 1024)
    socket.resume()
    await expect.poll(() => got().endsWith('\r\n0\r\n\r\n'), { timeout: 20_000 }).toBe(true)
    const { body } = unchunk(got().slice(got().indexOf('\r\n\r\n') + 4))
    expect(body.length).toBe('retry: 1000\n\n'.length + total)
  })

  it('tells the stream when its reader is gone', async () => {
    const left = Promise.withResolvers<void>()
    const joined = Promise.withResolvers<ByteSink>()
    const server = setup({
      hub: scriptedHub((sink) => {
        joined.resolve(sink)
        return { leave: () => left.resolve() }
      }),
    })
    const running = await start(server)
    const { socket } = await dial(running)
    socket.write(`GET /v1/runs/${await newRun(running, 'hello')}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    const sink = await joined.promise
    socket.destroy()
    await left.promise
    expect(sink.write(new Uint8Array(1))).toBe(false)
    sink.end('complete')
  })

  it('cuts a reader that is sent away while it takes nothing', async () => {
    const slice = new Uint8Array(1024 * 1024)
    const joined = Promise.withResolvers<ByteSink>()
    const server = setup({
      hub: scriptedHub((sink) => {
        joined.resolve(sink)
        return {}
      }),
    })
    const running = await start(server)
    const { socket, closed } = await dial(running)
    socket.pause()
    socket.write(`GET /v1/runs/${await newRun(running, 'hello')}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    const sink = await joined.promise
    while (sink.write(slice));
    sink.end('reconnect')
    socket.resume()
    await closed
  })

  it('may end before it has begun', async () => {
    const server = setup({
      hub: scriptedHub((sink) => {
        sink.end('reconnect')
        return {}
      }),
    })
    const running = await start(server)
    const response = await fetch(`${running.url}/v1/runs/${await newRun(running, 'hello')}/events`)
    expect(await response.text()).toBe('retry: 1000\n\n')
  })
})

describe('refusals on a socket', () => {
  const refusedWith = async (
    request: string,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly head: string }> => {
    const running = await start()
    const { socket, got, closed } = await dial(running)
    socket.write(request)
    await Promise.race([closed, expect.poll(got, { timeout: 5_000 }).toMatch(/\}$/)])
    const [head = '', body = ''] = got().split('\r\n\r\n')
    return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as Record<string, unknown>, head: head.toLowerCase() }
  }

  it.each([
    ['a host that it does not know', 'GET /healthz HTTP/1.1\r\nhost: evil.example\r\n\r\n', 421, 'forbidden'],
    ['an address that names another host', 'GET http://evil.example/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n', 421, 'forbidden'],
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nhost: a b\r\n\r\n', 400, 'invalid-request'],
    ['no host', 'GET /healthz HTTP/1.0\r\n\r\n', 400, 'invalid-request'],
    ['an address that is none', 'OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n', 400, 'invalid-request'],
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 400, 'invalid-request'],
    ['a line break inside a header', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nlast-event-id: a\rb\r\n\r\n', 400, 'invalid-request'],
    ['a head that is too large', `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'too-large'],
    [
      'two lengths',
      'POST /v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx',
      400,
      'invalid-request',
    ],
    [
      'a length and chunks',
      'POST /v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'invalid-request',
    ],
  ])('name %s in the one shape of errors', async (_what, request, status, code) => {
    const refused = await refusedWith(request)
    expect(refused.body).toMatchObject({ status, code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(refused.status).toBe(status)
    expect(refused.head).toContain('content-type: application/problem+json')
    expect(refused.head).toContain(`x-request-id: ${refused.body['requestId']}`)
  })

  it('count a chunked body as it arrives', async () => {
    const running = await start(setup({ limits: { maxBodyBytes: 1_000 } }))
    const { socket, got } = await dial(running)
    socket.write('POST /v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
    for (let sent = 0; sent < 20; sent++) socket.write(`64\r\n${' '.repeat(100)}\r\n`)
    await expect.poll(got).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('a server', () => {
  it('says which address is taken and what to do', async () => {
    const running = await start()
    const second = serve(setup().app, { host: '127.0.0.1', port: running.address.port })
    await expect(second).rejects.toMatchObject({ code: 'configuration', message: expect.stringContaining(String(running.address.port)) })
  })

  it('closes at once when all connections are idle', async () => {
    const clock = createFakeClock()
    const running = await start(setup(), { clock })
    const { socket, got, closed } = await dial(running)
    socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await expect.poll(got).toContain('ok')
    await running.close()
    await closed
    await running.close()
    expect(clock.pending).toBe(0)
  })

  it('waits for what is under way, but not for ever', async () => {
    const clock = createFakeClock()
    const server = setup()
    const running = await start(server, { clock, limits: { closeTimeoutMs: 5_000 } })
    const id = await newRun(running, 'wait')
    const { socket, closed } = await dial(running)
    socket.write(`GET /v1/runs/${id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    await expect.poll(() => server.deps.hub.readers(`runs/${id}`)).toHaveLength(1)
    const closing = running.close()
    expect(clock.pending).toBe(1)
    clock.advance(5_000)
    await closing
    await closed
  })

  it('closes as soon as drained readers are gone', async () => {
    const clock = createFakeClock()
    const server = setup()
    const running = await start(server, { clock })
    const id = await newRun(running, 'wait')
    const reading = fetch(`${running.url}/v1/runs/${id}/events`).then((response) => response.text())
    await expect.poll(() => server.deps.hub.readers(`runs/${id}`)).toHaveLength(1)
    const closing = running.close()
    server.deps.hub.drain()
    await closing
    expect(await reading).not.toContain('event: complete')
  })
})
