/** Stream tokens and watch links: what their holders may do, how they are renewed, and how they end. */
import { afterEach, describe, expect, it } from 'vitest'
import { post, readEvents, textOf } from '../http/harness.ts'
import { bearer, startRun, type TrustBench, trustBench } from './bench.ts'

const benches: TrustBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})

interface Issued {
  readonly id: string
  readonly token: string
  readonly expiresAt: string
}

async function open() {
  const bench = trustBench()
  benches.push(bench)
  const { id: keyId, key } = await bench.key({ name: 'a' })
  const issue = async (path: string, body: unknown = {}): Promise<Issued> => {
    const response = await bench.ask(path, post(body, bearer(key)))
    expect(response.status).toBe(201)
    return (await response.json()) as Issued
  }
  const status = async (path: string, text: string, init: RequestInit = {}): Promise<number> =>
    (await bench.ask(path, { ...init, headers: bearer(text) })).status
  const reading = async (path: string, runId: string, headers = {}) => {
    const events = readEvents(await bench.ask(path, { headers }))
    await expect.poll(() => bench.deps.hub.readers(`runs/${runId}`).length).toBeGreaterThan(0)
    return events
  }
  return { bench, key, keyId, issue, status, reading }
}

describe('a token of a run', () => {
  it('reads that run, also from an address, and nothing else', async () => {
    const { bench, key, issue, status } = await open()
    const [run, other] = [await startRun(bench, key), await startRun(bench, key)]
    const { token } = await issue(`/v1/runs/${run}/tokens`)
    expect(textOf(await readEvents(await bench.ask(`/v1/runs/${run}/events?token=${token}`)))).toContain('One')
    expect(await status(`/v1/runs/${run}`, token)).toBe(200)
    expect(await status(`/v1/stream/runs/${run}`, token)).toBe(200)
    expect(await status(`/v1/runs/${other}`, token)).toBe(404)
    expect(await status(`/v1/runs/${run}/cancel`, token, { method: 'POST' })).toBe(403)
    for (const path of ['/v1/runs', '/v1/conversations', `/v1/runs/${run}/tokens`])
      expect([path, await status(path, token)]).toEqual([path, 403])
    expect((await bench.ask('/v1/runs', post({ input: 'Q' }, bearer(token)))).status).toBe(403)
    expect((await bench.ask(`/v1/runs/${run}/tokens`, post({}, bearer(token)))).status).toBe(403)
    expect(await status('/v1/keys', token)).toBe(403)
    expect(await status('/metrics', token)).toBe(403)
  })

  it('cancels where it was made for that', async () => {
    const { bench, key, issue, status } = await open()
    const run = await startRun(bench, key, 'wait')
    const { token } = await issue(`/v1/runs/${run}/tokens`, { scopes: ['cancel'] })
    expect(await status(`/v1/runs/${run}`, token)).toBe(403)
    expect(await status(`/v1/runs/${run}/cancel`, token, { method: 'POST' })).toBe(202)
  })

  it('ends when it is revoked, and a reader that lives by it is told to come back', async () => {
    const { bench, key, issue, status, reading } = await open()
    const run = await startRun(bench, key, 'wait')
    const { id, token } = await issue(`/v1/runs/${run}/tokens`)
    const events = reading(`/v1/runs/${run}/events?token=${token}`, run)
    await expect.poll(() => bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    expect(await status(`/v1/tokens/${id}`, key, { method: 'DELETE' })).toBe(204)
    expect((await events).map(({ event }) => event)).not.toContain('complete')
    expect(bench.deps.hub.readers(`runs/${run}`)).toEqual([])
    expect(await status(`/v1/runs/${run}`, token)).toBe(401)
    expect(await status(`/v1/tokens/${id}`, key, { method: 'DELETE' })).toBe(204)
    const list = (await (await bench.ask(`/v1/runs/${run}/tokens`, { headers: bearer(key) })).json()) as { items: unknown[] }
    expect(list.items).toEqual([expect.objectContaining({ id, kind: 'token', scopes: ['read'], revokedAt: '2026-03-01T00:00:00.000Z' })])
    expect(JSON.stringify(list)).not.toContain(token)
  })

  it('ends with the key that made it', async () => {
    const { bench, key, keyId, issue, status } = await open()
    const run = await startRun(bench, key)
    const { token } = await issue(`/v1/runs/${run}/tokens`)
    await bench.ask(`/v1/keys/${keyId}`, { method: 'DELETE', headers: await bench.operator() })
    expect(await status(`/v1/runs/${run}`, token)).toBe(401)
  })

  it('is cut off within 5 s of its end when it cannot be renewed', async () => {
    const { bench, key, issue, reading } = await open()
    const run = await startRun(bench, key, 'wait')
    const { token } = await issue(`/v1/runs/${run}/tokens`, { ttlSeconds: 60, maxLifeSeconds: 60 })
    const events = reading(`/v1/runs/${run}/events`, run, bearer(token))
    await expect.poll(() => bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    await bench.clock.advance(59_000)
    expect(bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    // Looking a credential up takes turns of the loop, which a clock that is moved by hand does not wait for.
    for (let second = 0; second < 6; second++) {
      await bench.clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await events).map(({ event }) => event)).not.toContain('token')
    expect(bench.deps.hub.readers(`runs/${run}`)).toEqual([])
  })

  it('is renewed on its stream before its end, so that a long run is read without a gap', async () => {
    const { bench, key, issue, status } = await open()
    const run = await startRun(bench, key, 'wait')
    const { token } = await issue(`/v1/runs/${run}/tokens`, { ttlSeconds: 60 })
    const response = await bench.ask(`/v1/runs/${run}/events?token=${token}`)
    const events = readEvents(response)
    await expect.poll(() => bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    const timers = bench.clock.pending
    await bench.clock.advance(48_000)
    // Signing takes turns of the loop; then the timer of the next renewal is set.
    await expect.poll(() => bench.clock.pending).toBe(timers)
    await bench.clock.advance(30_000)
    expect(await status(`/v1/runs/${run}`, token)).toBe(401)
    expect(bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    bench.model.release()
    const all = await events
    expect(all.at(-1)?.event).toBe('complete')
    const fresh = JSON.parse(all.find(({ event }) => event === 'token')?.data ?? '') as { token: string; expiresAt: string }
    expect(fresh.expiresAt).toBe('2026-03-01T00:01:48.000Z')
    expect(await status(`/v1/runs/${run}`, fresh.token)).toBe(200)
    expect(bench.clock.pending).toBe(0)
  })

  it('is renewed by itself while it is in force, up to the bound of its life', async () => {
    const { bench, key, issue } = await open()
    const run = await startRun(bench, key)
    const { token, id } = await issue(`/v1/runs/${run}/tokens`, { ttlSeconds: 60, maxLifeSeconds: 90 })
    const renew = (text: string): Promise<Response> => bench.ask('/v1/tokens/renew', { method: 'POST', headers: bearer(text) })
    await bench.clock.advance(50_000)
    const second = (await (await renew(token)).json()) as Issued
    expect(second).toMatchObject({ id, expiresAt: '2026-03-01T00:01:30.000Z' })
    expect((await renew(second.token)).status).toBe(403)
    await bench.clock.advance(11_000)
    expect((await renew(token)).status).toBe(401)
    expect((await renew(key)).status).toBe(400)
  })

  it('never shows in what is observed or refused', async () => {
    const { bench, key, issue } = await open()
    const run = await startRun(bench, key)
    const { id, token } = await issue(`/v1/runs/${run}/tokens`)
    await bench.ask(`/v1/runs/${run}/events?token=${token}`)
    await bench.ask(`/v1/tokens/${id}`, { method: 'DELETE', headers: bearer(key) })
    const refused = await (await bench.ask(`/v1/runs/${run}/events?token=${token}`)).text()
    expect(refused).toContain('revoked')
    for (const text of [refused, JSON.stringify(bench.observed)]) expect(text).not.toContain(token.slice(0, 40))
  })

  it('does not take a key for a token in an address, where logs keep it', async () => {
    const { bench, key } = await open()
    expect((await bench.ask(`/v1/runs?token=${key}`)).status).toBe(401)
  })
})

describe('a token of a protocol stream', () => {
  it('appends to that stream of its owner and to no other', async () => {
    const { bench, key, issue } = await open()
    const put = (name: string): Promise<Response> =>
      bench.ask(`/v1/stream/${name}`, { method: 'PUT', headers: { ...bearer(key), 'content-type': 'text/plain' } })
    for (const name of ['a/log', 'b']) expect((await put(name)).status).toBe(201)
    const { token } = await issue('/v1/tokens', { stream: 'a/log', scopes: ['append'] })
    const append = async (name: string): Promise<number> =>
      (await bench.ask(`/v1/stream/${name}`, { method: 'POST', headers: { ...bearer(token), 'content-type': 'text/plain' }, body: 'x' }))
        .status
    expect(await append('a/log')).toBe(204)
    expect(await append('b')).toBe(404)
    expect((await bench.ask('/v1/stream/a/log', { headers: bearer(token) })).status).toBe(403)
    expect((await bench.ask('/v1/stream/a/log', { method: 'DELETE', headers: bearer(token) })).status).toBe(403)
  })

  it.each(['runs/x', '../keys', 'a?b', 'a#b', '..%2f..%2fkeys/../../../keys'])('is not made for %s', async (stream) => {
    const { bench, key } = await open()
    expect([400, 404]).toContain((await bench.ask('/v1/tokens', post({ stream }, bearer(key)))).status)
  })
})

describe('a watch link', () => {
  it('shows one run to anybody, and lets them do nothing else', async () => {
    const { bench, key, status } = await open()
    const run = await startRun(bench, key)
    const link = (await (await bench.ask(`/v1/runs/${run}/links`, post({}, bearer(key)))).json()) as { id: string; url: string }
    expect(link.url).toMatch(/^http:\/\/localhost\/watch\/[\w.-]+$/)
    const token = link.url.split('/watch/')[1] ?? ''
    expect((await bench.ask(`/watch/${token}`)).status).toBe(200)
    expect(await status(`/v1/runs/${run}`, token)).toBe(200)
    expect(await status(`/v1/runs/${run}/cancel`, token, { method: 'POST' })).toBe(403)
    expect(await status('/v1/conversations', token)).toBe(403)
    expect((await bench.ask('/v1/tokens/renew', { method: 'POST', headers: bearer(token) })).status).toBe(403)
    expect(await status(`/v1/tokens/${link.id}`, key, { method: 'DELETE' })).toBe(404)
    expect(await status(`/v1/links/${link.id}`, key, { method: 'DELETE' })).toBe(204)
    expect(await status(`/v1/runs/${run}`, token)).toBe(401)
  })

  it('that is revoked cuts off who watches', async () => {
    const { bench, key, reading, status } = await open()
    const run = await startRun(bench, key, 'wait')
    const link = (await (await bench.ask(`/v1/runs/${run}/links`, post({}, bearer(key)))).json()) as { id: string; url: string }
    const events = reading(`/v1/runs/${run}/events`, run, bearer(link.url.split('/watch/')[1] ?? ''))
    await expect.poll(() => bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    await status(`/v1/links/${link.id}`, key, { method: 'DELETE' })
    expect((await events).map(({ event }) => event)).not.toContain('complete')
  })
})
