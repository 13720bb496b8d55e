import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { ANSWER, type Ask, DOORS, type Door, post, readEvents, type Setup, setup, textOf } from './harness.ts'

interface Body {
  readonly [key: string]: unknown
}

const json = async (response: Response): Promise<Body> => (await response.json()) as Body
const REQUEST_ID = /^[0-9a-f-]{36}$/

describe.each(Object.entries(DOORS))('the API, %s', (_way, openDoor) => {
  let server: Setup
  let door: Door
  let ask: Ask

  beforeEach(async () => {
    server = setup()
    door = await openDoor(server.app)
    ask = door.ask
  })
  afterEach(async () => {
    await server.close()
    await door.close()
  })

  const create = async (body: object = { input: 'hello' }): Promise<string> => String((await json(await ask('/v1/runs', post(body))))['id'])
  const finished = async (body: object = { input: 'hello' }): Promise<string> =>
    String((await json(await ask('/v1/chat', post(body))))['id'])

  const expectProblem = async (response: Response, status: number, code: string): Promise<Body> => {
    const problem = await json(response)
    expect(problem).toMatchObject({ type: `urn:sluice:error:${code}`, title: expect.any(String), status, detail: expect.any(String), code })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(problem['requestId']).toBe(response.headers.get('x-request-id'))
    expect(problem['requestId']).toMatch(REQUEST_ID)
    return problem
  }

  describe('runs', () => {
    it('answers a create with the run and where it is', async () => {
      const response = await ask('/v1/runs', post({ input: 'hello', conversationId: 'c1', options: { seed: 1 } }))
      const run = await json(response)
      const self = `/v1/runs/${run['id']}`
      expect(response.status).toBe(201)
      expect(response.headers.get('location')).toBe(self)
      expect(run).toEqual({
        id: run['id'],
        streamId: `runs/${run['id']}`,
        status: 'queued',
        model: 'test/echo',
        conversationId: 'c1',
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
      })
    })

    it('gives the same run for the same idempotency key, and refuses the key for another request', async () => {
      const first = await ask('/v1/runs', post({ input: 'hello' }, { 'idempotency-key': 'k' }))
      const second = await ask('/v1/runs', post({ input: 'hello' }, { 'idempotency-key': 'k' }))
      expect([first.status, second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 200, 'true'])
      expect((await json(second))['id']).toBe((await json(first))['id'])
      const problem = await expectProblem(await ask('/v1/runs', post({ input: 'other' }, { 'idempotency-key': 'k' })), 409, 'conflict')
      expect(problem['detail']).toContain('Idempotency-Key')
    })

    it('shows a run with its text and its readers', async () => {
      const id = await create({ input: 'wait' })
      const events = await ask(`/v1/runs/${id}/events?reader=page`)
      const reading = readEvents(events)
      await expect
        .poll(async () => (await json(await ask(`/v1/runs/${id}`)))['readers'])
        .toEqual([{ kind: 'page', since: expect.any(String) }])
      server.model.release()
      await reading
      const run = await json(await ask(`/v1/runs/${id}`))
      expect(run).toMatchObject({
        status: 'completed',
        outcome: 'completed',
        finishReason: 'stop',
        text: ANSWER,
        usage: { outputTokens: 9, basis: 'reported' },
        readers: [],
      })
      expect(new Date(String(run['endedAt'])).getTime()).toBeGreaterThanOrEqual(new Date(String(run['startedAt'])).getTime())
    })

    it('lists runs newest first, page by page, by status and conversation', async () => {
      const ids: string[] = []
      for (const conversationId of ['a', 'b', 'a']) ids.unshift(await finished({ input: 'hello', conversationId }))
      const first = await json(await ask('/v1/runs?limit=2'))
      const second = await json(await ask(`/v1/runs?limit=2&after=${encodeURIComponent(String(first['next']))}`))
      const idsOf = (list: Body): unknown[] => (list['items'] as Body[]).map((item) => item['id'])
      expect([...idsOf(first), ...idsOf(second)]).toEqual(ids)
      expect(second).not.toHaveProperty('next')
      expect((first['items'] as Body[])[0]).not.toHaveProperty('text')
      expect(idsOf(await json(await ask('/v1/runs?conversationId=b&status=completed')))).toEqual([ids[1]])
      expect(idsOf(await json(await ask('/v1/runs?status=failed')))).toEqual([])
    })

    it('cancels a run once and says so ever after', async () => {
      const id = await create({ input: 'wait' })
      const reading = readEvents(await ask(`/v1/runs/${id}/events`))
      const cancelled = await ask(`/v1/runs/${id}/cancel`, { method: 'POST' })
      expect(cancelled.status).toBe(202)
      expect(await json(cancelled)).toMatchObject({ id, effect: 'cancelling' })
      expect(JSON.parse((await reading).at(-1)?.data ?? '{}')).toMatchObject({ outcome: 'cancelled' })
      await expect.poll(async () => (await json(await ask(`/v1/runs/${id}`)))['status']).toBe('cancelled')
      const again = await ask(`/v1/runs/${id}/cancel`, { method: 'POST' })
      expect(again.status).toBe(200)
      expect(await json(again)).toEqual({ id, status: 'cancelled', outcome: 'cancelled', effect: 'ended' })
    })

    it.each(['/v1/runs/nope', '/v1/runs/nope/events', '/v1/runs/a%0d%0ax-evil:%201', '/v1/runs/%00', '/v1/conversations/nope'])(
      'answers 404 for %s',
      async (path) => {
        const response = await ask(path)
        expect(response.headers.has('x-evil')).toBe(false)
        await expectProblem(response, 404, 'not-found')
      },
    )

    it('answers 404 for the cancel of an unknown run', async () => {
      await expectProblem(await ask('/v1/runs/nope/cancel', { method: 'POST' }), 404, 'not-found')
    })
  })

  describe('chat', () => {
    it('waits for the whole answer', async () => {
      const response = await ask(
        '/v1/chat',
        post({
          input: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'hello' },
          ],
        }),
      )
      expect(response.status).toBe(200)
      expect(await json(response)).toMatchObject({ status: 'completed', text: ANSWER })
    })

    it('gives a failed run with a safe error, not what the provider said', async () => {
      const text = await (await ask('/v1/chat', post({ input: 'fail' }))).text()
      expect(JSON.parse(text)).toMatchObject({ status: 'failed', error: { type: 'llm', code: 'content-filter', recoverable: false } })
      expect(text).not.toContain('secret')
    })

    it('goes on when the caller goes away', async () => {
      const leave = new AbortController()
      const asking = ask('/v1/chat', { ...post({ input: 'wait' }), signal: leave.signal })
      asking.catch(() => {})
      await expect.poll(() => server.model.asked).toEqual(['wait'])
      leave.abort()
      server.model.release()
      await expect.poll(async () => (await json(await ask('/v1/runs?status=completed')))['items']).toHaveLength(1)
      expect(server.observed.filter(({ type }) => type === 'trouble')).toEqual([])
    })
  })

  describe('conversations', () => {
    it('keeps whole messages and says which run is being written', async () => {
      await finished({ input: 'hello', conversationId: 'c1' })
      const live = await create({ input: 'wait', conversationId: 'c1' })
      const conversation = await json(await ask('/v1/conversations/c1'))
      expect(conversation).toMatchObject({ id: 'c1', title: 'hello', lastRunId: live, liveRunId: live })
      expect((conversation['messages'] as Body[]).map(({ role, text }) => [role, text])).toEqual([
        ['user', 'hello'],
        ['assistant', ANSWER],
        ['user', 'wait'],
      ])
      expect((await json(await ask('/v1/conversations')))['items']).toMatchObject([{ id: 'c1', title: 'hello', lastRunId: live }])
    })

    it('pages back to older messages', async () => {
      await finished({ input: 'hello', conversationId: 'c1' })
      const newest = await json(await ask('/v1/conversations/c1?limit=1'))
      const older = await json(await ask(`/v1/conversations/c1?limit=1&after=${encodeURIComponent(String(newest['next']))}`))
      expect([newest, older].map((page) => (page['messages'] as Body[]).map(({ role }) => role))).toEqual([['assistant'], ['user']])
    })
  })

  describe('operations', () => {
    it('names the models', async () => {
      expect(await json(await ask('/v1/models'))).toEqual({
        default: 'test/echo',
        items: [{ id: 'test/echo' }],
        object: 'list',
        data: [{ id: 'test/echo', object: 'model', created: 0, owned_by: 'test' }],
      })
    })

    it('is alive, and ready until it drains', async () => {
      expect((await ask('/healthz')).status).toBe(200)
      expect((await ask('/readyz')).status).toBe(200)
      await server.runs.drain(0)
      const problem = await ask('/readyz')
      expect(problem.headers.get('retry-after')).toBe('1')
      await expectProblem(problem, 503, 'unavailable')
      expect((await ask('/healthz')).status).toBe(200)
      const refused = await ask('/v1/runs', post({ input: 'hello' }))
      expect(refused.headers.get('retry-after')).toBe('2')
      await expectProblem(refused, 503, 'unavailable')
    })

    it('has no metrics unless they are given', async () => {
      await expectProblem(await ask('/metrics'), 404, 'not-found')
    })

    it('reports every request with its route, never with an address', async () => {
      const id = await create()
      await ask(`/v1/runs/${id}`)
      await ask('/v1/runs/nope')
      await ask('/no/such/thing')
      const http = server.observed.filter((observation) => observation.type === 'http')
      expect(http.map(({ method, route, status }) => [method, route, status])).toEqual([
        ['POST', '/v1/runs', 201],
        ['GET', '/v1/runs/:id', 200],
        ['GET', '/v1/runs/:id', 404],
        ['GET', '*', 404],
      ])
    })
  })

  describe('refusals', () => {
    const invalid: readonly [string, string, unknown, readonly string[]][] = [
      ['an unknown field', '/v1/runs', { input: 'x', stream: true }, ['stream']],
      ['an unknown option', '/v1/runs', { input: 'x', options: { topP: 1 } }, ['options.topP']],
      ['a field named __proto__', '/v1/runs', '{"input":"x","__proto__":{"a":1}}', ['__proto__']],
      ['no input', '/v1/runs', {}, ['input']],
      ['an empty question', '/v1/chat', { input: '' }, ['input']],
      ['an empty prompt', '/v1/runs', { input: [] }, ['input']],
      ['an unknown role', '/v1/runs', { input: [{ role: 'root', content: 'x' }] }, ['input.0.role']],
      ['a number where text belongs', '/v1/runs', { input: 5 }, ['input']],
      ['a temperature out of range', '/v1/runs', { input: 'x', options: { temperature: 9 } }, ['options.temperature']],
      ['a conversation id that could not be an address', '/v1/runs', { input: 'x', conversationId: '../x' }, ['conversationId']],
      ['a list', '/v1/runs', [], ['']],
      ['null', '/v1/runs', 'null', ['']],
    ]
    it.each(invalid)('names what is wrong: %s', async (_what, path, body, paths) => {
      const problem = await expectProblem(await ask(path, post(body)), 400, 'invalid-request')
      expect((problem['errors'] as Body[]).map((error) => error['path'])).toEqual(paths)
      for (const name of paths) expect(problem['detail']).toContain(name)
    })

    it.each([
      ['/v1/runs?limit=0', 'limit'],
      ['/v1/runs?limit=201', 'limit'],
      ['/v1/runs?limit=x', 'limit'],
      ['/v1/runs?status=done', 'status'],
      ['/v1/runs?limit=1&limit=2', 'limit'],
      ['/v1/runs?sort=asc', 'sort'],
      ['/v1/chat/stream', 'message'],
      ['/v1/chat/stream?message=', 'message'],
      ['/v1/runs/x/events?view=json', 'view'],
      ['/v1/runs/x/events?reader=A%0AB', 'reader'],
    ])('names what is wrong in the query: %s', async (path, name) => {
      const problem = await expectProblem(await ask(path), 400, 'invalid-request')
      expect((problem['errors'] as Body[]).map((error) => error['path'])).toEqual([name])
    })

    it('refuses a page that it never gave out', async () => {
      await expectProblem(await ask('/v1/runs?after=nonsense'), 400, 'invalid-request')
    })

    it('names the models that there are', async () => {
      const problem = await expectProblem(await ask('/v1/runs', post({ input: 'x', model: 'test/nope' })), 400, 'invalid-request')
      expect(problem['detail']).toContain('test/echo')
    })

    it('refuses a bad idempotency key', async () => {
      const problem = await expectProblem(await ask('/v1/runs', post({ input: 'x' }, { 'idempotency-key': 'a b' })), 400, 'invalid-request')
      expect((problem['errors'] as Body[]).map((error) => error['path'])).toEqual(['idempotency-key'])
    })

    it.each([
      ['text that is not JSON', '{"input":'],
      ['nothing', ''],
      ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
      ['an overlong NUL', new Uint8Array([0x22, 0xc0, 0x80, 0x22])],
    ])('refuses a body of %s', async (_what, body) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      await expectProblem(await ask('/v1/runs', init), 400, 'invalid-request')
    })

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'multipart/form-data; boundary=x'])(
      'refuses a body of type %s',
      async (type) => {
        await expectProblem(
          await ask('/v1/runs', { method: 'POST', headers: { 'content-type': type }, body: '{"input":"x"}' }),
          415,
          'invalid-request',
        )
        await expectProblem(
          await ask('/v1/runs/x/cancel', { method: 'POST', headers: { 'content-type': type }, body: 'x' }),
          415,
          'invalid-request',
        )
      },
    )

    it('refuses a compressed body', async () => {
      await expectProblem(await ask('/v1/runs', post({ input: 'x' }, { 'content-encoding': 'gzip' })), 415, 'invalid-request')
    })

    it('takes JSON that says its charset', async () => {
      const init = { ...post({ input: 'hello' }), headers: { 'content-type': 'Application/JSON; charset=UTF-8' } }
      expect((await ask('/v1/runs', init)).status).toBe(201)
    })

    it('refuses a prompt that is larger than runs may be', async () => {
      await expectProblem(await ask('/v1/runs', post({ input: 'x'.repeat(65 * 1024) })), 413, 'too-large')
    })

    it('says which methods an address takes', async () => {
      for (const [method, path, allow] of [
        ['DELETE', '/v1/runs', 'POST, GET, HEAD, OPTIONS'],
        ['GET', '/v1/runs/x/cancel', 'POST, OPTIONS'],
        ['PUT', '/v1/runs/x/events', 'GET, HEAD, OPTIONS'],
      ] as const) {
        const response = await ask(path, { method })
        expect(response.headers.get('allow')).toBe(allow)
        await expectProblem(response, 405, 'invalid-request')
        const options = await ask(path, { method: 'OPTIONS' })
        expect([options.status, options.headers.get('allow')]).toEqual([204, allow])
      }
    })

    it.each(['/nope', '/v1', '/v1/', '/v1/runs/', '/index.php', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2fpackage.json'])(
      'has nothing at %s',
      async (path) => {
        await expectProblem(await ask(path), 404, 'not-found')
      },
    )

    it('refuses an address that is too long', async () => {
      await expectProblem(await ask(`/v1/chat/stream?message=${'x'.repeat(17_000)}`), 414, 'too-large')
    })

    it('refuses pages of other sites, also with GET, since GET can start runs', async () => {
      for (const headers of [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      ]) {
        await expectProblem(await server.app.fetch(new Request('http://localhost/v1/chat/stream?message=x', { headers })), 403, 'forbidden')
        await expectProblem(
          await server.app.fetch(new Request('http://localhost/v1/runs', { ...post({ input: 'x' }, headers) })),
          403,
          'forbidden',
        )
      }
      expect(server.model.asked).toEqual([])
    })

    it('refuses requests that were forwarded while nobody has to prove who they are', async () => {
      for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip']) {
        const problem = await expectProblem(await ask('/v1/models', { headers: { [name]: '1.2.3.4' } }), 403, 'forbidden')
        expect(problem['detail']).toContain(name)
      }
    })

    it('keeps to itself what went wrong inside', async () => {
      const broken = setup({ records: { ...server.deps.records, listConversations: () => Promise.reject(new Error('password=hunter2')) } })
      const way = await openDoor(broken.app)
      try {
        const response = await way.ask('/v1/conversations')
        const text = await response.clone().text()
        const problem = await expectProblem(response, 500, 'server')
        expect(text).not.toContain('hunter2')
        expect(broken.observed).toContainEqual({
          type: 'trouble',
          what: expect.stringContaining(String(problem['requestId'])),
          error: expect.any(SluiceError),
        })
      } finally {
        await way.close()
        await broken.close()
      }
    })

    it('says when a limit will let the caller in again', async () => {
      const full = setup({ runLimits: { maxRunsPerUser: 1 } })
      const way = await openDoor(full.app)
      try {
        await way.ask('/v1/runs', post({ input: 'wait' }))
        const response = await way.ask('/v1/runs', post({ input: 'hello' }))
        expect(response.headers.get('retry-after')).toBe('2')
        expect(await expectProblem(response, 429, 'overloaded')).toMatchObject({ retryAfterMs: 2_000 })
      } finally {
        await full.close()
        await way.close()
      }
    })
  })

  it('protects every response against sniffing, framing and caching', async () => {
    for (const path of ['/v1/models', '/nope', '/', '/v1/runs/nope']) {
      const response = await ask(path)
      await response.text()
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
      expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('x-request-id')).toMatch(REQUEST_ID)
    }
  })

  it('takes no request id from outside', async () => {
    const response = await ask('/healthz', { headers: { 'x-request-id': 'mine' } })
    expect(response.headers.get('x-request-id')).toMatch(REQUEST_ID)
  })

  it('answers HEAD as GET without a body', async () => {
    const id = await finished()
    for (const path of ['/v1/models', `/v1/runs/${id}`, `/v1/runs/${id}/events`, '/']) {
      const response = await ask(path, { method: 'HEAD' })
      expect([response.status, await response.text()]).toEqual([200, ''])
    }
    expect((await json(await ask(`/v1/runs/${id}`)))['readers']).toEqual([])
  })

  it('starts nothing for HEAD', async () => {
    const response = await ask('/v1/chat/stream?message=hello', { method: 'HEAD' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
    expect(server.model.asked).toEqual([])
  })

  it('streams what it says it streams', async () => {
    expect(textOf(await readEvents(await ask(`/v1/runs/${await create()}/events`)))).toBe(ANSWER)
  })
})

it('bounds bodies by what arrives, not by what they say', async () => {
  const server = setup({ limits: { maxBodyBytes: 1_000 } })
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 100
      controller.enqueue(new Uint8Array(100).fill(0x20))
    },
  })
  const headers = { 'content-type': 'application/json', 'content-length': '5' }
  const response = await server.app.fetch(
    new Request('http://localhost/v1/runs', { method: 'POST', headers, body, duplex: 'half' } as RequestInit),
  )
  expect([response.status, sent < 2_000]).toEqual([413, true])
  expect((await server.app.fetch(new Request('http://localhost/v1/runs', post({ input: 'x'.repeat(1_000) })))).status).toBe(413)
  await server.close()
})

it('serves requests that name it by a host it was given, and no others', async () => {
  const server = setup({ trust: { hosts: ['sluice.example'], forwarded: false } })
  const status = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
    (await server.app.fetch(new Request(url, { headers }))).status
  expect(await status('http://sluice.example/healthz')).toBe(200)
  expect(await status('http://sluice.example:8080/healthz')).toBe(200)
  expect(await status('http://[::1]:8080/healthz')).toBe(200)
  expect(await status('http://127.0.0.1:1/healthz', { host: 'LOCALHOST:1' })).toBe(200)
  expect(await status('http://evil.example/healthz')).toBe(421)
  expect(await status('http://localhost.evil.example/healthz')).toBe(421)
  expect(await status('http://localhost/healthz', { host: 'evil.example' })).toBe(421)
  await server.close()
})

it('lets its own page in, and links on other sites lead to the page but not into the API', async () => {
  const server = setup()
  const status = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await server.app.fetch(new Request(`http://localhost:8787${path}`, { headers }))).status
  expect(await status('/v1/models', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8787' })).toBe(200)
  expect(await status('/v1/models', { 'sec-fetch-site': 'none' })).toBe(200)
  expect(await status('/v1/models', { origin: 'http://localhost:3000' })).toBe(403)
  expect(await status('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200)
  expect(await status('/c/c1', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200)
  expect(await status('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403)
  expect(await status('/v1/models', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(403)
  await server.close()
})

it('serves forwarded requests when callers must prove who they are', async () => {
  const server = setup({ trust: { hosts: [], forwarded: true } })
  const request = new Request('http://localhost/v1/models', { headers: { 'x-forwarded-for': '1.2.3.4' } })
  expect((await server.app.fetch(request)).status).toBe(200)
  await server.close()
})

it('gives the metrics that it was given', async () => {
  const server = setup({ metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' }) })
  const response = await server.app.fetch(new Request('http://localhost/metrics'))
  expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/plain; version=0.0.4; charset=utf-8', 'up 1\n'])
  await server.close()
})
