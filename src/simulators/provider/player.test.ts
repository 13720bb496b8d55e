import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { promises as fs } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RecordingPlayer, startRecordingPlayer } from './player.ts'
import { loadRecordings, recordingOfText } from './recordings.ts'
import { responsesSamples as samples } from './samples/responses.ts'

let player: RecordingPlayer

beforeEach(async () => {
  const chat = recordingOfText('chat', 'data: {"object":"chat.completion.chunk"}\n\n', 'openai-chat')
  player = await startRecordingPlayer({ recordings: [...samples, chat] })
})

afterEach(() => player.close())

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
})

describe('the program', () => {
  it('prints where it serves what, answers there, and stops when it is told to', async () => {
    const folder = await fs.mkdtemp(join(tmpdir(), 'recordings-'))
    const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--port', '0', '--fixtures', folder])
    let printed = ''
    program.stdout.setEncoding('utf8')
    for await (const text of program.stdout) {
      printed += String(text)
      if (printed.includes('OPENAI_BASE_URL')) break
    }
    const url = /http:\/\/127\.0\.0\.1:\d+\/v1/.exec(printed)?.[0] ?? ''
    expect(printed).toContain('sample-text')
    const response = await fetch(`${url}/responses`, { method: 'POST', body: '{"model":"gpt-5"}' })
    expect(await response.text()).toContain('response.completed')
    const exited = once(program, 'exit')
    program.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
    await fs.rm(folder, { recursive: true })
  })
})
