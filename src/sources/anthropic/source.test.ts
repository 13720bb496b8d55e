import { describe, expect, it } from 'vitest'
import { answerOf, collect } from '../../conformance/source/collect.ts'
import type { SluiceError } from '../../core/errors.ts'
import { answerText } from '../../core/fold.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import { type Play, startRecordingPlayer } from '../../simulators/provider/player.ts'
import { anthropicSamples as samples } from '../../simulators/provider/samples/anthropic.ts'
import { ask, playedConformance, playTo, settled } from '../shared/testing/played.ts'
import { type AnthropicSourceOptions, createAnthropicSource } from './source.ts'

const API_KEY = 'sk-ant-test-0123456789abcdef'
/** Bytes of `sample-text` after which some text has come and some has not. */
const IN_THE_TEXT = 900

const openPlayed = (options: Partial<AnthropicSourceOptions> = {}) =>
  playTo(samples, (baseUrl) => createAnthropicSource({ apiKey: API_KEY, baseUrl, ...options }))

playedConformance('anthropic', openPlayed, { completes: 'sample-text', breaks: 'sample-no-ending', inTheText: IN_THE_TEXT })

describe('the request', () => {
  it('goes to /v1/messages under the base URL, with or without the version and slashes, with the key and the version of the API', async () => {
    const player = await startRecordingPlayer({ recordings: samples })
    const root = player.url.replace(/\/v1$/, '')
    for (const baseUrl of [root, `${root}/`, `${root}/v1`, `${root}/v1/`, `${root}/v1//?tenant=7`]) {
      await using source = createAnthropicSource({ apiKey: API_KEY, baseUrl })
      expect((await collect(source, ask('sample-text'))).thrown, baseUrl).toBeUndefined()
      const request = player.requests.at(-1)
      expect(request?.path).toBe('/messages')
      expect(request?.headers).toMatchObject({ 'x-api-key': API_KEY, 'anthropic-version': '2023-06-01', 'accept-encoding': 'identity' })
      expect(request?.headers).not.toHaveProperty('anthropic-beta')
      expect(request?.body).toMatchObject({ model: 'sample-text', max_tokens: 8_192, stream: true })
    }
    expect(player.requests).toHaveLength(5)
    await player.close()
  })

  it('goes under the path of a gateway', async () => {
    let seen = ''
    const fetch: AnthropicSourceOptions['fetch'] = async (url) => {
      seen = url
      return new Response('', { status: 503 })
    }
    for (const baseUrl of ['https://gateway.example/anthropic', 'https://gateway.example/anthropic/v1/']) {
      await using source = createAnthropicSource({ apiKey: API_KEY, baseUrl, fetch })
      await collect(source, ask('any'))
      expect(seen).toBe('https://gateway.example/anthropic/v1/messages')
    }
    await using source = createAnthropicSource({ apiKey: API_KEY, fetch })
    await collect(source, ask('any'))
    expect(seen).toBe('https://api.anthropic.com/v1/messages')
  })

  it('names the betas that are asked for', async () => {
    await using test = await openPlayed({ betas: ['context-1m-2025-08-07', 'fine-grained-tool-streaming-2025-05-14'] })
    await collect(test.source, ask('sample-text'))
    expect(test.player.requests[0]?.headers['anthropic-beta']).toBe('context-1m-2025-08-07,fine-grained-tool-streaming-2025-05-14')
  })

  it('is refused before it is sent when the model cannot do what is asked, or the answer should be resumed', async () => {
    await using test = await openPlayed()
    const tooLong = { ...ask('claude-haiku-4-5'), options: { maxOutputTokens: 64_001 } }
    expect((await collect(test.source, tooLong)).thrown).toMatchObject({ code: 'invalid-request' })
    const { thrown } = await collect(test.source, ask('sample-text'), { resume: { answer: answerOf([]) } })
    expect(thrown).toMatchObject({ code: 'invalid-request' })
    expect(test.player.requests).toEqual([])
  })

  it('cannot be made with an unusable key, base URL or beta, and the error does not show the key', () => {
    const make = (options: AnthropicSourceOptions) => () => createAnthropicSource(options)
    expect(make({ apiKey: '' })).toThrow(/ANTHROPIC_API_KEY/)
    expect(make({ apiKey: 'sk-ant-secret\n' })).toThrow(/^(?!.*sk-ant-secret)/)
    expect(make({ apiKey: API_KEY, baseUrl: 'api.anthropic.com' })).toThrow(/ANTHROPIC_BASE_URL/)
    expect(make({ apiKey: API_KEY, betas: ['one, two'] })).toThrow(/"one, two" is not the name of a beta/)
  })
})

describe('a refusal over HTTP', () => {
  const body = (type: string, message: string, details?: object): string =>
    JSON.stringify({ type: 'error', error: { type, message, ...(details === undefined ? {} : { details }) }, request_id: 'req_body' })
  const limited = { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '1970-01-01T00:01:00Z' }
  const cases: readonly { readonly name: string; readonly play: Play; readonly error: Partial<SluiceError> }[] = [
    {
      name: 'an overloaded provider is retried',
      play: { status: 529, headers: { 'request-id': 'req_7' }, body: body('overloaded_error', 'Overloaded') },
      error: {
        code: 'provider',
        retryable: true,
        message: 'Anthropic refused or broke off the response (HTTP 529, overloaded_error, req_7): Overloaded.',
      },
    },
    {
      name: 'a rate limit carries the wait of retry-after',
      play: { status: 429, headers: { 'retry-after': '7', ...limited }, body: body('rate_limit_error', 'Slow down.') },
      error: { code: 'rate-limit', retryable: true, retryAfterMs: 7_000 },
    },
    {
      name: 'a rate limit without retry-after carries the reset of the bucket that is empty',
      play: { status: 429, headers: limited, body: body('rate_limit_error', 'Slow down.') },
      error: { code: 'rate-limit', retryable: true, retryAfterMs: 60_000 },
    },
    {
      name: 'a spend cap is never retried',
      play: { status: 429, body: body('rate_limit_error', 'Enough.', { error_code: 'enforced_spend_limit_reached' }) },
      error: { code: 'quota', retryable: false },
    },
    {
      name: 'a conversation that is too long is told to people',
      play: { status: 400, body: body('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum') },
      error: { code: 'invalid-request', retryable: false, safeMessage: 'The conversation is too long for this model.' },
    },
    {
      name: 'a page of a proxy is read as text',
      play: { status: 502, body: '<h1>502</h1>' },
      error: { code: 'provider', retryable: true },
    },
    {
      name: 'an error in JSON under status 200 is not a stream',
      play: { headers: { 'content-type': 'application/json' }, body: body('overloaded_error', 'Overloaded') },
      error: { code: 'provider', retryable: true },
    },
  ]
  for (const { name, play, error } of cases) {
    it(name, async () => {
      await using test = await openPlayed({ clock: createFakeClock(0) })
      test.player.enqueue(play)
      const { events, thrown } = await collect(test.source, ask('any'))
      expect(events).toEqual([])
      expect(thrown).toMatchObject(error)
      await settled(test.player)
    })
  }

  it('never shows the key', async () => {
    await using test = await openPlayed()
    test.player.enqueue({ status: 401, body: body('authentication_error', `invalid x-api-key ${API_KEY}`) })
    const { thrown } = await collect(test.source, ask('any'))
    expect(thrown).toMatchObject({ code: 'auth', message: expect.stringContaining('ANTHROPIC_API_KEY') })
    expect(String(thrown)).not.toContain(API_KEY)
  })
})

describe('a connection', () => {
  for (const cut of ['eof', 'reset'] as const) {
    it(`that breaks in the middle (${cut}) is a connection error after the text so far`, async () => {
      await using test = await openPlayed()
      test.player.enqueue({ recording: 'sample-text', faults: { cutAfter: IN_THE_TEXT, cut } })
      const { events, thrown } = await collect(test.source, ask('any'))
      expect(thrown).toMatchObject({ code: 'connection', retryable: true })
      expect(answerText(answerOf(events))).not.toBe('')
      expect('A lock lifts a boat without a motor: 水位 and gates ⛵ do it.'.startsWith(answerText(answerOf(events)))).toBe(true)
    })
  }

  it('is closed at once by an abort, and the server sees the client leave', async () => {
    await using test = await openPlayed()
    test.player.enqueue({ recording: 'sample-text', faults: { stallAfter: IN_THE_TEXT } })
    const controller = new AbortController()
    const reason = new Error('enough')
    const read = async () => {
      for await (const event of test.source.stream(ask('any'), { signal: controller.signal }))
        if (event.type === 'text-delta') controller.abort(reason)
    }
    await expect(read()).rejects.toBe(reason)
    expect((await test.player.requests[0]?.ended)?.how).toBe('client-left')
  })
})
