/** API keys, the operator's pass and the page's session, as callers meet them. */
import { afterEach, describe, expect, it } from 'vitest'
import { createSigner } from '../../../src/http/auth/signing.ts'
import { post, readEvents } from '../http/harness.ts'
import { bearer, SECRET, startRun, type TrustBench, trustBench } from './bench.ts'

const benches: TrustBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})
function open(...args: Parameters<typeof trustBench>): TrustBench {
  const bench = trustBench(...args)
  benches.push(bench)
  return bench
}
const DAY_MS = 24 * 60 * 60_000

describe('a server with a secret', () => {
  it('asks everybody who they are, except for health and the page', async () => {
    const { ask } = open()
    for (const path of ['/v1/runs', '/v1/models', '/metrics', '/v1/keys', '/v1/stream/x', '/nothing/here']) {
      const response = await ask(path)
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer'])
    }
    for (const path of ['/healthz', '/readyz', '/', '/c/abc', '/watch/x.y.z']) expect([path, (await ask(path)).status]).toEqual([path, 200])
  })

  it('serves the holder of a key, and notes its use to the minute', async () => {
    const bench = open()
    const { id, key } = await bench.key({ name: 'laptop', user: 'alice' })
    expect(key).toMatch(new RegExp(`^sl_${id}_[\\w-]{43}$`))
    expect((await bench.ask('/v1/runs', { headers: bearer(key) })).status).toBe(200)
    const list = await (await bench.ask('/v1/keys', { headers: await bench.operator() })).text()
    expect(JSON.parse(list)).toEqual({
      items: [
        {
          id,
          name: 'laptop',
          tenant: 'local',
          user: 'alice',
          scopes: ['read', 'write'],
          createdAt: '2026-03-01T00:00:00.000Z',
          lastUsedAt: '2026-03-01T00:00:00.000Z',
        },
      ],
    })
    expect(list).not.toContain(key.slice(20))
  })

  it('acts as a user of the name of the key unless one is given', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'my laptop' })
    expect(await (await bench.ask('/v1/session', { headers: bearer(key) })).json()).toEqual({
      tenant: 'local',
      user: 'my-laptop',
      scopes: ['read', 'write'],
      required: true,
    })
  })

  it('refuses a key that is wrong, expired or revoked, at once', async () => {
    const bench = open()
    const { id, key } = await bench.key({ name: 'a', expiresInDays: 2 })
    const status = async (text: string): Promise<number> => (await bench.ask('/v1/models', { headers: bearer(text) })).status
    expect(await status(key)).toBe(200)
    expect(await status(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`)).toBe(401)
    expect(await status(key.replace(id, '0'.repeat(16)))).toBe(401)
    await bench.clock.advance(2 * DAY_MS)
    expect(await status(key)).toBe(401)
    const second = await bench.key({ name: 'b' })
    expect((await bench.ask(`/v1/keys/${second.id}`, { method: 'DELETE', headers: await bench.operator() })).status).toBe(200)
    expect(await status(second.key)).toBe(401)
  })

  it('takes an operator for a minute, and nobody else for one', async () => {
    const bench = open()
    const pass = await bench.operator()
    expect((await bench.ask('/v1/keys', { headers: pass })).status).toBe(200)
    expect((await bench.ask('/v1/runs', { headers: pass })).status).toBe(403)
    await bench.clock.advance(61_000)
    expect((await bench.ask('/v1/keys', { headers: pass })).status).toBe(401)
    const now = bench.clock.now()
    const signed = (secret: string, purpose: 'operator' | 'session' | 'grant', lifeMs: number): Promise<string> =>
      createSigner(secret).sign(purpose, { subject: 'operator', issuedAt: now, expiresAt: now + lifeMs })
    const wrong = [
      signed(`${SECRET}x`, 'operator', 60_000),
      signed(SECRET, 'operator', 3_600_000),
      signed(SECRET, 'session', 60_000),
      signed(SECRET, 'grant', 60_000),
    ]
    for (const text of wrong) expect((await bench.ask('/v1/keys', { headers: bearer(await text) })).status).toBe(401)
    const { key } = await bench.key({ name: 'a' })
    expect((await bench.ask('/v1/keys', { headers: bearer(key) })).status).toBe(403)
    expect((await bench.ask('/metrics', { headers: bearer(key) })).status).toBe(403)
  })

  it('lets a key that may only read look, and change nothing', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'a', scopes: ['read'] })
    expect((await bench.ask('/v1/runs', { headers: bearer(key) })).status).toBe(200)
    expect((await bench.ask('/v1/runs', post({ input: 'Q' }, bearer(key)))).status).toBe(403)
    expect((await bench.ask('/v1/chat/stream?message=Q', { headers: bearer(key) })).status).toBe(403)
    expect((await bench.ask('/v1/stream/x', { method: 'PUT', headers: bearer(key) })).status).toBe(403)
  })

  it('answers too many wrong keys from one address with 429, and says nothing of a secret in its logs', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'a' })
    const wrong = bearer(`sl_${'0'.repeat(16)}_${'x'.repeat(43)}`)
    const statuses: number[] = []
    for (let n = 0; n < 22; n++) statuses.push((await bench.ask('/v1/models', { headers: wrong })).status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(20)
    const refused = await bench.ask('/v1/session', post({ key }))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
    await bench.clock.advance(3_000)
    expect((await bench.ask('/v1/session', post({ key }))).status).toBe(200)
    expect(JSON.stringify(bench.observed)).not.toMatch(/sl_|xxxx/)
  })
})

describe('the session of the page', () => {
  async function signIn(bench: TrustBench, key: string, url = 'http://localhost/v1/session'): Promise<string> {
    const response = await bench.app.fetch(new Request(url, post({ key })))
    expect(response.status).toBe(200)
    return response.headers.get('set-cookie') ?? ''
  }

  it('is a cookie that scripts and other sites do not get, and Secure by https', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'a' })
    const cookie = await signIn(bench, key)
    expect(cookie).toMatch(/^sluice_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/)
    expect(await signIn(bench, key, 'https://localhost/v1/session')).toMatch(/; Secure$/)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect((await bench.ask('/v1/runs', { headers })).status).toBe(200)
    expect((await bench.ask('/v1/runs', post({ input: 'Q' }, { ...headers, origin: 'https://evil.example' }))).status).toBe(403)
    expect((await bench.ask('/v1/session', { method: 'DELETE', headers })).headers.get('set-cookie')).toContain('Max-Age=0')
  })

  it('ends after a week, and at once with its key, also on a connection that lives', async () => {
    const bench = open()
    const { id, key } = await bench.key({ name: 'a' })
    const headers = { cookie: (await signIn(bench, key)).split(';')[0] ?? '' }
    const run = await startRun(bench, key, 'wait')
    const stream = await bench.ask(`/v1/runs/${run}/events`, { headers })
    const reading = readEvents(stream)
    await expect.poll(() => bench.deps.hub.readers(`runs/${run}`)).toHaveLength(1)
    await bench.ask(`/v1/keys/${id}`, { method: 'DELETE', headers: await bench.operator() })
    expect((await reading).map(({ event }) => event)).not.toContain('complete')
    expect((await bench.ask('/v1/runs', { headers })).status).toBe(401)

    const second = await bench.key({ name: 'b' })
    const late = { cookie: (await signIn(bench, second.key)).split(';')[0] ?? '' }
    await bench.clock.advance(7 * DAY_MS + 1_000)
    expect((await bench.ask('/v1/runs', { headers: late })).status).toBe(401)
    expect((await bench.ask('/v1/runs', { headers: bearer(second.key) })).status).toBe(200)
  })
})

describe('a server without a secret', () => {
  it('takes everybody for the local principal, whatever key they send, and makes keys for later', async () => {
    const bench = open({ secret: undefined as never, deps: { trust: { hosts: [], forwarded: false } } })
    expect((await bench.ask('/v1/runs')).status).toBe(200)
    expect((await bench.ask('/v1/runs', { headers: bearer('sk-anything') })).status).toBe(200)
    expect((await bench.ask('/v1/keys', post({ name: 'a' }))).status).toBe(201)
    expect(await (await bench.ask('/v1/session')).json()).toMatchObject({ user: 'local', required: false })
  })
})
