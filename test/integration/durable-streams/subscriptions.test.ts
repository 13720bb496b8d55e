/** The subscription API over sockets, beyond what the public suite asks. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Refusal } from '../../../src/http/problem.ts'
import { createTestServer, type TestServer } from './harness.ts'
import { callBack, createReceiver } from './receiver.ts'

const LOCAL = { tenant: 'local', user: 'local', scopes: ['*'] }
let server: TestServer
beforeAll(async () => {
  server = await createTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

async function send(method: string, path: string, value?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(server.at(path), {
    method,
    ...(value === undefined ? {} : { body: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>) }
}

const subscription = (id: string) => `__ds/subscriptions/${id}`

describe('a webhook', () => {
  it('that fails is called again later with the same wake, and says so meanwhile', async () => {
    await using receiver = await createReceiver()
    receiver.answer = { status: 302, body: {}, location: receiver.url }
    await send('PUT', subscription('retry'), { type: 'webhook', pattern: 'retry/*', webhook: { url: receiver.url } })
    await send('PUT', 'retry/a', [1])
    const first = await receiver.next()
    await vi.waitFor(async () => expect((await send('GET', subscription('retry'))).body).toMatchObject({ status: 'failed' }))
    receiver.answer = { status: 200, body: { done: true } }
    const second = await receiver.next()
    expect([second.wake_id, second.generation]).toEqual([first.wake_id, first.generation])
    await vi.waitFor(async () =>
      expect((await send('GET', subscription('retry'))).body).toMatchObject({
        status: 'active',
        streams: [{ path: 'retry/a', acked_offset: second.streams[0]?.tail_offset }],
      }),
    )
    // The redirect was not followed.
    expect(receiver.seen).toHaveLength(2)
  })

  it('that accepts a wake and is never heard of again is called with the next generation', async () => {
    await using receiver = await createReceiver()
    await send('PUT', subscription('silent'), { type: 'webhook', pattern: 'silent/*', webhook: { url: receiver.url }, lease_ttl_ms: 1_000 })
    await send('PUT', 'silent/a', [1])
    const first = await receiver.next()
    const second = await receiver.next()
    expect(second.generation).toBe(first.generation + 1)
    expect(await callBack(first, { done: true })).toMatchObject({ status: 409, body: { error: { code: 'FENCED' } } })
    expect(await callBack(second, { acks: [{ stream: 'silent/a', offset: second.streams[0]?.tail_offset }], done: true })).toEqual({
      status: 200,
      body: { ok: true, next_wake: false },
    })
  })

  it('cannot be answered with a token of another subscription, a forged one, or none', async () => {
    await using receiver = await createReceiver()
    await send('PUT', subscription('token'), { type: 'webhook', pattern: 'token/*', webhook: { url: receiver.url } })
    await send('PUT', subscription('other'), { type: 'webhook', pattern: 'nothing/*', webhook: { url: receiver.url } })
    await send('PUT', 'token/a', [1])
    const wake = await receiver.next()
    const invalid = { status: 401, body: { error: { code: 'TOKEN_INVALID' } } }
    expect(await callBack({ ...wake, callback_token: `${wake.callback_token}x` }, {})).toMatchObject(invalid)
    expect(await callBack({ ...wake, callback_token: 'x' }, {})).toMatchObject(invalid)
    expect(await callBack({ ...wake, callback_url: wake.callback_url.replace('/token/', '/other/') }, {})).toMatchObject(invalid)
    expect(await send('POST', `${subscription('token')}/callback`, { wake_id: wake.wake_id, generation: 1 })).toMatchObject(invalid)
  })

  it('that was deleted hears no more, and its last wake is void', async () => {
    await using receiver = await createReceiver()
    await send('PUT', subscription('gone'), { type: 'webhook', pattern: 'gone/*', webhook: { url: receiver.url } })
    await send('PUT', 'gone/a', [1])
    const wake = await receiver.next()
    expect((await send('DELETE', subscription('gone'))).status).toBe(204)
    expect(await callBack(wake, { done: true })).toMatchObject({ status: 404, body: { error: { code: 'SUBSCRIPTION_NOT_FOUND' } } })
    expect((await send('DELETE', subscription('gone'))).status).toBe(404)
  })
})

describe('a subscription', () => {
  it('begins a stream that was deleted and made again at its beginning', async () => {
    await using receiver = await createReceiver()
    receiver.answer = { status: 200, body: { done: true } }
    await send('PUT', subscription('again'), { type: 'webhook', pattern: 'again/*', webhook: { url: receiver.url } })
    await send('PUT', 'again/a', [1, 2, 3])
    await receiver.next()
    await send('DELETE', 'again/a')
    await send('PUT', 'again/a', [1])
    const wake = await receiver.next()
    expect(wake.streams).toEqual([
      {
        path: 'again/a',
        link_type: 'glob',
        acked_offset: '0000000000000000_0000000000000000',
        tail_offset: expect.stringMatching(/1$/),
        has_pending: true,
      },
    ])
  })

  it('begins a stream that was there before at its next append', async () => {
    await using receiver = await createReceiver()
    const { status } = await send('PUT', 'before/a', [1, 2])
    expect(status).toBe(201)
    await send('PUT', subscription('before'), { type: 'webhook', pattern: 'before/**', webhook: { url: receiver.url } })
    await send('POST', 'before/a', 3)
    const wake = await receiver.next()
    expect(wake.streams).toMatchObject([{ acked_offset: expect.stringMatching(/_0*2$/), tail_offset: expect.stringMatching(/_0*3$/) }])
  })

  it('is woken by runs that its pattern means', async () => {
    await using receiver = await createReceiver()
    await send('PUT', subscription('runs'), { type: 'webhook', pattern: 'runs/*', webhook: { url: receiver.url } })
    const { run } = await server.runs.create(LOCAL, { input: 'Wake.', options: { tokensPerSecond: 5_000 } })
    const wake = await receiver.next()
    expect(wake.streams.map(({ path }) => path)).toContain(`runs/${run.id}`)
    await send('DELETE', subscription('runs'))
  })

  it('is not woken by its own wake stream', async () => {
    await send('PUT', 'loop/wakes', [])
    await send('PUT', subscription('loop'), { type: 'pull-wake', pattern: 'loop/*', wake_stream: 'loop/wakes' })
    await send('PUT', 'loop/a', [1])
    const wakes = () => send('GET', 'loop/wakes')
    await vi.waitFor(async () =>
      expect((await wakes()).body).toMatchObject([{ type: 'wake', subscription_id: 'loop', stream: 'loop/a', generation: 1 }]),
    )
    const claimed = await send('POST', `${subscription('loop')}/claim`, { worker: 'x' })
    expect(claimed.body).toMatchObject({ generation: 1, streams: [{ path: 'loop/a' }] })
    const { wake_id, generation, token } = claimed.body ?? {}
    await send('POST', `${subscription('loop')}/release`, { wake_id, generation }, { authorization: `Bearer ${token}` })
    await vi.waitFor(async () => expect((await wakes()).body).toHaveLength(2))
  })

  it('of one principal does not show in the addresses of streams', async () => {
    expect((await send('PUT', '__ds/anything', [1])).status).toBe(404)
    expect((await send('GET', '__ds')).status).toBe(404)
    expect((await send('GET', '../../subscriptions/journal/1')).status).toBe(404)
  })

  it.each([
    [{ type: 'webhook', pattern: 'a/*' }, 'INVALID_REQUEST', 'webhook.url'],
    [{ type: 'pull-wake', pattern: 'a/*' }, 'INVALID_REQUEST', 'wake_stream'],
    [{ type: 'pull-wake', wake_stream: 'w' }, 'INVALID_REQUEST', 'pattern'],
    [{ type: 'pull-wake', wake_stream: 'w', pattern: 'a/b*' }, 'INVALID_REQUEST', 'whole segment'],
    [{ type: 'pull-wake', wake_stream: 'w', pattern: 'a/*', lease_ttl_ms: 999 }, 'INVALID_REQUEST', 'lease_ttl_ms'],
    [{ type: 'pull-wake', wake_stream: 'w', pattern: 'a/*', lease_ttl_ms: 600_001 }, 'INVALID_REQUEST', 'lease_ttl_ms'],
    [{ type: 'pull-wake', wake_stream: 'w', streams: ['__ds/x'] }, 'INVALID_REQUEST', 'names no stream'],
    [{ type: 'pull-wake', wake_stream: 'w', streams: ['../../../x'] }, 'INVALID_REQUEST', 'names no stream'],
    [{ type: 'pull-wake', wake_stream: 'w', streams: ['runs/of-another'] }, 'NOT_FOUND', 'no such run'],
    [{ type: 'webhook', pattern: 'a/*', webhook: { url: 'http://169.254.169.254/' } }, 'WEBHOOK_URL_REJECTED', 'public'],
  ])('is refused with its reason: %j', async (config, code, message) => {
    const refused = await send('PUT', subscription('wrong'), config)
    expect(refused.body).toMatchObject({ error: { code, message: expect.stringContaining(message) } })
  })

  it('of the same id and another configuration is a conflict', async () => {
    const config = { type: 'pull-wake', wake_stream: 'w', streams: ['b', 'a', 'b'] }
    expect((await send('PUT', subscription('same'), config)).status).toBe(201)
    expect((await send('PUT', subscription('same'), { ...config, streams: ['a', 'b'] })).status).toBe(200)
    expect(await send('PUT', subscription('same'), { ...config, description: 'x' })).toMatchObject({
      status: 409,
      body: { error: { code: 'SUBSCRIPTION_ALREADY_EXISTS' } },
    })
  })
})

describe('subscriptions of several principals', () => {
  it('do not meet: neither by id, nor by pattern, nor by token; and a wake is answered with its own token alone', async () => {
    await using receiver = await createReceiver()
    await using own = await createTestServer({
      authenticate: async (request) => {
        const user = /^Bearer key-(\w+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
        if (user === undefined) throw new Refusal(401, 'forbidden', 'Who are you?')
        return { principal: { tenant: 't', user, scopes: ['*'] } }
      },
    })
    const as = (user: string | undefined, method: string, path: string, value?: unknown) =>
      fetch(own.at(path), {
        method,
        headers: { 'content-type': 'application/json', ...(user === undefined ? {} : { authorization: `Bearer key-${user}` }) },
        ...(value === undefined ? {} : { body: JSON.stringify(value) }),
      })
    const config = { type: 'webhook', pattern: '**', webhook: { url: receiver.url } }
    expect((await as('ann', 'PUT', subscription('s'), config)).status).toBe(201)
    expect((await as('bob', 'GET', subscription('s'))).status).toBe(404)
    expect((await as(undefined, 'GET', subscription('s'))).status).toBe(401)
    expect((await as(undefined, 'POST', `${subscription('s')}/claim`, { worker: 'x' })).status).toBe(401)
    expect((await as(undefined, 'GET', '__ds/jwks.json')).status).toBe(200)
    expect((await as(undefined, 'GET', '%5F_ds/jwks.json')).status).toBe(401)

    await as('bob', 'PUT', 'secret', [1])
    await as('ann', 'PUT', 'mine', [1])
    const wake = await receiver.next()
    expect(wake.streams.map(({ path }) => path)).toEqual(['mine'])
    // Another principal's subscription of the same id is not what the token is for.
    expect((await as('bob', 'PUT', subscription('s'), { ...config, description: 'of bob' })).status).toBe(201)
    expect(await callBack(wake, { acks: [{ stream: 'mine', offset: wake.streams[0]?.tail_offset }], done: true })).toEqual({
      status: 200,
      body: { ok: true, next_wake: false },
    })
    const { run } = await own.runs.create({ tenant: 't', user: 'ann', scopes: ['*'] }, { input: 'Private.' })
    expect((await as('bob', 'POST', `${subscription('s')}/streams`, { streams: [run.streamId] })).status).toBe(404)
    expect((await as('ann', 'POST', `${subscription('s')}/streams`, { streams: [run.streamId] })).status).toBe(204)
  })
})
