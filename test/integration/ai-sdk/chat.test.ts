/** What people do with a chat of the AI SDK, done with its own client. */
import { lastAssistantMessageIsCompleteWithToolCalls, type UIMessage } from 'ai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { FINISH, text } from '../../support/scripted-source.ts'
import { type Fixture, runOf, said, start, textOf } from './fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await start()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const BEGIN = { type: 'text-start', id: 't' } as const
const END = { type: 'text-end', id: 't' } as const
const history = async () =>
  (await fixture.records.listMessages('c1', { tenant: 'local', user: 'local' }, { limit: 50 })).items
    .toReversed()
    .map((message) => `${message.role}: ${message.text}`)

describe('a stock chat', () => {
  it('gets text, reasoning, calls, sources and data, and knows how it ended', async () => {
    const passing: unknown[] = []
    const chat = fixture.chat({ onData: (part) => void passing.push(part.type) })
    const sent = chat.sendMessage({ text: 'Hi' })
    const call = await fixture.source.call(0)
    // What passes by is for those who are there, not for late joiners.
    await expect.poll(() => passing).toContain('data-status')
    call.emit(
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', text: 'Hm.' },
      { type: 'reasoning-end', id: 'r', signature: 's' },
      { type: 'tool-call-start', id: 'c', name: 'look' },
      { type: 'tool-call-delta', id: 'c', text: '{"q":1}' },
      { type: 'tool-call-end', id: 'c', input: '{"q":1}' },
      { type: 'tool-result', id: 'c', output: [1] },
      { type: 'data', name: 'note', data: { n: 1 } },
      BEGIN,
      ...text('Hello'),
      { type: 'citation', id: 't', url: 'https://example.org/', detail: {} },
      ...text(' you'),
      END,
      FINISH,
    )
    await sent
    expect([chat.status, chat.error]).toEqual(['ready', undefined])
    expect(chat.lastMessage).toMatchObject({
      role: 'assistant',
      metadata: { outcome: 'completed', usage: { outputTokens: 1 } },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', text: 'Hm.', state: 'done' },
        { type: 'tool-look', state: 'output-available', input: { q: 1 }, output: [1] },
        { type: 'data-note', data: { n: 1 } },
        { type: 'text', text: 'Hello you', state: 'done' },
        { type: 'source-url', url: 'https://example.org/' },
      ],
    })
    expect(passing).toContain('data-note')
  })

  it('keeps the question and the whole answer once, and puts no history twice into the prompt', async () => {
    const chat = fixture.chat()
    for (const [index, question] of ['One?', 'Two?'].entries()) {
      const sent = chat.sendMessage({ text: question })
      ;(await fixture.source.call(index)).emit(BEGIN, ...text(`Answer ${index}`), END, FINISH)
      await sent
    }
    expect(fixture.source.calls[1]?.request.messages).toEqual([
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'Answer 0' },
      { role: 'user', content: 'Two?' },
    ])
    expect(await history()).toEqual(['user: One?', 'assistant: Answer 0', 'user: Two?', 'assistant: Answer 1'])
    expect(chat.lastMessage?.id).toBe(
      (await fixture.records.listMessages('c1', { tenant: 'local', user: 'local' }, { limit: 1 })).items[0]?.id,
    )
  })

  it('regenerates: one question, a new answer, and the old one is not in the prompt', async () => {
    const chat = fixture.chat()
    const sent = chat.sendMessage({ text: 'One?' })
    ;(await fixture.source.call(0)).emit(BEGIN, ...text('Bad'), END, FINISH)
    await sent
    const again = chat.regenerate()
    ;(await fixture.source.call(1)).emit(BEGIN, ...text('Good'), END, FINISH)
    await again
    expect(said(chat)).toEqual(['user: One?', 'assistant: Good'])
    expect(fixture.source.calls[1]?.request.messages).toEqual([{ role: 'user', content: 'One?' }])
    expect(await history()).toEqual(['user: One?', 'assistant: Bad', 'assistant: Good'])
  })

  it('writes a question down that is only asked again because it was refused the first time', async () => {
    const chat = fixture.chat({ messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'One?' }] }] })
    const again = chat.regenerate()
    ;(await fixture.source.call(0)).emit(BEGIN, ...text('Yes'), END, FINISH)
    await again
    expect(await history()).toEqual(['user: One?', 'assistant: Yes'])
  })

  it('goes on with its own message when the client has run a tool', async () => {
    const chat = fixture.chat({ sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls })
    const sent = chat.sendMessage({ text: 'Ask me' })
    ;(await fixture.source.call(0)).emit(
      { type: 'tool-call-start', id: 'c', name: 'ask' },
      { type: 'tool-call-end', id: 'c', input: '{}' },
      { ...FINISH, reason: 'tool-calls' } as typeof FINISH,
    )
    await sent
    expect(chat.lastMessage?.parts.at(-1)).toMatchObject({ type: 'tool-ask', state: 'input-available' })
    chat.addToolOutput({ tool: 'ask', toolCallId: 'c', output: 42 })
    const second = await fixture.source.call(1)
    second.emit(BEGIN, ...text('So 42'), END, FINISH)
    await expect.poll(() => [chat.status, ...said(chat)]).toEqual(['ready', 'user: Ask me', 'assistant: So 42'])
    expect(second.request.messages.slice(-2)).toEqual([
      { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'ask', input: '{}' }] },
      { role: 'tool', content: '42', toolCallId: 'c' },
    ])
    expect((await history()).filter((line) => line.startsWith('user'))).toEqual(['user: Ask me'])
  })

  it('shows an error of the model, with what came before it', async () => {
    const chat = fixture.chat()
    const sent = chat.sendMessage({ text: 'Hi' })
    const call = await fixture.source.call(0)
    call.emit(BEGIN, ...text('Half'))
    call.fail(new SluiceError('content-filter', 'the provider said: secret'))
    await sent
    expect([chat.status, chat.error?.message]).toEqual(['error', 'The model declined to answer this request.'])
    expect(chat.lastMessage?.parts.at(-1)).toMatchObject({ type: 'text', text: 'Half', state: 'done' })
  })

  it('is told why a request was not accepted', async () => {
    const chat = fixture.chat({}, { body: { model: 'nobody/none' } })
    await chat.sendMessage({ text: 'Hi' })
    expect([chat.status, chat.error?.message]).toEqual(['error', expect.stringContaining('nobody')])
  })

  it('may send what we do not know, and options that we do', async () => {
    const chat = fixture.chat({}, { body: { model: 'scripted/one', options: { seed: 7 }, theme: 'dark' } })
    const sent = chat.sendMessage({ text: 'Hi' })
    const call = await fixture.source.call(0)
    call.emit(BEGIN, END, FINISH)
    await sent
    expect([chat.status, call.request.options]).toEqual(['ready', { seed: 7 }])
  })

  it('has a live answer of its own beside that of another chat', async () => {
    const [one, two] = [fixture.chat({ id: 'c1' }), fixture.chat({ id: 'c2' })]
    const both = [one.sendMessage({ text: 'One?' }), two.sendMessage({ text: 'Two?' })]
    const calls = [await fixture.source.call(0), await fixture.source.call(1)]
    for (const call of calls) call.emit(BEGIN, ...text(`Re ${call.request.messages[0]?.content}`), END, FINISH)
    await Promise.all(both)
    expect([textOf(one.lastMessage), textOf(two.lastMessage)]).toEqual(['Re One?', 'Re Two?'])
  })

  it('that asks anew ends its live answer, as configured', async () => {
    const chat = fixture.chat()
    const first = chat.sendMessage({ text: 'One?' })
    const call = await fixture.source.call(0)
    call.emit(BEGIN, ...text('Half'))
    await expect.poll(() => textOf(chat.lastMessage)).toBe('Half')
    await chat.stop()
    await first
    const second = chat.sendMessage({ text: 'Two?' })
    ;(await fixture.source.call(1)).emit(BEGIN, ...text('Whole'), END, FINISH)
    await second
    expect(call.signal.aborted).toBe(true)
    expect(await history()).toEqual(['user: One?', 'assistant: Half', 'user: Two?', 'assistant: Whole'])
  })
})

describe('resume and stop', () => {
  const begin = async (): Promise<{ chat: ReturnType<Fixture['chat']>; sent: Promise<void> }> => {
    const chat = fixture.chat()
    const sent = chat.sendMessage({ text: 'Hi' })
    const call = await fixture.source.call(0)
    call.emit(BEGIN, ...text('One '), ...text('two '))
    await expect.poll(() => textOf(chat.lastMessage)).toBe('One two ')
    return { chat, sent }
  }
  const reload = (messages: readonly UIMessage[]): ReturnType<Fixture['chat']> => fixture.chat({ messages: structuredClone([...messages]) })

  it('a reload gets what was said and the rest, without a double', async () => {
    const { chat, sent } = await begin()
    const after = reload(chat.messages)
    const resumed = after.resumeStream()
    await expect.poll(() => fixture.hub.readers(streamId(chat))).toHaveLength(2)
    fixture.source.calls[0]?.emit(...text('three'), END, FINISH)
    await Promise.all([sent, resumed])
    expect(said(after)).toEqual(['user: Hi', 'assistant: One two three'])
    expect(after.messages.map(({ id }) => id)).toEqual(chat.messages.map(({ id }) => id))
  })

  it('there is nothing to resume in a chat that is unknown, or whose answer was got to its end', async () => {
    expect((await fixture.request('/api/chat/unknown/stream')).status).toBe(204)
    const { sent } = await begin()
    fixture.source.calls[0]?.emit(END, FINISH)
    await sent
    expect((await fixture.request('/api/chat/c1/stream')).status).toBe(204)
  })

  it('going away, as an unmount does, stops nothing, and an answer that ended meanwhile is there for whoever comes back', async () => {
    const { chat, sent } = await begin()
    await chat.stop()
    await sent
    await expect.poll(() => fixture.hub.readers(streamId(chat))).toHaveLength(0)
    expect(fixture.source.calls[0]?.signal.aborted).toBe(false)
    fixture.source.calls[0]?.emit(...text('three'), END, FINISH)
    await expect.poll(fixture.active).toBe(0)
    const after = reload(chat.messages)
    await after.resumeStream()
    expect([after.status, ...said(after)]).toEqual(['ready', 'user: Hi', 'assistant: One two three'])
    expect((await fixture.request('/api/chat/c1/stream')).status).toBe(204)
  })

  it('stop ends the model and may be repeated; the chat is ready with what came', async () => {
    const { chat, sent } = await begin()
    const first = await fixture.request('/api/chat/c1/stop', { method: 'POST' })
    expect([first.status, await first.json()]).toMatchObject([202, { id: 'c1', effect: 'cancelling' }])
    await sent
    expect(fixture.source.calls[0]?.signal.aborted).toBe(true)
    expect([chat.status, textOf(chat.lastMessage)]).toEqual(['ready', 'One two '])
    expect(chat.lastMessage?.metadata).toMatchObject({ outcome: 'cancelled' })
    const again = await fixture.request('/api/chat/c1/stop', { method: 'POST' })
    expect([again.status, await again.json()]).toEqual([200, { id: 'c1', effect: 'ended', runs: [] }])
    expect((await fixture.request('/api/chat/c1/stream')).status).toBe(204)
    expect((await fixture.request('/api/chat/unknown/stop', { method: 'POST' })).status).toBe(404)
  })

  it('stop works after a resume, for every page that shows the answer', async () => {
    const { chat, sent } = await begin()
    const after = reload(chat.messages)
    const resumed = after.resumeStream()
    await expect.poll(() => fixture.hub.readers(streamId(chat))).toHaveLength(2)
    await fixture.request('/api/chat/c1/stop', { method: 'POST' })
    await Promise.all([sent, resumed])
    expect(fixture.source.calls[0]?.signal.aborted).toBe(true)
    expect([chat.status, after.status, textOf(after.lastMessage)]).toEqual(['ready', 'ready', 'One two '])
  })

  it('a late joiner gets one delta for all text so far', async () => {
    const { chat, sent } = await begin()
    const response = await fixture.request('/api/chat/c1/stream')
    await expect.poll(() => fixture.hub.readers(streamId(chat))).toHaveLength(2)
    fixture.source.calls[0]?.emit(END, FINISH)
    const body = await response.text()
    await sent
    expect(body.match(/"type":"text-delta"[^}]*/g)).toEqual(['"type":"text-delta","id":"t","delta":"One two "'])
    expect(body).toMatch(/^id: \S+\n\ndata: \{"type":"start"/)
  })
})

function streamId(chat: ReturnType<Fixture['chat']>): string {
  return `runs/${runOf(chat.lastMessage)}`
}
