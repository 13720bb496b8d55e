/** Connections that break in the middle of an answer, with the stock client alone and with `sluice/ai-sdk`. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resumableFetch } from '../../../src/ai-sdk/index.ts'
import { createCuttingProxy } from '../../support/cutting-proxy.ts'
import type { ScriptedCall } from '../../support/scripted-source.ts'
import { FINISH, text } from '../../support/scripted-source.ts'
import { type Fixture, runOf, start, textOf } from './fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await start()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const BEGIN = { type: 'text-start', id: 't' } as const
const END = { type: 'text-end', id: 't' } as const
const ANSWER = 'One\n\ntwo 😀 three\r\ndata: four'
const FAST = { baseDelayMs: 1, maxDelayMs: 5 }

function answer(call: ScriptedCall): void {
  call.emit(
    { type: 'reasoning-start', id: 't' },
    { type: 'reasoning-delta', id: 't', text: 'Hm' },
    { type: 'reasoning-end', id: 't' },
    { type: 'tool-call-start', id: 'c', name: 'look' },
    { type: 'tool-call-delta', id: 'c', text: '{"q":1}' },
    { type: 'tool-call-end', id: 'c', input: '{"q":1}' },
    { type: 'tool-result', id: 'c', output: 'found' },
    BEGIN,
    ...[...ANSWER].flatMap(text),
    END,
    FINISH,
  )
}

/** A chat whose first connections are cut after so many bytes of the answer. */
async function talk(id: string, cuts: readonly number[], wrapped: boolean) {
  await using proxy = await createCuttingProxy(fixture.server.address)
  proxy.cutNext(...cuts)
  const fetch = wrapped ? { fetch: resumableFetch(FAST) } : {}
  const chat = fixture.chat({ id }, { api: `http://127.0.0.1:${proxy.port}/api/chat`, ...fetch })
  const before = fixture.source.calls.length
  const sent = chat.sendMessage({ text: 'Hi' })
  answer(await fixture.source.call(before))
  await sent
  return { status: chat.status, error: chat.error, message: chat.lastMessage, bytes: proxy.lastBytes, connections: proxy.connections }
}

describe('a connection that is cut in the middle of an answer', () => {
  it('is an error for the stock client, never a short answer', async () => {
    const whole = await talk('whole', [], false)
    expect([whole.status, textOf(whole.message)]).toEqual(['ready', ANSWER])
    const cut = await talk('cut', [whole.bytes - 1_500], false)
    expect(cut.status).toBe('error')
    expect(textOf(cut.message)).not.toBe(ANSWER)
  })

  it('is not noticed with resumableFetch, wherever it is cut', async () => {
    const whole = await talk('whole', [], true)
    const parts = whole.message?.parts
    expect([whole.status, textOf(whole.message), whole.connections]).toEqual(['ready', ANSWER, 1])
    // From the end of the head, which is shorter than this, to the last byte.
    for (let at = 700, index = 0; at < whole.bytes; at += 41, index++) {
      const cut = await talk(`cut-${index}`, [at, at % 2 === 0 ? 900 : 1_500], true)
      expect([cut.status, cut.error, cut.message?.parts], `cut after ${at} bytes`).toEqual(['ready', undefined, parts])
      expect(cut.connections, `cut after ${at} bytes`).toBeGreaterThan(1)
    }
  })
})

describe('a server that goes down in the middle of an answer', () => {
  const half = async (fetch?: typeof globalThis.fetch) => {
    const finished: unknown[] = []
    const chat = fixture.chat(
      { onFinish: ({ isDisconnect, isAbort }) => void finished.push({ isDisconnect, isAbort }) },
      fetch ? { fetch } : {},
    )
    const sent = chat.sendMessage({ text: 'Hi' })
    ;(await fixture.source.call(0)).emit(BEGIN, ...text('Half'))
    await expect.poll(() => textOf(chat.lastMessage)).toBe('Half')
    return { chat, sent, finished }
  }

  it('is an error for the stock client, never a short answer', async () => {
    const { chat, sent } = await half()
    fixture.hub.drain()
    await sent
    expect([chat.status, chat.error instanceof Error]).toEqual(['error', true])
  })

  it('is given up on by resumableFetch as a lost connection, which the client knows how to resume', async () => {
    const { chat, sent, finished } = await half(resumableFetch({ ...FAST, maxAttempts: 3 }))
    fixture.hub.drain()
    await sent
    expect([chat.status, chat.error?.message]).toEqual(['error', expect.stringMatching(/network lost the answer after 3 attempts/)])
    expect(finished).toEqual([{ isDisconnect: true, isAbort: false }])
  })

  it('can be left at once while resumableFetch waits to try again', async () => {
    const { chat, sent, finished } = await half(resumableFetch({ baseDelayMs: 1e9, maxDelayMs: 1e9 }))
    fixture.hub.drain()
    await expect.poll(() => fixture.hub.readers(`runs/${runOf(chat.lastMessage)}`)).toEqual([])
    await chat.stop()
    await sent
    expect([chat.status, finished]).toEqual(['ready', [{ isDisconnect: false, isAbort: true }]])
  })

  it('breaks the chat stream off on every version of HTTP, and ends the others well', async () => {
    const { chat, sent } = await half()
    const runId = runOf(chat.lastMessage)
    const dial = async (request: string) => {
      const socket = connect(fixture.server.address.port, '127.0.0.1')
      let got = ''
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        got += chunk
      })
      const closed = new Promise<string>((resolve) => {
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
        socket.once('end', () => resolve('end'))
      })
      socket.write(`GET ${request}\r\nhost: localhost\r\n\r\n`)
      await expect.poll(() => got).toContain('Half')
      return { closed, got: () => got, socket }
    }
    const [chunked, plain, events] = [
      await dial('/api/chat/c1/stream HTTP/1.1'),
      await dial('/api/chat/c1/stream HTTP/1.0'),
      await dial(`/v1/runs/${runId}/events HTTP/1.1`),
    ]
    fixture.hub.drain()
    await chunked.closed
    expect(chunked.got()).not.toMatch(/\r\n0\r\n\r\n$/)
    expect(await plain.closed).toBe('ECONNRESET')
    await expect.poll(events.got).toMatch(/\r\n0\r\n\r\n$/)
    events.socket.destroy()
    await sent
  })
})

describe('resuming with an id', () => {
  it('gives exactly what follows, also of a run that has ended; of another chat it is not there', async () => {
    const { message } = await talk('mine', [], false)
    const whole = await (
      await fixture.request('/api/chat/mine/stream', resume(`${runOf(message)}.${'0'.repeat(16)}_${'0'.repeat(16)}`))
    ).text()
    const ids = [...whole.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? '')
    expect(whole).toMatch(/\ndata: \[DONE\]\n\n$/)
    const [, , third = ''] = ids
    const rest = await (await fixture.request('/api/chat/mine/stream', resume(third))).text()
    expect(rest).toBe(`id: ${third}\n\n${whole.slice(whole.indexOf('\n\n', whole.lastIndexOf(`id: ${third}\n`)) + 2)}`)
    expect((await fixture.request('/api/chat/mine/stream', resume(ids.at(-1) ?? ''))).status).toBe(204)
    expect((await fixture.request('/api/chat/other/stream', resume(third))).status).toBe(404)
    expect((await fixture.request('/api/chat/mine/stream', resume('nonsense'))).status).toBe(400)
  })

  const resume = (id: string): RequestInit => ({ headers: { 'last-event-id': id } })
})
