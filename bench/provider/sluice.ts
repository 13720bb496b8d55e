/** Ours: the source alone, and a whole run as the server composes it, up to the durable record. Nobody reads it meanwhile. */
import { countTokens } from '../../src/config/tokens.ts'
import { systemClock } from '../../src/core/clock.ts'
import { answerText } from '../../src/core/fold.ts'
import { createRuns } from '../../src/generate/runs.ts'
import { createHub } from '../../src/log/hub.ts'
import type { Principal } from '../../src/ports/records.ts'
import type { Source } from '../../src/ports/source.ts'
import { createSqliteRecords } from '../../src/records/sqlite/records.ts'
import { createAnthropicSource } from '../../src/sources/anthropic/source.ts'
import { createOpenAISource } from '../../src/sources/openai/source.ts'
import { createOpenAIChatSource } from '../../src/sources/openai-chat/source.ts'
import { lockFolder } from '../../src/sqlite/lock.ts'
import { createSqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { combineObservers } from '../../src/telemetry/combine.ts'
import { createLogObserver } from '../../src/telemetry/log-observer.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type Consumer, type Endpoint, KEY, PROMPT } from './consumer.ts'

/** A name that the source of Anthropic knows; the others take any. */
const MODEL = 'claude-haiku-5-5'

function openSource({ api, origin }: Endpoint): Source & AsyncDisposable {
  const endpoint = { apiKey: KEY, baseUrl: `${origin}/v1` }
  switch (api) {
    case 'openai-responses':
      return createOpenAISource(endpoint)
    case 'openai-chat':
      return createOpenAIChatSource(endpoint)
    case 'anthropic':
      return createAnthropicSource(endpoint)
    default:
      return api satisfies never
  }
}

export async function createSourceOnly(endpoint: Endpoint): Promise<Consumer> {
  const source = openSource(endpoint)
  const { signal } = new AbortController()
  return {
    async ask() {
      let chars = 0
      const request = { model: MODEL, messages: [{ role: 'user', content: PROMPT }], options: {} } as const
      for await (const event of source.stream(request, { signal })) if (event.type === 'text-delta') chars += event.text.length
      return () => chars
    },
    close: async () => source[Symbol.asyncDispose](),
  }
}

export async function createWholeRun(endpoint: Endpoint): Promise<Consumer> {
  const metrics = createMetrics()
  let stored = 0
  const logged = combineObservers(metrics.observer, createLogObserver(createLogger({ level: 'error' })))
  const observer = combineObservers(logged, (seen) => {
    if (seen.type === 'appended') stored += seen.records
  })
  await using resources = new AsyncDisposableStack()
  const { folder } = endpoint
  const clock = systemClock
  const lock = resources.adopt(lockFolder(folder), (held) => held.release())
  const store = resources.adopt(createSqliteStore({ folder, clock, observer, lock }), (open) => open.close())
  const records = resources.adopt(createSqliteRecords({ folder, clock }), (open) => open.close())
  const source = resources.use(openSource(endpoint))
  const hub = resources.adopt(createHub({ store, clock, observer }), (open) => open.close())
  const runs = createRuns({ store, records, sources: [source], clock, observer, countTokens, hub, defaultModel: `${source.name}/${MODEL}` })
  const opened = resources.move()

  const principal: Principal = { tenant: 'local', user: 'local', scopes: [] }
  const { signal } = new AbortController()
  return {
    async ask() {
      const { run } = await runs.create(principal, { input: PROMPT })
      const ended = await runs.ended(principal, run.id, signal)
      return async () => {
        if (ended.status !== 'completed') throw new Error(`A run ended as ${ended.status}: ${JSON.stringify(ended.error)}`)
        return answerText(await runs.answer(ended)).length
      }
    },
    get stored() {
      return stored
    },
    async close() {
      await runs.drain(0)
      await opened.disposeAsync()
    },
  }
}
