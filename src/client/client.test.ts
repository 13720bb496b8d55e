import { describe, expect, it } from 'vitest'
import { answerText } from '../core/fold.ts'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import { type ClientOptions, createClient } from './client.ts'
import { REQUEST_RETRIES, REQUEST_TIMEOUT_MS } from './request.ts'
import { type FakeRequest, fakeFetch, problem, STORY, settled, sse, sseBytes } from './testing/fake-server.ts'

const RUN = { id: 'r1', streamId: 'runs/r1', status: 'queued', model: 'simulated/lorem', createdAt: '2026-01-01T00:00:00Z', links: {} }

function connect(answer: (request: FakeRequest) => Response | Promise<Response>, options: Partial<ClientOptions> = {}) {
  const clock = createFakeClock()
  const { fetch, requests } = fakeFetch(answer)
  const client = createClient({ baseUrl: 'http://sluice.test/', fetch, clock, random: () => 0.5, ...options })
  /** Lets all waits pass. */
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => {})
    for (let turn = 0; turn < 20; turn++) {
      await settled()
      clock.advance(2_000)
    }
    return await work
  }
  return { client, clock, requests, finish }
}

const json = (body: unknown, status = 200): Response => Response.json(body, { status })
const cut = (): never => {
  throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') })
}

describe('requests', () => {
  it('go to the paths of the protocol', async () => {
    const { client, requests } = connect(({ url }) => {
      if (url.includes('conversations/')) return json({ id: 'c/1', messages: [] })
      if (url.includes('models')) return json({ default: 'a/b', items: [] })
      return json(url.endsWith('cancel') ? { effect: 'ended' } : { ...RUN, text: '', items: [] })
    })
    await client.runs.get('r 1')
    await client.runs.list({ status: 'running', limit: 5 })
    await client.runs.list()
    await client.runs.cancel('r1')
    await client.conversations.list({ after: 'x&y' })
    await client.conversations.get('c/1', { limit: 2 })
    await client.models()
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET http://sluice.test/v1/runs/r%201',
      'GET http://sluice.test/v1/runs?status=running&limit=5',
      'GET http://sluice.test/v1/runs',
      'POST http://sluice.test/v1/runs/r1/cancel',
      'GET http://sluice.test/v1/conversations?after=x%26y',
      'GET http://sluice.test/v1/conversations/c%2F1?limit=2',
      'GET http://sluice.test/v1/models',
    ])
  })

  it('carry the client’s headers', async () => {
    const { client, requests } = connect(() => json({ default: 'a/b', items: [] }), {
      headers: async () => ({ authorization: 'Bearer t' }),
    })
    await client.models()
    expect(requests[0]?.headers).toEqual({ accept: 'application/json', authorization: 'Bearer t' })
  })

  it('throw the server’s problem as an error, with what the server said and the request’s id', async () => {
    const { client } = connect(() => problem(429, { code: 'overloaded', detail: 'Too many runs.', requestId: 'q7', retryAfterMs: 1_500 }))
    await expect(client.runs.create({ input: 'hi' })).rejects.toMatchObject({
      name: 'SluiceError',
      code: 'overloaded',
      safeMessage: 'Too many runs.',
      retryable: true,
      retryAfterMs: 1_500,
      message: 'POST http://sluice.test/v1/runs failed with 429: Too many runs. (request q7)',
    })
  })

  it('name the fields that were not accepted', async () => {
    const errors = [{ path: 'options.seed', message: 'Expected a number' }]
    const { client } = connect(() => problem(400, { code: 'invalid-request', detail: 'The request was not accepted.', errors }))
    await expect(client.runs.create({ input: 'hi' })).rejects.toThrow('options.seed: Expected a number.')
  })

  it.each([
    [401, 'forbidden'],
    [404, 'not-found'],
    [413, 'too-large'],
    [418, 'invalid-request'],
    [500, 'server'],
    [503, 'unavailable'],
  ])('make %i of a proxy, which has no code, %s', async (status, code) => {
    const { client } = connect(() => new Response('<h1>no</h1>', { status, headers: { 'retry-after': '3', 'x-request-id': 'p1' } }))
    await expect(client.runs.get('r1')).rejects.toMatchObject({
      code,
      retryAfterMs: 3_000,
      message: expect.stringContaining('(request p1)'),
    })
  })

  it('read a Retry-After that is a date', async () => {
    const { client, clock } = connect(() => problem(429, {}, { 'retry-after': new Date(clock.now() + 9_000).toUTCString() }))
    await expect(client.runs.get('r1')).rejects.toMatchObject({ retryAfterMs: 9_000 })
  })

  it.each([
    ['a page', () => new Response('<html>')],
    ['a list', () => json([])],
    ['another object', () => json({ hello: 'world' })],
  ])('say so when the answer is %s, which no Sluice server sends', async (_what, answer) => {
    const { client, requests } = connect(answer)
    await expect(client.runs.get('r1')).rejects.toThrow(/Is the base URL that of a Sluice server/)
    expect(requests.length).toBe(1)
  })

  it('that get no answer in time are asked again', async () => {
    const { client, clock, requests } = connect(({ number }) =>
      number === 1 ? new Promise<Response>(() => {}) : json({ ...RUN, text: '' }),
    )
    const work = client.runs.get('r1')
    await settled()
    clock.advance(REQUEST_TIMEOUT_MS)
    await settled()
    expect(requests[0]?.signal.aborted).toBe(true)
    clock.advance(250)
    expect(await work).toMatchObject({ id: 'r1' })
    expect(clock.pending).toBe(0)
  })

  it('end with the reason of their signal', async () => {
    const { client, requests } = connect(() => new Promise<Response>(() => {}))
    const controller = new AbortController()
    const work = client.runs.get('r1', { signal: controller.signal })
    await settled()
    controller.abort(new Error('changed my mind'))
    await expect(work).rejects.toThrow('changed my mind')
    expect(requests.length).toBe(1)
  })
})

describe('creating a run', () => {
  it('never makes two of one call: a lost answer is asked for again under the same key', async () => {
    const runs = new Map<string, object>()
    const { client, requests, finish } = connect(({ number, headers }) => {
      const key = headers['idempotency-key'] ?? ''
      runs.set(key, RUN)
      if (number === 1) return cut()
      if (number === 2) return problem(502)
      return json(RUN, 201)
    })
    expect(await finish(client.runs.create({ input: 'hi' }))).toEqual(RUN)
    expect(requests.length).toBe(3)
    expect(runs.size).toBe(1)
    expect([...runs.keys()][0]).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set(requests.map((request) => request.body))).toEqual(new Set(['{"input":"hi"}']))
  })

  it('asks again when the answer breaks off in the middle', async () => {
    const half = (): Response => {
      const { body } = sse([new TextEncoder().encode('{"id":')], 'reset')
      return new Response(body, { status: 201 })
    }
    const { client, finish } = connect(({ number }) => (number === 1 ? half() : json(RUN)))
    expect(await finish(client.runs.create({ input: 'hi' }))).toEqual(RUN)
  })

  it('of two calls has two keys, unless the caller names one', async () => {
    const { client, requests } = connect(() => json(RUN, 201))
    await client.runs.create({ input: 'hi' })
    await client.runs.create({ input: 'hi' })
    await client.runs.create({ input: 'hi' }, { idempotencyKey: 'mine' })
    const keys = requests.map((request) => request.headers['idempotency-key'])
    expect(new Set(keys).size).toBe(3)
    expect(keys[2]).toBe('mine')
  })

  it('gives up after a few attempts', async () => {
    const { client, requests, finish } = connect(cut)
    await expect(finish(client.runs.create({ input: 'hi' }))).rejects.toMatchObject({
      code: 'connection',
      message: 'No answer to POST http://sluice.test/v1/runs: read ECONNRESET',
    })
    expect(requests.length).toBe(1 + REQUEST_RETRIES)
  })

  it.each([400, 409, 429, 500, 503])('leaves %i to the caller', async (status) => {
    const { client, requests, finish } = connect(() => problem(status))
    await expect(finish(client.runs.create({ input: 'hi' }))).rejects.toBeInstanceOf(Error)
    expect(requests.length).toBe(1)
  })
})

describe('reading a run', () => {
  it('gives the final answer, and each one on the way to it', async () => {
    const { client, requests } = connect(({ after }) => sse([sseBytes(STORY, after)]), { reader: 'page' })
    const texts: string[] = []
    const answer = await client.answer('r1', { onChange: (now) => texts.push(answerText(now)) })
    expect(answer).toMatchObject({ outcome: 'completed', finishReason: 'stop', runId: 'r1' })
    expect(answerText(answer)).toBe('Grüße: 水 and 🚰\n\ndata: no\r\ndone.')
    expect(texts.length).toBe(STORY.length)
    expect(requests[0]?.url).toBe('http://sluice.test/v1/runs/r1/events?view=raw&reader=page')
  })

  it('gives its events to a loop', async () => {
    const { client } = connect(({ after }) => sse([sseBytes(STORY, after)]))
    const events = []
    for await (const located of client.runs.events('r1')) events.push(located)
    expect(events).toEqual(STORY)
  })
})
