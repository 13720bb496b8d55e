import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { promises as fs } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_REQUEST_BYTES, type RecordingPlayer, startRecordingPlayer } from './player.ts'
import { loadRecordings, type Recording, recordingOfText } from './recordings.ts'
import { responsesSamples as samples } from './samples/responses.ts'

let player: RecordingPlayer

beforeEach(async () => {
  const chat = recordingOfText('chat', 'data: {"object":"chat.completion.chunk"}\n\n', 'openai-chat')
  player = await startRecordingPlayer({ recordings: [...samples, chat] })
})

afterEach(() => player.close())

async function playing(recordings: readonly Recording[]): Promise<RecordingPlayer & AsyncDisposable> {
  const own = await startRecordingPlayer({ recordings })
  return Object.assign(own, { [Symbol.asyncDispose]: () => own.close() })
}

function ask(model: string, init: RequestInit = {}, path = '/responses'): Promise<Response> {
  return fetch(`${player.url}${path}`, { method: 'POST', body: JSON.stringify({ model }), ...init })
}

describe('the recording player', () => {
  it('listens on loopback only and says where', () => {
    expect(player.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  })

  it('plays the recording that has the name of the model, byte for byte', async () => {
    for (const sample of samples) {
      const response = await ask(sample.name)
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(sample.bytes)
    }
  })

  it('plays the first recording of the API for any other model', async () => {
    expect(new Uint8Array(await (await ask('gpt-5')).arrayBuffer())).toEqual(samples[0]?.bytes)
    expect(await (await ask('gpt-5', {}, '/chat/completions')).text()).toContain('chat.completion.chunk')
  })

  it('plays what a header names, and before all what was enqueued, once', async () => {
    player.enqueue({ body: 'data: 1\n\n' })
    const headers = { 'x-sluice-recording': 'sample-refusal' }
    expect(await (await ask('sample-text', { headers })).text()).toBe('data: 1\n\n')
    expect(await (await ask('sample-text', { headers })).text()).toContain('refusal')
    expect((await ask('sample-text', { headers: { 'x-sluice-recording': 'none' } })).status).toBe(404)
  })

  it('answers with any status, headers and body', async () => {
    player.enqueue({ status: 429, headers: { 'content-type': 'text/plain', 'retry-after': '6m0s' }, body: 'slow down' })
    const response = await ask('any')
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([429, '6m0s', 'slow down'])
  })

  it('resets the connection or ends it cleanly where it is told to', async () => {
    player.enqueue(
      { recording: 'sample-text', faults: { cutAfter: 50, cut: 'reset' } },
      { recording: 'sample-text', faults: { cutAfter: 50 } },
    )
    await expect(ask('any').then((response) => response.text())).rejects.toThrow()
    expect((await player.requests[0]?.ended)?.how).toBe('reset')
    expect(await (await ask('any')).text()).toHaveLength(50)
    expect((await player.requests[1]?.ended)?.how).toBe('sent')
  })

  it('stalls until the client leaves, and records that it did, after how many bytes', async () => {
    player.enqueue({ recording: 'sample-text', faults: { stallAfter: 50 } })
    const controller = new AbortController()
    const response = await ask('any', { signal: controller.signal })
    const first = await response.body?.getReader().read()
    expect(first?.value).toHaveLength(50)
    controller.abort()
    expect((await player.requests[0]?.ended)?.how).toBe('client-left')
    expect(player.requests[0]?.bytesSent).toBe(50)
  })

  it('keeps what it was asked', async () => {
    await (await ask('sample-text', { headers: { authorization: 'Bearer k' } })).text()
    expect(player.requests).toMatchObject([
      { method: 'POST', path: '/responses', headers: { authorization: 'Bearer k' }, body: { model: 'sample-text' } },
    ])
  })

  it('lists its recordings, and says so at other addresses', async () => {
    const models: unknown = await (await fetch(`${player.url}/models`)).json()
    expect(models).toMatchObject({ data: expect.arrayContaining([{ id: 'sample-text', object: 'model' }]) })
    expect((await fetch(`${player.url}/nothing`)).status).toBe(404)
  })

  it('plays a recording with the status and the headers that were recorded, unless the play says otherwise', async () => {
    const headers = { 'content-type': 'application/json', 'x-ratelimit-remaining-tokens': '7' }
    const bytes = new TextEncoder().encode('{}')
    const limited = { name: 'limited', api: 'openai-responses', bytes, status: 429, headers } as const
    await using own = await playing([limited])
    const asked = () => fetch(`${own.url}/responses`, { method: 'POST', body: '{"model":"limited"}' })
    const response = await asked()
    const seen = ['content-type', 'x-ratelimit-remaining-tokens'].map((name) => response.headers.get(name))
    expect([response.status, ...seen, await response.text()]).toEqual([429, 'application/json', '7', '{}'])
    own.enqueue({ recording: 'limited', status: 500, headers: { 'x-ratelimit-remaining-tokens': '0' } }, { body: 'bare' })
    const told = await asked()
    expect([told.status, told.headers.get('x-ratelimit-remaining-tokens')]).toEqual([500, '0'])
    const bare = await asked()
    expect([bare.status, bare.headers.get('x-ratelimit-remaining-tokens')]).toEqual([200, null])
  })

  it('tells recordings of one name apart by the API that is asked', async () => {
    const apis = ['openai-responses', 'openai-chat', 'anthropic'] as const
    await using own = await playing(apis.map((api) => recordingOfText('same', `data: ${api}\n\n`, api)))
    const bodies = ['/responses', '/chat/completions', '/messages'].map(async (path) =>
      (await fetch(`${own.url}${path}`, { method: 'POST', body: '{"model":"same"}' })).text(),
    )
    expect(await Promise.all(bodies)).toEqual(apis.map((api) => `data: ${api}\n\n`))
    own.enqueue({ recording: 'same' })
    expect(await (await fetch(`${own.url}/messages`, { method: 'POST' })).text()).toContain('anthropic')
  })

  it('refuses in the shape of the API that is asked', async () => {
    const init = { method: 'POST', headers: { 'x-sluice-recording': 'none' }, body: '{}' }
    const noRecording = expect.stringMatching(/no such recording/)
    const anthropic = await fetch(`${player.url}/messages`, init)
    expect(anthropic.status).toBe(404)
    expect(await anthropic.json()).toEqual({ type: 'error', error: { type: 'not_found_error', message: noRecording }, request_id: null })
    const openai: unknown = await (await ask('any', init)).json()
    expect(openai).toEqual({ error: { type: 'invalid_request_error', code: null, param: null, message: noRecording } })
    const elsewhere = await fetch(`${player.url}/nothing`, { headers: { 'anthropic-version': '2023-06-01' } })
    expect(await elsewhere.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
    const large = await fetch(`${player.url}/messages`, { method: 'POST', body: 'x'.repeat(MAX_REQUEST_BYTES + 1) })
    expect([large.status, await large.json()]).toMatchObject([413, { error: { type: 'request_too_large' } }])
  })

  it('closes at once, also while it plays', async () => {
    player.enqueue({ recording: 'sample-text', faults: { stallAfter: 50 } })
    const response = await ask('any')
    await player.close()
    await expect(response.text()).rejects.toThrow()
    await player.close()
  })
})

describe('recordings of a folder', () => {
  it('are read from bodies and from lists of payloads', async () => {
    const folder = await fs.mkdtemp(join(tmpdir(), 'recordings-'))
    await fs.writeFile(join(folder, 'one.sse'), 'data: {"type":"response.created"}\n\n')
    await fs.writeFile(join(folder, 'two.chunks.txt'), '{"item":{"type":"x"},"type":"message_start"}\n\n{"type":"message_stop"}\n')
    await fs.writeFile(join(folder, 'index.json'), '{}')
    const recordings = await loadRecordings(folder)
    expect(recordings.map(({ name, api, bytes }) => [name, api, new TextDecoder().decode(bytes)])).toEqual([
      ['one', 'openai-responses', 'data: {"type":"response.created"}\n\n'],
      [
        'two',
        'anthropic',
        'event: message_start\ndata: {"item":{"type":"x"},"type":"message_start"}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
      ],
    ])
    await fs.rm(folder, { recursive: true })
  })

  it('have the status and the headers that were recorded with them, without those of the connection', async () => {
    const folder = await fs.mkdtemp(join(tmpdir(), 'recordings-'))
    await fs.writeFile(join(folder, 'one.sse'), 'data: {}\n\n')
    const headers = { 'X-Request-Id': 'req_1', 'transfer-encoding': 'chunked', Connection: 'close', 'content-length': '9', odd: 7 }
    await fs.writeFile(join(folder, 'one.meta.json'), JSON.stringify({ status: { code: 529, message: 'Overloaded' }, headers }))
    expect(await loadRecordings(folder)).toMatchObject([{ name: 'one', status: 529, headers: { 'x-request-id': 'req_1' } }])
    expect(Object.keys((await loadRecordings(folder))[0]?.headers ?? {})).toEqual(['x-request-id'])
    for (const [text, what] of [
      ['{', /one\.meta\.json is not JSON/],
      ['{"status":{"code":"200"}}', /one\.meta\.json has no HTTP status/],
    ] as const) {
      await fs.writeFile(join(folder, 'one.meta.json'), text)
      await expect(loadRecordings(folder)).rejects.toThrow(what)
    }
    await fs.rm(folder, { recursive: true })
  })
})

describe('the program', () => {
  it('prints where it serves what, answers there, and stops when it is told to', async () => {
    const folder = await fs.mkdtemp(join(tmpdir(), 'recordings-'))
    const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--port', '0', '--fixtures', folder])
    let printed = ''
    program.stdout.setEncoding('utf8')
    for await (const text of program.stdout) {
      printed += String(text)
      if (printed.includes('COMPATIBLE_')) break
    }
    const url = /http:\/\/127\.0\.0\.1:\d+\/v1/.exec(printed)?.[0] ?? ''
    expect(printed).toContain('sample-text')
    expect(printed).toContain(`ANTHROPIC_BASE_URL=${new URL(url).origin} `)
    expect(printed).toContain(`COMPATIBLE_PLAYER_BASE_URL=${url}`)
    const played = await fetch(`${url}/messages`, { method: 'POST', body: '{"model":"sample-text"}' })
    expect(await played.text()).toContain('message_stop')
    const chat = await fetch(`${url}/chat/completions`, { method: 'POST', body: '{"model":"any"}' })
    expect(await chat.text()).toContain('chat.completion.chunk')
    const response = await fetch(`${url}/responses`, { method: 'POST', body: '{"model":"gpt-5"}' })
    expect(await response.text()).toContain('response.completed')
    const exited = once(program, 'exit')
    program.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
    await fs.rm(folder, { recursive: true })
  })
})
