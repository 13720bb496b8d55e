import { describe, expect, it } from 'vitest'
import { collect } from '../../conformance/source/collect.ts'
import { chatSamples as recordings } from '../../simulators/provider/samples/chat.ts'
import { ask, playedConformance, playTo } from '../shared/testing/played.ts'
import type { Fetch } from '../shared/transport.ts'
import { createOpenAIChatSource, type OpenAIChatSourceOptions } from './source.ts'

const API_KEY = 'sk-test-0123456789abcdef'

const openPlayed = (options: OpenAIChatSourceOptions = {}) =>
  playTo(recordings, (baseUrl) => createOpenAIChatSource({ apiKey: API_KEY, baseUrl, ...options }))

playedConformance('openai-chat', openPlayed, { completes: 'chat-text', breaks: 'chat-no-ending', inTheText: 700 })

describe('where a request goes and who asks', () => {
  it('is /chat/completions under the base URL, with the key', async () => {
    for (const slash of ['', '/', '//']) {
      await using test = await openPlayed()
      await using source = createOpenAIChatSource({ apiKey: API_KEY, baseUrl: `${test.player.url}${slash}` })
      expect((await collect(source, ask('chat-text'))).thrown).toBeUndefined()
      expect(test.player.requests[0]).toMatchObject({
        path: '/chat/completions',
        headers: { authorization: `Bearer ${API_KEY}` },
        body: { model: 'chat-text', stream: true, stream_options: { include_usage: true } },
      })
    }
  })

  it('is nobody in particular without a key', async () => {
    await using test = await openPlayed()
    await using source = createOpenAIChatSource({ baseUrl: test.player.url })
    expect((await collect(source, ask('chat-text'))).thrown).toBeUndefined()
    expect(test.player.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(test.player.requests[0]?.headers).not.toHaveProperty('api-key')
  })

  it("is Azure's deployment with the version of its API, and its own header for the key", async () => {
    const sent: { url: string; headers: Record<string, string> }[] = []
    const fetch: Fetch = async (url, { headers }) => {
      sent.push({ url, headers })
      return new Response('data: [DONE]\n\n', { headers: { 'content-type': 'text/event-stream' } })
    }
    const baseUrl = 'https://box.openai.azure.com/openai/deployments/gpt-4o/?api-version=2024-10-21'
    await using source = createOpenAIChatSource({ apiKey: API_KEY, baseUrl, fetch })
    expect((await collect(source, ask('gpt-4o'))).thrown).toMatchObject({
      code: 'connection',
      message: expect.stringContaining('Azure OpenAI'),
    })
    expect(sent).toMatchObject([
      {
        url: 'https://box.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
        headers: { 'api-key': API_KEY },
      },
    ])
    expect(sent[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('a source for an endpoint', () => {
  it('has its own name and models, takes any other model, and keeps what it does not know as data under its name', async () => {
    await using test = await openPlayed({ name: 'ollama', models: ['qwen3'] })
    expect([test.source.name, test.source.models]).toEqual(['ollama', ['qwen3']])
    expect(test.source.capabilities('anything')).toEqual({ resume: 'none', cancel: false })
    expect((await collect(test.source, ask('chat-citations'))).events).toContainEqual(expect.objectContaining({ name: 'ollama.file' }))
    await using unnamed = createOpenAIChatSource()
    expect([unnamed.name, unnamed.models]).toEqual(['openai-chat', []])
  })

  it('names itself and its variables in errors, and never shows its key', async () => {
    const variables = { apiKey: 'COMPATIBLE_BOX_API_KEY', baseUrl: 'COMPATIBLE_BOX_BASE_URL' }
    await using test = await openPlayed({ label: 'box', variables })
    test.player.enqueue(
      { status: 401, body: JSON.stringify({ error: { message: `Bad key ${API_KEY}`, code: 'invalid_api_key' } }) },
      { status: 307, headers: { location: '/elsewhere' }, body: '' },
      { body: `data: {"error":{"message":"no ${API_KEY}","type":"${API_KEY}","status":401}}\n\n` },
    )
    const messages: string[] = []
    for (const code of ['auth', 'configuration', 'auth']) {
      const { thrown } = await collect(test.source, ask('any'))
      expect(thrown).toMatchObject({ code, message: expect.stringMatching(/^box .*COMPATIBLE_BOX_/) })
      messages.push(String(thrown))
    }
    expect(messages.join()).not.toContain(API_KEY)
    await using keyless = createOpenAIChatSource({ baseUrl: test.player.url, variables })
    test.player.enqueue({ status: 401, body: '' })
    expect((await collect(keyless, ask('any'))).thrown).toMatchObject({ message: expect.stringContaining('Set COMPATIBLE_BOX_API_KEY') })
  })

  it('does not show the beginning of its key where the words of a provider behind it are cut', async () => {
    const key = 'harbour-lantern-seven'
    await using test = await openPlayed({ apiKey: key })
    for (let length = 470; length <= 500; length++) {
      const error = { code: 502, message: 'No.', metadata: { provider_name: 'p', raw: `${'x'.repeat(length)} ${key}` } }
      test.player.enqueue({ body: `data: ${JSON.stringify({ error })}\n\n` })
      expect(String((await collect(test.source, ask('any'))).thrown)).not.toMatch(/harb/)
    }
  })

  it('cannot be made with an unusable key or address, and says which variable is wrong', () => {
    const make = (options: OpenAIChatSourceOptions) => () => createOpenAIChatSource(options)
    expect(make({ apiKey: '' })).toThrow(/OPENAI_API_KEY/)
    expect(make({ apiKey: 'sk-secret\n' })).toThrow(/^(?!.*sk-secret)/)
    expect(make({ baseUrl: 'localhost:11434', variables: { apiKey: 'K', baseUrl: 'COMPATIBLE_A_BASE_URL' } })).toThrow(
      /COMPATIBLE_A_BASE_URL/,
    )
  })

  it('knows the words of its endpoint for failures', async () => {
    const body = JSON.stringify({ error: { message: 'Bad sample.', type: 'invalid_request_error', code: 'tool_use_failed' } })
    const fetch: Fetch = async () => new Response(body, { status: 400, headers: { 'content-type': 'application/json' } })
    await using groq = createOpenAIChatSource({ baseUrl: 'https://api.groq.com/openai/v1', fetch })
    await using other = createOpenAIChatSource({ baseUrl: 'https://a.example/v1', fetch })
    expect((await collect(groq, ask('any'))).thrown).toMatchObject({ code: 'provider', retryable: true })
    expect((await collect(other, ask('any'))).thrown).toMatchObject({ code: 'invalid-request', retryable: false })
  })

  it('has quirks that win over what is known of its host', async () => {
    await using test = await openPlayed({ maxTokensField: 'max_completion_tokens', auth: 'api-key', includeUsage: false })
    await collect(test.source, { ...ask('chat-text'), options: { maxOutputTokens: 5 } })
    const [request] = test.player.requests
    expect(request?.headers['api-key']).toBe(API_KEY)
    expect(request?.body).toMatchObject({ max_completion_tokens: 5 })
    expect(request?.body).not.toHaveProperty('stream_options')
  })
})
