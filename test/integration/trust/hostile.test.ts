/** Callers that mean harm, at real sockets. */
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/http/app.ts'
import { type RunningServer, serve } from '../../../src/http/node-adapter.ts'
import { type TrustBench, trustBench } from './bench.ts'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one()
})

async function start(limits = {}): Promise<{ readonly server: RunningServer; readonly bench: TrustBench }> {
  const bench = trustBench()
  undo.push(() => bench.close())
  const server = await serve(createApp(bench.deps), { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200, ...limits } })
  undo.push(() => server.close())
  return { server, bench }
}

/** Sends one text after the other while the connection lives, and gives everything that came back once it is closed. */
async function trickle({ address }: RunningServer, texts: readonly string[], everyMs: number): Promise<string> {
  const socket = connect(address.port, address.host)
  let got = ''
  socket.on('data', (chunk) => {
    got += chunk.toString('latin1')
  })
  socket.on('error', () => {
    // Cut off while writing: what came before it counts.
  })
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  const left = [...texts]
  const timer = setInterval(() => {
    const next = left.shift()
    if (next !== undefined && socket.writable) socket.write(next, 'latin1')
  }, everyMs)
  await closed
  clearInterval(timer)
  return got
}

describe('a caller that is slow on purpose', () => {
  it.each([
    ['its head', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n', 'x-a: b\r\n'],
    ['its body', 'POST /v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n', ' '],
  ])('in sending %s is cut off, however steadily it sends', async (_what, first, next) => {
    const { server } = await start({ headersTimeoutMs: 300, requestTimeoutMs: 400 })
    const got = await trickle(server, [first, ...Array.from({ length: 1_000 }, () => next)], 20)
    expect(got).toContain('HTTP/1.1 408 ')
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })
})

describe('a request that is not what it should be', () => {
  const once = async (text: string): Promise<string> => {
    const { server } = await start()
    return trickle(server, [text], 1)
  }

  it.each([
    ['/v1/runs/..%2f..%2fv1%2fkeys'],
    ['/v1/runs/%2e%2e/keys'],
    ['/v1/runs/%00'],
    ['/v1/stream/%2e%2e/keys'],
    ['//v1/keys'],
    ['/V1/keys'],
    ['/v1/keys/'],
    ['/assets/..%2f..%2fpackage.json'],
    ['/watch/..%2f..%2fv1%2fkeys'],
  ])('finds no way around the door with %s', async (path) => {
    const got = await once(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
    expect(got).toMatch(/^HTTP\/1\.1 (?:400|401|404) /)
    expect(got).not.toContain('"items"')
  })

  it('cannot write a header of the answer through an id', async () => {
    const got = await once('GET /v1/runs/a%0d%0aset-cookie:%20x=1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    expect(got.toLowerCase()).not.toContain('\r\nset-cookie')
  })

  it.each([
    ['invalid UTF-8', '{"key":"\xff"}', 400],
    ['half a document', '{"key":', 400],
    ['another shape', '[]', 400],
    ['a field that nobody knows', '{"key":"x","__proto__":{"operator":true}}', 401],
  ])('with %s signs nobody in', async (_what, body, status) => {
    const head = `POST /v1/session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    const got = await once(head + body)
    expect(got).toMatch(new RegExp(`^HTTP/1\\.1 (?:${status}|400) `))
    expect(got.toLowerCase()).not.toContain('set-cookie')
  })

  it.each([
    'authorization: Basic eDp5',
    'authorization: Bearer',
    'authorization: Bearer a b',
    'authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcGVyYXRvciIsImF1ZCI6Im9wZXJhdG9yIn0.',
    'cookie: sluice_session=x',
    'cookie: sluice_session=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
  ])('is not let in by "%s"', async (header) => {
    const got = await once(`GET /v1/keys HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${header}\r\n\r\n`)
    expect(got).toMatch(/^HTTP\/1\.1 401 /)
    expect(got.toLowerCase()).toContain('www-authenticate: bearer')
  })
})
