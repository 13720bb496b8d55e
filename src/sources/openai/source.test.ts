import { describe, expect, it } from 'vitest'
import { answerOf, collect } from '../../conformance/source/collect.ts'
import { SluiceError } from '../../core/errors.ts'
import { answerText } from '../../core/fold.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import type { Play } from '../../simulators/provider/player.ts'
import { responsesSamples as samples } from '../../simulators/provider/samples/responses.ts'
import { ask, playedConformance, playTo, settled } from '../shared/testing/played.ts'
import { ERROR_BODY_TIMEOUT_MS, MAX_ERROR_BODY_BYTES } from '../shared/transport.ts'
import { createOpenAISource, type OpenAISourceOptions } from './source.ts'

const API_KEY = 'sk-test-0123456789abcdef'

const openPlayed = (options: Partial<OpenAISourceOptions> = {}) =>
  playTo(samples, (baseUrl) => createOpenAISource({ apiKey: API_KEY, baseUrl, ...options }))

playedConformance('openai', openPlayed, { completes: 'sample-text', breaks: 'sample-no-ending', inTheText: 1_200 })

describe('the request', () => {
  it('goes to /responses under the base URL, with or without a trailing slash, with the key and the stream flag', async () => {
    for (const slash of ['', '/', '//']) {
      await using test = await openPlayed()
      await using source = createOpenAISource({ apiKey: API_KEY, baseUrl: `${test.player.url}${slash}` })
      expect((await collect(source, ask('sample-text'))).thrown).toBeUndefined()
      const [request] = test.player.requests
      expect(request?.path).toBe('/responses')
      expect(request?.headers.authorization).toBe(`Bearer ${API_KEY}`)
      expect(request?.body).toMatchObject({ model: 'sample-text', stream: true, store: false })
    }
  })

  it('goes through the fetch that is given, such as the global one', async () => {
    await using test = await openPlayed({ fetch: globalThis.fetch })
    expect((await collect(test.source, ask('sample-text'))).events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
    expect(test.player.requests[0]?.headers['accept-encoding']).toBe('identity')
  })

  it('is refused before it is sent when the answer should be resumed', async () => {
    await using test = await openPlayed()
    const { thrown } = await collect(test.source, ask('sample-text'), { resume: { answer: answerOf([]) } })
    expect(thrown).toMatchObject({ code: 'invalid-request' })
    expect(test.player.requests).toEqual([])
  })

  it('cannot be made with an unusable key or base URL, and the error does not show the key', () => {
    const make = (options: OpenAISourceOptions) => () => createOpenAISource(options)
    expect(make({ apiKey: '' })).toThrow(/OPENAI_API_KEY/)
    expect(make({ apiKey: 'sk-secret\n' })).toThrow(/^(?!.*sk-secret)/)
    expect(make({ apiKey: API_KEY, baseUrl: 'api.openai.com' })).toThrow(/OPENAI_BASE_URL/)
    expect(make({ apiKey: API_KEY, baseUrl: 'http://user:pass@localhost/v1' })).toThrow(/OPENAI_BASE_URL/)
  })
})

describe('a refusal over HTTP', () => {
  const cases: readonly { readonly name: string; readonly play: Play; readonly error: Partial<SluiceError> }[] = [
    {
      name: 'a used-up quota is never retried',
      play: { status: 429, body: JSON.stringify({ error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'Pay.' } }) },
      error: { code: 'quota', retryable: false },
    },
    {
      name: 'a rate limit carries the wait of retry-after-ms',
      play: {
        status: 429,
        headers: { 'retry-after-ms': '1250', 'retry-after': '2' },
        body: JSON.stringify({ error: { type: 'requests', code: 'rate_limit_exceeded', message: 'Slow down.' } }),
      },
      error: { code: 'rate-limit', retryable: true, retryAfterMs: 1_250 },
    },
    {
      name: 'a page of a proxy is read as text',
      play: {
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: '<html><style>b{}</style><h1>502</h1><p>Bad gateway</p></html>',
      },
      error: { code: 'provider', retryable: true, message: 'OpenAI refused or broke off the response (HTTP 502): 502 Bad gateway.' },
    },
    { name: 'plain text is read as text', play: { status: 401, body: 'no key' }, error: { code: 'auth', retryable: false } },
    { name: 'an empty body is no obstacle', play: { status: 503, body: '' }, error: { code: 'provider', retryable: true } },
    { name: 'an overloaded gateway timed out', play: { status: 504, body: 'upstream' }, error: { code: 'timeout', retryable: true } },
    {
      name: 'a redirect is a wrong base URL',
      play: { status: 307, headers: { location: '/elsewhere' }, body: '' },
      error: { code: 'configuration' },
    },
    {
      name: 'an error in JSON under status 200 is not a stream',
      play: { headers: { 'content-type': 'application/json' }, body: '{"error":{"code":"server_error","message":"Oops"}}' },
      error: { code: 'provider' },
    },
    {
      name: 'a page under status 200 is not a stream',
      play: { headers: { 'content-type': 'text/html' }, body: '<p>Log in</p>' },
      error: { code: 'provider' },
    },
    {
      name: 'the provider may say that it is final',
      play: { status: 500, headers: { 'x-should-retry': 'false' }, body: 'no' },
      error: { code: 'provider', retryable: false },
    },
  ]
  for (const { name, play, error } of cases) {
    it(name, async () => {
      await using test = await openPlayed()
      test.player.enqueue(play)
      const { events, thrown } = await collect(test.source, ask('any'))
      expect(events).toEqual([])
      expect(thrown).toBeInstanceOf(SluiceError)
      expect(thrown).toMatchObject(error)
      await settled(test.player)
    })
  }

  it('never shows the key, whole or masked', async () => {
    await using test = await openPlayed()
    const message = `Incorrect API key provided: ${API_KEY}, also known as sk-test*****cdef.`
    test.player.enqueue({
      status: 401,
      body: JSON.stringify({ error: { type: 'invalid_request_error', code: 'invalid_api_key', message } }),
    })
    const { thrown } = await collect(test.source, ask('any'))
    expect(thrown).toMatchObject({ code: 'auth', safeMessage: 'The model provider refused the credentials of this server.' })
    expect(String(thrown)).not.toMatch(/sk-test|cdef/)
  })

  it('reads a bounded part of a body that does not end', async () => {
    await using test = await openPlayed()
    test.player.enqueue({ status: 500, body: 'x'.repeat(4 * MAX_ERROR_BODY_BYTES), faults: { stallAfter: 3 * MAX_ERROR_BODY_BYTES } })
    const { thrown } = await collect(test.source, ask('any'))
    expect(thrown).toMatchObject({ code: 'provider' })
    expect(String(thrown).length).toBeLessThan(1_000)
    await settled(test.player)
  })

  it('does not wait for ever for a body that stalls', async () => {
    const clock = createFakeClock()
    await using test = await openPlayed({ clock })
    test.player.enqueue({ status: 429, body: 'Too many', faults: { stallAfter: 3 } })
    const attempt = collect(test.source, ask('any'))
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(ERROR_BODY_TIMEOUT_MS)
    expect((await attempt).thrown).toMatchObject({ code: 'rate-limit' })
    await settled(test.player)
  })
})

describe('a connection', () => {
  it('that is refused is a connection error', async () => {
    const { player, source } = await openPlayed()
    await player.close()
    const { thrown } = await collect(source, ask('any'))
    expect(thrown).toMatchObject({ code: 'connection', retryable: true })
    await source[Symbol.asyncDispose]()
  })

  for (const cut of ['eof', 'reset'] as const) {
    it(`that breaks in the middle (${cut}) is a connection error after the text so far`, async () => {
      await using test = await openPlayed()
      test.player.enqueue({ recording: 'sample-text', faults: { cutAfter: 1_100, cut } })
      const { events, thrown } = await collect(test.source, ask('any'))
      expect(thrown).toMatchObject({ code: 'connection', retryable: true })
      expect('A durable stream is a log that people can read').toContain(answerText(answerOf(events)))
      expect(answerText(answerOf(events))).not.toBe('')
    })
  }

  it('with one inverted bit gives an error or the text of that bit, and never hangs', async () => {
    await using test = await openPlayed()
    const sample = samples[0]
    for (let at = 0; at < (sample?.bytes.length ?? 0); at += 97) {
      test.player.enqueue({ recording: 'sample-text', faults: { flipByteAt: at } })
      const { events, thrown } = await collect(test.source, ask('any'))
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(SluiceError)
      else expect(events.at(-1)?.type).toBe('finish')
    }
  })

  it('is closed at once by an abort, and the server sees the client leave', async () => {
    await using test = await openPlayed()
    test.player.enqueue({ recording: 'sample-text', faults: { stallAfter: 1_100 } })
    const controller = new AbortController()
    const reason = new Error('enough')
    let thrown: unknown
    try {
      for await (const event of test.source.stream(ask('any'), { signal: controller.signal }))
        if (event.type === 'text-delta') controller.abort(reason)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBe(reason)
    expect((await test.player.requests[0]?.ended)?.how).toBe('client-left')
  })

  it('is let go of when the source is disposed', async () => {
    const { player, source } = await openPlayed()
    player.enqueue({ recording: 'sample-text', faults: { stallAfter: 1_100 } })
    const attempt = collect(source, ask('any'))
    while (player.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await source[Symbol.asyncDispose]()
    expect((await attempt).thrown).toMatchObject({ code: 'connection' })
    await settled(player)
    await player.close()
  })
})
