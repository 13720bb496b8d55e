import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CreateRun, RunSummary } from '../../../src/client/api.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import { type Conversation, type ConversationHost, openConversation } from './conversation.ts'
import { type Ask, outbox } from './outbox.ts'

const ask: Ask = { conversationId: 'c1', key: 'k1', text: 'why?' }
const notFound = (): SluiceError => new SluiceError('not-found', 'No conversation c1')
const lost = (): SluiceError => new SluiceError('connection', 'No answer')

/** A server with one conversation, whose answers a test can replace. */
function fakeServer() {
  const created: { request: CreateRun; key: string | undefined }[] = []
  const cancelled: string[] = []
  const told: string[] = []
  let exists = false
  const server = {
    created,
    cancelled,
    told,
    create: async (): Promise<void> => {},
    get: async (): Promise<void> => {},
  }
  const host: ConversationHost = {
    client: {
      runs: {
        async create(request: CreateRun, options?: { idempotencyKey?: string }) {
          created.push({ request, key: options?.idempotencyKey })
          await server.create()
          exists = true
          return { id: 'r1' } as RunSummary
        },
        async cancel(id: string) {
          cancelled.push(id)
          return { id, status: 'running', effect: 'cancelling' }
        },
      } as unknown as ConversationHost['client']['runs'],
      conversations: {
        async get() {
          await server.get()
          if (!exists) throw notFound()
          const messages = [{ id: 'm1', role: 'user' as const, text: 'why?', createdAt: '', runId: 'r1' }]
          return { id: 'c1', title: 'why?', createdAt: '', updatedAt: '', messages, liveRunId: 'r1' }
        },
      } as unknown as ConversationHost['client']['conversations'],
    },
    hints: { changed: (id) => void told.push(id), onChanged: () => () => {} },
  }
  return { ...server, server, host }
}

let opened: Conversation | undefined

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('window', new EventTarget())
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
})

afterEach(() => {
  opened?.close()
  outbox.remove('c1')
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('a conversation of the page', () => {
  it('is missing when the server does not know it and nothing was asked', async () => {
    opened = openConversation(fakeServer().host, 'c1')
    await settle()
    expect(opened.view.get().load).toBe('missing')
  })

  it('is no longer missing as soon as something is asked in it', async () => {
    opened = openConversation(fakeServer().host, 'c1')
    await settle()
    opened.ask(ask)
    expect(opened.view.get()).toMatchObject({ load: 'ready', pending: { state: 'sending' } })
    await settle()
    expect(opened.view.get()).toMatchObject({ load: 'ready', detail: { liveRunId: 'r1' } })
  })

  it('sends what a reload left unsent, under the same key, and then follows its run', async () => {
    outbox.put(ask)
    const { host, created, told } = fakeServer()
    opened = openConversation(host, 'c1')
    expect(opened.view.get().pending?.ask).toEqual(ask)
    await settle()
    expect(created).toEqual([{ request: { input: 'why?', conversationId: 'c1' }, key: 'k1' }])
    expect(opened.view.get()).toMatchObject({ load: 'ready', detail: { liveRunId: 'r1' } })
    expect(opened.view.get().pending).toBeUndefined()
    expect(outbox.get('c1')).toBeUndefined()
    expect(told).toEqual(['c1'])
  })

  it('does not ask for a conversation before its first question has made it, and asks for an older one at once', async () => {
    const { host, server } = fakeServer()
    const get = vi.fn(async () => {})
    server.get = get
    server.create = () => new Promise(() => {})
    outbox.put(ask)
    opened = openConversation(host, 'c1')
    await vi.advanceTimersByTimeAsync(30_000)
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(get).not.toHaveBeenCalled()
    opened.close()
    outbox.put({ ...ask, after: 'm0' })
    opened = openConversation(host, 'c1')
    await settle()
    expect(get).toHaveBeenCalledOnce()
  })

  it('repeats a question that was lost, under the same key, and shows no failure meanwhile', async () => {
    const { host, server, created } = fakeServer()
    server.create = vi.fn(async () => {}).mockRejectedValueOnce(lost())
    outbox.put(ask)
    opened = openConversation(host, 'c1')
    await settle()
    expect(opened.view.get()).toMatchObject({ load: 'ready', pending: { state: 'retrying' } })
    expect(outbox.get('c1')).toEqual(ask)
    await vi.advanceTimersByTimeAsync(1000)
    expect(created.map(({ key }) => key)).toEqual(['k1', 'k1'])
    expect(opened.view.get().pending).toBeUndefined()
  })

  it('asks again at once when the network comes back', async () => {
    const { host, server, created } = fakeServer()
    server.create = vi.fn(async () => {}).mockRejectedValueOnce(lost())
    vi.spyOn(Math, 'random').mockReturnValue(0.99)
    outbox.put(ask)
    opened = openConversation(host, 'c1')
    await settle()
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(created).toHaveLength(2)
  })

  it('keeps a refused question for editing, with the reason, and does not send it again after a reload', async () => {
    const { host, server } = fakeServer()
    server.create = async () => {
      throw new SluiceError('too-large', 'Too long', { safeMessage: 'The question is too long.' })
    }
    outbox.put(ask)
    opened = openConversation(host, 'c1')
    await settle()
    expect(opened.view.get().pending).toMatchObject({ state: 'refused', problem: 'The question is too long.' })
    expect(outbox.get('c1')).toBeUndefined()
    opened.dismiss()
    expect(opened.view.get().pending).toBeUndefined()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(opened.view.get().load).toBe('ready')
  })

  it('stops a run that had no id yet when Stop was pressed', async () => {
    const { host, server, cancelled } = fakeServer()
    const answer = Promise.withResolvers<void>()
    server.create = () => answer.promise
    outbox.put(ask)
    opened = openConversation(host, 'c1')
    await settle()
    expect(opened.stopPending()).toBe(true)
    answer.resolve()
    await settle()
    expect(cancelled).toEqual(['r1'])
  })

  it('asks the server again now and then while it is looked at, and never after it is closed', async () => {
    const { host, server } = fakeServer()
    const get = vi.fn(async () => {})
    server.get = get
    outbox.put(ask)
    opened = openConversation(host, 'c1')
    await settle()
    const before = get.mock.calls.length
    await vi.advanceTimersByTimeAsync(10_000)
    expect(get.mock.calls.length).toBe(before + 1)
    opened.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(get.mock.calls.length).toBe(before + 1)
  })
})
