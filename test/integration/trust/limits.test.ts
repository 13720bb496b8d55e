/** Rate limits and pages of other origins. */
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../../src/core/testing/fake-clock.ts'
import { noteAddress } from '../../../src/http/auth/address.ts'
import { createRateLimit } from '../../../src/http/rate-limit.ts'
import { post } from '../http/harness.ts'
import { bearer, type TrustBench, trustBench } from './bench.ts'

const benches: TrustBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})
function open(...args: Parameters<typeof trustBench>): TrustBench {
  const bench = trustBench(...args)
  benches.push(bench)
  return bench
}

describe('the limit of a key', () => {
  it('refuses what is too much with 429 and when to come back, and nobody else', async () => {
    const bench = open({ ratePerKey: 3 })
    const [one, two] = [await bench.key({ name: 'one' }), await bench.key({ name: 'two' })]
    const status = async (key: string): Promise<number> => (await bench.ask('/v1/models', { headers: bearer(key) })).status
    expect([await status(one.key), await status(one.key), await status(one.key)]).toEqual([200, 200, 200])
    const refused = await bench.ask('/v1/models', { headers: bearer(one.key) })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20'])
    expect(await refused.json()).toMatchObject({ code: 'overloaded', retryAfterMs: 20_000 })
    expect(await status(two.key)).toBe(200)
    await bench.clock.advance(20_000)
    expect([await status(one.key), await status(one.key)]).toEqual([200, 429])
  })
})

describe('the limit of an address', () => {
  const from = (bench: TrustBench, peer: string, forwarded?: string): Promise<Response> => {
    const request = new Request('http://localhost/v1/models', forwarded === undefined ? {} : { headers: { 'x-forwarded-for': forwarded } })
    noteAddress(request, () => peer)
    return bench.app.fetch(request)
  }

  it('counts by the socket, whatever a caller writes into its headers', async () => {
    const bench = open({ ratePerAddress: 2 })
    const statuses: number[] = []
    for (const forwarded of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) statuses.push((await from(bench, '10.0.0.1', forwarded)).status)
    expect(statuses).toEqual([401, 401, 429])
    expect((await from(bench, '10.0.0.2')).status).toBe(401)
  })

  it('counts behind a trusted proxy by what that proxy added, not by what the client made up', async () => {
    const bench = open({ ratePerAddress: 2, trustedProxies: 1 })
    const statuses: number[] = []
    for (const made of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) statuses.push((await from(bench, '10.0.0.1', `${made}, 9.9.9.9`)).status)
    expect(statuses).toEqual([401, 401, 429])
    expect((await from(bench, '10.0.0.1', '9.9.9.8')).status).toBe(401)
  })
})

describe('a rate limit', () => {
  it('remembers so many callers and no more', () => {
    const limit = createRateLimit({ clock: createFakeClock(), perMinute: 1, what: 'requests', maxCallers: 2 })
    limit.take('a')
    limit.take('b')
    expect(() => limit.take('a')).toThrow(/1 in a minute/)
    limit.take('c')
    expect(() => limit.take('a')).not.toThrow()
    expect(() => limit.take('c')).toThrow()
  })

  it('of 0 refuses nobody', () => {
    const limit = createRateLimit({ clock: createFakeClock(), perMinute: 0, what: 'requests' })
    for (let n = 0; n < 100; n++) limit.take('a')
    limit.check('a')
  })
})

describe('a page of another origin', () => {
  const listed = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }

  it('that is listed may call with a key, and sees the answer and its refusals', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'a' })
    const preflight = await bench.ask('/v1/runs', {
      method: 'OPTIONS',
      headers: { ...listed, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('DELETE')
    const created = await bench.ask('/v1/runs', post({ input: 'Q' }, { ...bearer(key), ...listed }))
    expect([created.status, created.headers.get('access-control-allow-origin')]).toEqual([201, 'https://app.example'])
    const refused = await bench.ask('/v1/runs', { headers: listed })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://app.example'])
    expect(created.headers.get('access-control-allow-credentials')).toBeNull()
    expect(created.headers.get('vary')).toBe('origin')
  })

  it.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'https://app.example:444', 'null'])(
    '%s is refused and may read nothing',
    async (origin) => {
      const bench = open()
      const { key } = await bench.key({ name: 'a' })
      const response = await bench.ask('/v1/runs', { headers: { ...bearer(key), origin } })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null])
      const preflight = await bench.ask('/v1/runs', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it('that is listed and of the same site does not act with the cookie of the page', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'a' })
    const signedIn = await bench.ask('/v1/session', post({ key }))
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    const headers = { cookie, origin: 'https://app.example', 'sec-fetch-site': 'same-site' }
    expect((await bench.ask('/v1/chat/stream?message=Q', { headers })).status).toBe(401)
    expect((await bench.ask('/v1/runs', { headers: { cookie, origin: 'http://localhost', 'sec-fetch-site': 'same-origin' } })).status).toBe(
      200,
    )
  })
})
