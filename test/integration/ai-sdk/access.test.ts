/** Whose chat it is. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Caller } from '../../../src/http/auth/caller.ts'
import { text } from '../../support/scripted-source.ts'
import { type Fixture, runOf, start, textOf } from './fixture.ts'

/** Who calls, by the token that is sent. */
const callers = new Map<string, Caller>()
const principal = (user: string) => ({ tenant: 't', user, scopes: ['*'] })

let fixture: Fixture
beforeEach(async () => {
  callers.set('Bearer alice', { principal: principal('alice') })
  callers.set('Bearer bob', { principal: principal('bob') })
  fixture = await start(
    {},
    {
      authenticate: async (request) => {
        const caller = callers.get(request.headers.get('authorization') ?? '')
        if (!caller) throw new Error('Every call of these tests says who calls')
        return caller
      },
    },
  )
})
afterEach(() => fixture[Symbol.asyncDispose]())

const as = (who: string, more: Readonly<Record<string, string>> = {}) => ({ headers: { authorization: `Bearer ${who}`, ...more } })

async function liveChat() {
  const chat = fixture.chat({}, as('alice'))
  const sent = chat.sendMessage({ text: 'Hi' })
  ;(await fixture.source.call(0)).emit({ type: 'text-start', id: 't' }, ...text('Secret'))
  await expect.poll(() => textOf(chat.lastMessage)).toBe('Secret')
  return { chat, sent, runId: runOf(chat.lastMessage) }
}

const ask = (who: string, path: string, init: RequestInit = {}) => fixture.request(path, { ...as(who), ...init })

it("another one's chat is as if it were not there", async () => {
  const { chat, sent, runId } = await liveChat()
  const lastId = `${runId}.${'0'.repeat(16)}_${'0'.repeat(16)}`
  expect((await ask('bob', '/api/chat/c1/stream')).status).toBe(204)
  expect((await ask('bob', '/api/chat/c1/stream', as('bob', { 'last-event-id': lastId }))).status).toBe(404)
  expect((await ask('bob', '/api/chat/c1/stop', { method: 'POST' })).status).toBe(404)
  const intruder = fixture.chat({}, as('bob'))
  await intruder.sendMessage({ text: 'Let me in' })
  expect([intruder.status, intruder.messages.length]).toEqual(['error', 1])
  expect(fixture.source.calls).toHaveLength(1)
  expect(fixture.source.calls[0]?.signal.aborted).toBe(false)
  expect((await ask('alice', '/api/chat/c1/stop', { method: 'POST' })).status).toBe(202)
  await sent
  expect(textOf(chat.lastMessage)).toBe('Secret')
})

it('a token of one stream reads and stops that answer, as far as it goes, and starts none', async () => {
  const { sent, runId } = await liveChat()
  const grant = (streamId: string, scopes: readonly ('read' | 'cancel')[]) => ({
    id: 'g',
    streamId,
    scopes,
    expiresAtMs: Date.now() + 60_000,
  })
  callers.set('Bearer reads', { principal: principal('alice'), grant: grant(`runs/${runId}`, ['read']) })
  callers.set('Bearer elsewhere', { principal: principal('alice'), grant: grant('runs/run_other', ['read', 'cancel']) })
  const read = await ask('reads', '/api/chat/c1/stream')
  expect(read.status).toBe(200)
  await read.body?.cancel()
  expect((await ask('elsewhere', '/api/chat/c1/stream')).status).toBe(404)
  expect((await ask('elsewhere', '/api/chat/c1/stop', { method: 'POST' })).status).toBe(404)
  expect((await ask('reads', '/api/chat/c1/stop', { method: 'POST' })).status).toBe(403)
  const chat = fixture.chat({}, as('reads'))
  await chat.sendMessage({ text: 'Hi' })
  expect([chat.status, fixture.source.calls.length]).toEqual(['error', 1])
  await ask('alice', '/api/chat/c1/stop', { method: 'POST' })
  await sent
})
