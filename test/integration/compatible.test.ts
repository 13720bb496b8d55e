/** Endpoints that speak Chat Completions in the real server: a local one without a key, one with a key, and OpenAI's own under its second name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { type RecordingPlayer, startRecordingPlayer } from '../../src/simulators/provider/player.ts'
import { chatSamples as recordings } from '../../src/simulators/provider/samples/chat.ts'
import { createServerProcess, type ServerProcess } from '../support/server-process.ts'

const OPENAI_KEY = 'sk-integration-0123456789abcdef'
// Nothing about it looks like a key, so that only knowing it can hide it.
const BOX_KEY = 'harbour-lantern-seven'

let player: RecordingPlayer
let server: ServerProcess

beforeAll(async () => {
  player = await startRecordingPlayer({ recordings })
  server = await createServerProcess({
    OPENAI_API_KEY: OPENAI_KEY,
    OPENAI_BASE_URL: player.url,
    COMPATIBLE_OLLAMA_BASE_URL: player.url,
    COMPATIBLE_MY_BOX_BASE_URL: `${player.url}/?api-version=7`,
    COMPATIBLE_MY_BOX_API_KEY: BOX_KEY,
    COMPATIBLE_MY_BOX_MODELS: 'chat-text, chat-reasoning-content',
    SLUICE_LOG_LEVEL: 'debug',
  })
  await server.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await player.close()
})

/** A run to its end. */
async function ask(model: string) {
  const client = createClient({ baseUrl: server.url })
  const run = await client.runs.create({ input: 'When is high water?', model })
  return { answer: await client.answer(run.id), run: await client.runs.get(run.id) }
}

describe('an endpoint behind the server', () => {
  it.each([
    ['ollama/chat-text', 'A tide table is a log of the sea. 潮汐 and 🦀 agree.', undefined],
    ['my-box/chat-reasoning-content', 'Take the ferry.', `Bearer ${BOX_KEY}`],
    ['openai-chat/chat-azure', 'Ebbe', `Bearer ${OPENAI_KEY}`],
  ])('%s answers with its text, and gets its own key or none', async (model, text, authorization) => {
    const { answer, run } = await ask(model)
    expect(answer).toMatchObject({ outcome: 'completed', finishReason: 'stop', usage: { outputTokens: 34, basis: 'reported' } })
    expect(run.text).toBe(text)
    const request = player.requests.at(-1)
    expect(request).toMatchObject({ path: '/chat/completions', body: { model: model.split('/')[1] } })
    expect(request?.headers.authorization).toBe(authorization)
  })

  it('is listed with the models that it is set up with, and takes any other', async () => {
    const { items } = await createClient({ baseUrl: server.url }).models()
    const ids = items.map(({ id }) => id)
    expect(ids.filter((id) => /^(my-box|ollama)\//.test(id))).toEqual(['my-box/chat-text', 'my-box/chat-reasoning-content'])
    expect(ids.some((id) => id.startsWith('openai-chat/'))).toBe(true)
    expect((await ask('my-box/chat-bare')).run.text).toBe('Just text.')
  })

  it.each([
    ['ollama/chat-error-string', 'failed', 'provider'],
    ['ollama/chat-error-event', 'failed', 'invalid-request'],
    // Some of the answer was there, and the cause may pass.
    ['ollama/chat-error-object', 'interrupted', 'provider'],
    ['ollama/chat-error-after-finish', 'interrupted', 'provider'],
    ['ollama/chat-error-in-choice', 'interrupted', 'rate-limit'],
    ['ollama/chat-done-without-finish', 'interrupted', 'connection'],
  ])('%s, which fails inside a 200, ends the run %s with the code %s', async (model, outcome, code) => {
    const { answer } = await ask(model)
    expect(answer).toMatchObject({ outcome, error: { code } })
    expect(JSON.stringify(answer)).not.toMatch(/no more room|had an error|does not fit|out of fish/)
  })

  it('that repeats its key shows it neither to the reader nor in the log, which names the variable to look at', async () => {
    for (const play of [
      {
        status: 401,
        body: JSON.stringify({ error: { message: `Wrong key ${BOX_KEY}` } }),
        headers: { 'content-type': 'application/json' },
      },
      { body: `data: ${JSON.stringify({ error: { message: `Wrong key ${BOX_KEY}`, code: 401 } })}\n\n` },
    ]) {
      player.enqueue(play)
      const { answer, run } = await ask('my-box/chat-text')
      expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'auth' } })
      expect(JSON.stringify([answer, run])).not.toContain(BOX_KEY)
    }
    await expect.poll(() => server.output).toContain('Check COMPATIBLE_MY_BOX_API_KEY')
    expect(server.output).not.toContain(BOX_KEY)
    expect(server.output).not.toContain(OPENAI_KEY)
  })
})

describe('a server with endpoints that are set up wrongly', () => {
  it('does not start, and names every problem without showing a key', async () => {
    await using wrong = await createServerProcess({
      COMPATIBLE_MY_BOX_API_KEY: BOX_KEY,
      COMPATIBLE_OLLAMA_BASEURL: player.url,
      PORT: `x${BOX_KEY}`,
    })
    await expect(wrong.start()).rejects.toThrow(/ended with 1/)
    expect(wrong.output).toContain('3 problems')
    expect(wrong.output).toContain('COMPATIBLE_MY_BOX_BASE_URL is not set')
    expect(wrong.output).toContain('Did you mean COMPATIBLE_OLLAMA_BASE_URL?')
    expect(wrong.output).not.toContain(BOX_KEY)
  })
})
