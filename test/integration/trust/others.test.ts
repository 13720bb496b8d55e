/**
 * SPEC AP10: every address of the API is tried by somebody else, with the ids of another principal. The addresses come from the router itself,
 * so a new one takes part by itself, or fails here until somebody says how it is to be tried.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter } from '../../../src/http/app.ts'
import { post } from '../http/harness.ts'
import { bearer, startRun, type TrustBench, trustBench } from './bench.ts'

const benches: TrustBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})

const MARK = 'wait-for-what-alice-alone-may-see'

/** Addresses that are for the operator alone, whoever's ids they name. */
const OPERATORS: ReadonlySet<string> = new Set(['GET /v1/keys', 'POST /v1/keys', 'DELETE /v1/keys/{id}', 'GET /metrics'])

/** Addresses without ids that tell or make something of the caller alone; Bob may use them, and must not meet Alice there. */
const OWN: Readonly<Record<string, unknown>> = {
  'GET /v1/runs': undefined,
  'POST /v1/runs': { input: 'Q' },
  'POST /v1/chat': { input: 'Q' },
  'GET /v1/chat/stream': undefined,
  'GET /v1/conversations': undefined,
  'GET /v1/models': undefined,
  'GET /healthz': undefined,
  'GET /readyz': undefined,
  'GET /openapi.json': undefined,
  'GET /docs': undefined,
  'GET /v1/session': undefined,
  'POST /v1/session': { key: 'x' },
  'DELETE /v1/session': undefined,
  'POST /v1/tokens': { stream: 'hers' },
  'POST /v1/tokens/renew': undefined,
  'POST /v1/chat/completions': { model: 'test/echo', messages: [{ role: 'user', content: 'Q' }] },
  'POST /v1/responses': { model: 'test/echo', input: 'Q' },
  'POST /api/chat': { id: 'bobs', messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'Q' }] }] },
}

/** Bodies of addresses with an id, where they need one. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /v1/runs/{id}/tokens': {},
  'POST /v1/runs/{id}/links': {},
}

async function world() {
  const bench = trustBench()
  benches.push(bench)
  const alice = await bench.key({ name: 'alice' })
  const bob = await bench.key({ name: 'bob' })
  const conversationId = 'hers'
  const created = await bench.ask('/v1/runs', post({ input: MARK, conversationId }, bearer(alice.key)))
  const run = ((await created.json()) as { id: string }).id
  const token = (await (await bench.ask(`/v1/runs/${run}/tokens`, post({}, bearer(alice.key)))).json()) as { id: string }
  const link = (await (await bench.ask(`/v1/runs/${run}/links`, post({}, bearer(alice.key)))).json()) as { id: string }
  const text = { ...bearer(alice.key), 'content-type': 'text/plain' }
  expect((await bench.ask('/v1/stream/hers', { method: 'PUT', headers: text, body: MARK })).status).toBe(201)
  const ids = [
    run,
    conversationId,
    token.id,
    link.id,
    alice.id,
    'chatcmpl-'.concat(run.replace('run_', '')),
    'resp_'.concat(run.replace('run_', '')),
  ]
  return { bench, alice, bob, run, conversationId, token, link, ids }
}

interface Address {
  readonly method: string
  readonly path: string
}

function addresses(bench: TrustBench): readonly Address[] {
  const routes = createRouter(bench.deps).openAPIRegistry.definitions
  return routes.flatMap((one) => (one.type === 'route' ? [{ method: one.route.method.toUpperCase(), path: one.route.path }] : []))
}

describe('somebody else', () => {
  it("gets nowhere with another's ids, at any address that takes one", async () => {
    const { bench, bob, ids } = await world()
    const tried: string[] = []
    for (const { method, path } of addresses(bench)) {
      if (!path.includes('{')) continue
      for (const id of ids) {
        const name = `${method} ${path}`
        const body = BODIES[name]
        const init = body === undefined ? { method, headers: bearer(bob.key) } : post(body, bearer(bob.key))
        const response = await bench.ask(path.replaceAll(/\{.+?\}/g, id), init)
        const said = await response.text()
        // Nothing of a conversation that Bob does not have is a 204 of the AI SDK's resume.
        expect([name, id, OPERATORS.has(name) ? [403] : [404, 204]]).toEqual([name, id, expect.arrayContaining([response.status])])
        expect(said).not.toContain(MARK)
      }
      tried.push(`${method} ${path}`)
    }
    expect(tried).toContain('GET /v1/runs/{id}/events')
    expect(tried.length).toBeGreaterThanOrEqual(9)
  })

  it('is tried at every address that the router has, also at those without a definition', async () => {
    const { bench } = await world()
    const defined = new Set(addresses(bench).map(({ path }) => path.replaceAll(/\{(.+?)\}/g, ':$1')))
    // The page; and the streams and subscriptions of the Durable Streams protocol, which the next cases try.
    const others = new Set(['*', '/*', '/v1/stream/*'])
    const unknown = createRouter(bench.deps).routes.filter(({ path }) => !defined.has(path) && !others.has(path))
    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it("does not meet another's subscriptions", async () => {
    const { bench, alice, bob } = await world()
    const address = '/v1/stream/__ds/subscriptions/sub1'
    const made = await bench.ask(address, {
      method: 'PUT',
      headers: { ...bearer(alice.key), 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'pull-wake', pattern: '**', wake_stream: 'wakes', streams: ['hers'] }),
    })
    expect([made.status, await made.text()]).toEqual([201, expect.anything()])
    for (const [method, path] of [
      ['GET', address],
      ['DELETE', `${address}/streams/hers`],
      ['POST', `${address}/claim`],
    ] as const) {
      const response = await bench.ask(path, method === 'POST' ? post({}, bearer(bob.key)) : { method, headers: bearer(bob.key) })
      expect([method, path, response.status >= 400 && response.status < 500, await response.text()]).toEqual([
        method,
        path,
        true,
        expect.not.stringContaining(MARK),
      ])
    }
    expect((await bench.ask(address, { headers: bearer(alice.key) })).status).toBe(200)
  })

  it("does not meet another's things in any list or answer", async () => {
    const { bench, bob, run, ids } = await world()
    bench.model.release()
    for (const { method, path } of addresses(bench)) {
      if (path.includes('{')) continue
      const name = `${method} ${path}`
      const known = Object.hasOwn(OWN, name) || OPERATORS.has(name)
      expect(known, `${name} is new: say in this file how another principal is to try it`).toBe(true)
      const body = OWN[name]
      const query = path === '/v1/chat/stream' ? '?message=Q' : ''
      const init = body === undefined ? { method, headers: bearer(bob.key) } : post(body, bearer(bob.key))
      const response = await bench.ask(path + query, init)
      if (OPERATORS.has(name)) expect([name, response.status]).toEqual([name, 403])
      const said = await response.text()
      for (const secret of [MARK, run, ids[2] ?? '', ids[3] ?? '']) expect([name, said.includes(secret)]).toEqual([name, false])
    }
  })

  it("cannot ask in another's conversation, nor read, write or delete another's streams", async () => {
    const { bench, bob, run, conversationId } = await world()
    expect((await bench.ask('/v1/runs', post({ input: 'Q', conversationId }, bearer(bob.key)))).status).toBe(404)
    const attempts: readonly (readonly [method: string, path: string])[] = [
      ['GET', '/v1/stream/hers'],
      ['HEAD', '/v1/stream/hers'],
      ['GET', '/v1/stream/hers?offset=-1&live=sse'],
      ['GET', '/v1/stream/hers?offset=-1&live=long-poll'],
      ['POST', '/v1/stream/hers'],
      ['DELETE', '/v1/stream/hers'],
      ['GET', `/v1/stream/runs/${run}`],
      ['GET', `/v1/stream/streams/local/alice/hers`],
      ['GET', `/v1/stream/..%2Falice%2Fhers`],
      ['GET', `/v1/stream/%2e%2e/alice/hers`],
    ]
    for (const [method, path] of attempts) {
      const text = { ...bearer(bob.key), 'content-type': 'text/plain' }
      const init = method === 'POST' ? { method, headers: text, body: 'x' } : { method, headers: bearer(bob.key) }
      const response = await bench.ask(path, init)
      expect([method, path, await response.text(), response.status]).toEqual([method, path, expect.not.stringContaining(MARK), 404])
    }
  })

  it('with the same user name in another tenant is somebody else', async () => {
    const { bench, run } = await world()
    const other = await bench.key({ name: 'alice', tenant: 'umbrella' })
    expect((await bench.ask(`/v1/runs/${run}`, { headers: bearer(other.key) })).status).toBe(404)
    expect(await startRun(bench, other.key)).not.toBe(run)
  })
})
