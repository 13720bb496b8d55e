/** The real source in the real server, over real HTTP, against recorded and sample streams of the provider. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { type RecordingPlayer, startRecordingPlayer } from '../../src/simulators/provider/player.ts'
import { loadRecordings, type Recording } from '../../src/simulators/provider/recordings.ts'
import { responsesSamples as samples } from '../../src/simulators/provider/samples/responses.ts'
import { createServerProcess, type ServerProcess } from '../support/server-process.ts'

const KEY = 'sk-integration-0123456789abcdef'
const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../../shared/fixtures'), 'provider-streams')

let player: RecordingPlayer
let server: ServerProcess
let recordings: readonly Recording[]

beforeAll(async () => {
  recordings = existsSync(folder) ? await loadRecordings(folder) : []
  player = await startRecordingPlayer({ recordings: [...samples, ...recordings] })
  server = await createServerProcess({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: player.url, SLUICE_LOG_LEVEL: 'debug' })
  await server.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await player.close()
})

/** The whole text in a recording's own terminal event. */
function recordedText(recording: Recording): string {
  const completed = Buffer.from(recording.bytes)
    .toString()
    .split('\n')
    .findLast((line) => line.startsWith('data: ') && line.includes('"response.completed"'))
  const { response }: { response: { output: { type: string; content?: { text?: string }[] }[] } } = JSON.parse(completed?.slice(6) ?? '')
  return response.output.flatMap((item) => (item.type === 'message' ? (item.content ?? []) : []).map(({ text }) => text ?? '')).join('')
}

describe('a provider behind the server', () => {
  it.skipIf(!existsSync(folder))('a recorded real answer streams through the real source (needs SLUICE_FIXTURES)', async () => {
    const client = createClient({ baseUrl: server.url })
    for (const name of ['pydantic--openai-responses-thinking-code', 'vercel-ai--openai-code-interpreter-tool.1']) {
      const recording = recordings.find((one) => one.name === name)
      if (!recording) throw new Error(`There is no recording ${name}`)
      player.enqueue({ recording: name, faults: { bytesPerTick: 4_001, tickMs: 1 } })
      const run = await client.runs.create({ input: 'Hi', model: 'openai/any' })
      const answer = await client.answer(run.id)
      expect(answer.outcome).toBe('completed')
      const text = recordedText(recording)
      expect(text.length).toBeGreaterThan(100)
      expect((await client.runs.get(run.id)).text).toBe(text)
      expect(answer.usage?.basis).toBe('reported')
    }
  })

  it('an answer that breaks off keeps its partial and is interrupted, and says so safely', async () => {
    const client = createClient({ baseUrl: server.url })
    const sample = samples.find(({ name }) => name === 'sample-text')
    player.enqueue({ recording: 'sample-text', faults: { cutAfter: Math.floor((sample?.bytes.length ?? 0) / 2), cut: 'reset' } })
    const run = await client.runs.create({ input: 'Hi', model: 'openai/any' })
    const answer = await client.answer(run.id)
    expect(answer).toMatchObject({ outcome: 'interrupted', error: { type: 'connection', code: 'connection', recoverable: true } })
    expect((await client.runs.get(run.id)).text.length).toBeGreaterThan(0)
  })

  it.each([
    ['auth', 401, { error: { message: `Incorrect API key provided: ${KEY}` } }],
    ['rate-limit', 429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }],
    ['quota', 429, { error: { message: 'no money', code: 'insufficient_quota' } }],
    ['provider', 500, '<html>oops</html>'],
  ] as const)('a refusal becomes the code %s, and neither the log nor the reader sees a secret', async (code, status, body) => {
    const client = createClient({ baseUrl: server.url })
    player.enqueue({
      status,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' },
    })
    const run = await client.runs.create({ input: 'Hi', model: 'openai/any' })
    const answer = await client.answer(run.id)
    expect(answer).toMatchObject({ outcome: 'failed', error: { code } })
    expect(JSON.stringify(answer)).not.toMatch(/Incorrect|slow down|no money|oops/)
    expect(server.output).not.toContain(KEY)
  })

  it('a cancel from another connection reaches the provider', async () => {
    const client = createClient({ baseUrl: server.url })
    player.enqueue({ recording: 'sample-text', faults: { stallAfter: 1_500 } })
    const run = await client.runs.create({ input: 'Hi', model: 'openai/any' })
    await expect.poll(() => player.requests.at(-1)?.bytesSent ?? 0).toBeGreaterThan(1_000)
    expect((await createClient({ baseUrl: server.url }).runs.cancel(run.id)).effect).toBe('cancelling')
    expect((await client.answer(run.id)).outcome).toBe('cancelled')
    expect((await player.requests.at(-1)?.ended)?.how).toBe('client-left')
    expect((await client.runs.cancel(run.id)).effect).toBe('ended')
  })

  it('a kill -9 in mid-answer ends the run interrupted with its partial, and no reader waits for ever', async () => {
    const client = createClient({ baseUrl: server.url })
    player.enqueue({ recording: 'sample-text', faults: { stallAfter: 1_500 } })
    const run = await client.runs.create({ input: 'Hi', model: 'openai/any' })
    const answer = client.answer(run.id)
    await expect.poll(async () => (await client.runs.get(run.id)).text.length).toBeGreaterThan(0)
    const partial = (await client.runs.get(run.id)).text
    await server.kill()
    await server.start()
    expect(await answer).toMatchObject({ outcome: 'interrupted', error: { code: 'server', recoverable: true } })
    expect((await client.runs.get(run.id)).text).toBe(partial)
  })
})
