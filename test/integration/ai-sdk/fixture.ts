/** A whole server with a scripted model, and the real, unmodified client of the AI SDK against it. */
import { type AbstractChat, type ChatInit, DefaultChatTransport, type HttpChatTransportInitOptions, type UIMessage } from 'ai'
import { systemClock } from '../../../src/core/clock.ts'
import { createRuns, type RunsOptions } from '../../../src/generate/runs.ts'
import { type AppDeps, createApp } from '../../../src/http/app.ts'
import { type RunningServer, serve } from '../../../src/http/node-adapter.ts'
import { createHub, type Hub } from '../../../src/log/hub.ts'
import type { Records } from '../../../src/ports/records.ts'
import { createMemoryRecords } from '../../../src/records/memory/records.ts'
import { createMemoryStore } from '../../../src/stores/memory/memory-store.ts'
import { createScriptedSource, type ScriptedSource } from '../../support/scripted-source.ts'

/** Not named where it is imported: React's types would give every other test an `HTMLElement` without members. */
const REACT = '@ai-sdk/react'
export type Chat = AbstractChat<UIMessage>
export const { Chat } = (await import(REACT)) as { readonly Chat: new (init: ChatInit<UIMessage>) => Chat }

export interface Fixture extends AsyncDisposable {
  readonly server: RunningServer
  readonly source: ScriptedSource
  readonly hub: Hub
  readonly records: Records
  /** Answers still being written. */
  readonly active: () => number
  chat(init?: Partial<ChatInit<UIMessage>>, transport?: HttpChatTransportInitOptions<UIMessage>): Chat
  request(path: string, init?: RequestInit): Promise<Response>
}

export async function start(options: Partial<RunsOptions> = {}, deps: Partial<AppDeps> = {}): Promise<Fixture> {
  const observer = (): void => {}
  const store = createMemoryStore({ clock: systemClock })
  const records = createMemoryRecords()
  const hub = createHub({ store, clock: systemClock, observer })
  const source = createScriptedSource()
  const runs = createRuns({ store, records, sources: [source], clock: systemClock, observer, hub, ...options })
  const app = createApp({
    runs,
    records,
    store,
    hub,
    clock: systemClock,
    observer,
    trust: { hosts: [], forwarded: false },
    ready: () => true,
    ...deps,
  })
  const server = await serve(app, { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200 } })
  return {
    server,
    source,
    hub,
    records,
    active: () => runs.active.queued + runs.active.running,
    chat: (init = {}, transport = {}) =>
      new Chat({ id: 'c1', transport: new DefaultChatTransport({ api: `${server.url}/api/chat`, ...transport }), ...init }),
    request: (path, init) => fetch(server.url + path, init),
    async [Symbol.asyncDispose]() {
      await runs.drain(0)
      hub.close()
      await server.close()
      await app.close?.()
      await store.close()
      await records.close()
    },
  }
}

/** The words of a message. */
export function textOf(message: UIMessage | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** The words of a chat, with who said them. */
export function said(chat: Chat): string[] {
  return chat.messages.map((message) => `${message.role}: ${textOf(message)}`)
}

/** The run that a message is the answer of. */
export function runOf(message: UIMessage | undefined): string {
  const { runId } = (message?.metadata ?? {}) as { readonly runId?: string }
  if (runId === undefined) throw new Error('The message does not say which run it is the answer of')
  return runId
}
