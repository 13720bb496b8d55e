/** A whole server in this process, with everything real but the model, reached both ways: as a function, and over sockets. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { systemClock } from '../../../src/core/clock.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import { createFakeClock, type FakeClock } from '../../../src/core/testing/fake-clock.ts'
import type { RunLimits } from '../../../src/generate/limits.ts'
import { createRuns, type Runs } from '../../../src/generate/runs.ts'
import { type App, type AppDeps, createApp } from '../../../src/http/app.ts'
import { type RunningServer, type ServeOptions, serve } from '../../../src/http/node-adapter.ts'
import { createHub } from '../../../src/log/hub.ts'
import type { Observation } from '../../../src/ports/observer.ts'
import type { Source, SourceEvent, SourceRequest } from '../../../src/ports/source.ts'
import { createMemoryRecords } from '../../../src/records/memory/records.ts'
import { createMemoryStore } from '../../../src/stores/memory/memory-store.ts'

/** Hostile enough to break a frame, a header or a chunk that is written carelessly. */
export const ANSWER = 'One\ntwo\r\n\ndata: three\u2028 😀 `code` end.'

/** A model that says `ANSWER`; asked to "wait …" it says half and goes on when it is let. */
export interface GatedModel {
  readonly source: Source
  /** Questions that were asked, in order. */
  readonly asked: string[]
  /** Lets every waiting answer, and every later one, go on. */
  release(): void
}

function gatedModel(): GatedModel {
  const gate = Promise.withResolvers<void>()
  const asked: string[] = []
  async function* stream(request: SourceRequest, { signal }: { readonly signal: AbortSignal }): AsyncIterable<SourceEvent> {
    const question = request.messages.at(-1)?.content ?? ''
    asked.push(question)
    const half = Math.floor(ANSWER.length / 2)
    yield { type: 'text-start', id: '0' }
    yield { type: 'text-delta', id: '0', text: ANSWER.slice(0, half) }
    if (question.startsWith('wait')) {
      const aborted = Promise.withResolvers<never>()
      const onAbort = (): void => aborted.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
      await Promise.race([gate.promise, aborted.promise])
    }
    if (question.startsWith('fail')) throw new SluiceError('content-filter', 'the provider said: <secret>')
    yield { type: 'text-delta', id: '0', text: ANSWER.slice(half) }
    yield { type: 'text-end', id: '0' }
    yield { type: 'finish', reason: 'stop', usage: { outputTokens: 9, basis: 'reported' } }
  }
  const source: Source = {
    name: 'test',
    models: ['echo'],
    capabilities(model) {
      if (model !== 'echo') throw new SluiceError('invalid-request', `There is no model test/${model}. Use test/echo.`)
      return { resume: 'none', cancel: false }
    },
    stream,
    cancel: async () => {},
  }
  return { source, asked, release: () => gate.resolve() }
}

export interface Setup {
  readonly runs: Runs
  readonly app: App
  readonly deps: AppDeps
  readonly model: GatedModel
  readonly observed: Observation[]
  /** Time as the HTTP layer sees it. */
  readonly clock: FakeClock
  close(): Promise<void>
}

const LIMITS: RunLimits = {
  maxPromptBytes: 64 * 1024,
  maxConcurrentRuns: 20,
  maxQueuedRuns: 20,
  maxRunsPerUser: 40,
  maxHistoryTokens: 10_000,
  runDeadlineMs: 600_000,
}

export function setup(change: Partial<AppDeps> & { readonly runLimits?: Partial<RunLimits> } = {}): Setup {
  const { runLimits, ...deps } = change
  const observed: Observation[] = []
  const observer = (observation: Observation): void => void observed.push(observation)
  const store = deps.store ?? createMemoryStore({ clock: systemClock })
  const records = createMemoryRecords()
  const hub = deps.hub ?? createHub({ store, clock: systemClock, observer })
  const model = gatedModel()
  const runs = createRuns({
    store,
    records,
    sources: [model.source],
    clock: systemClock,
    observer,
    countTokens: (text) => Math.ceil(text.length / 4),
    limits: { ...LIMITS, ...runLimits },
    conversationPolicy: 'queue',
    defaultModel: 'test/echo',
    hub,
  })
  const clock = createFakeClock(Date.now())
  const all: AppDeps = { runs, records, store, hub, clock, observer, trust: { hosts: [], forwarded: false }, ready: () => true, ...deps }
  return {
    runs,
    app: createApp(all),
    deps: all,
    model,
    observed,
    clock,
    async close() {
      model.release()
      await runs.drain(1_000)
      hub.close()
      await store.close()
      await records.close()
    },
  }
}

/** How a test talks to the application. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>

export interface Door {
  readonly ask: Ask
  close(): Promise<void>
}

/** The two ways in; each suite that uses them runs over both. */
export const DOORS: Readonly<Record<string, (app: App, options?: Partial<ServeOptions>) => Promise<Door>>> = {
  'as a web handler': async (app) => ({
    ask: (path, init) => app.fetch(new Request(`http://localhost${path}`, init)),
    close: async () => {},
  }),
  'over sockets': async (app, options) => {
    const server: RunningServer = await serve(app, { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200 }, ...options })
    return { ask: (path, init) => fetch(server.url + path, init), close: () => server.close() }
  },
}

/** A POST with a JSON body. */
export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

/** Reads a stream until `enough` or its end, then goes away; how many bytes came in between does not matter. */
export async function readEvents(
  response: Response,
  enough: (events: readonly EventSourceMessage[]) => boolean = () => false,
): Promise<EventSourceMessage[]> {
  const events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    if (enough(events)) break
  }
  return events
}

/** The text that the `message` frames add up to. */
export function textOf(events: readonly EventSourceMessage[]): string {
  return events.flatMap(({ event, data }) => (event === 'message' ? [(JSON.parse(data) as { content: string }).content] : [])).join('')
}
