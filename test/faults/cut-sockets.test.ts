/** The connection of a reader is cut after every single byte of the server's answer, over real sockets. */
import { describe, expect, it } from 'vitest'
import { answerText, createClient, defaultPolicy, type LocatedEvent } from '../../src/client/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { createApp } from '../../src/http/app.ts'
import { serve } from '../../src/http/node-adapter.ts'
import { silent } from '../../src/ports/observer.ts'
import { createMemoryRecords } from '../../src/records/memory/records.ts'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { createSimulatedSource } from '../../src/sources/simulated/source.ts'
import { createMemoryStore } from '../../src/stores/memory/memory-store.ts'
import { createCuttingProxy } from '../support/cutting-proxy.ts'
import { CALLER, createEngine } from '../support/engine.ts'

const PRINCIPAL = { ...CALLER, tenant: 'local', user: 'local' }
const REQUEST = { input: 'Why?', model: 'simulated/short', options: { seed: 5 } }
const EXPECTED = simulatedText('short', 5, 'Why?')

async function createServer() {
  const clock = systemClock
  const store = createMemoryStore({ clock })
  const records = createMemoryRecords({ clock })
  const { runs, hub } = createEngine({ store, records, clock, sources: [createSimulatedSource({ clock })] })
  const app = createApp({ runs, records, store, hub, clock, observer: silent, trust: { hosts: [], forwarded: false }, ready: () => true })
  const server = await serve(app, { host: '127.0.0.1', port: 0 })
  const proxy = await createCuttingProxy(server.address)
  const client = createClient({
    baseUrl: `http://127.0.0.1:${proxy.port}`,
    policy: { ...defaultPolicy, baseMs: 1, maxMs: 2 },
    // Each reader has a connection of its own, so that a cut meets the one that it is meant for.
    headers: { connection: 'close' },
  })
  return {
    runs,
    proxy,
    client,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await runs.drain(0)
      hub.close()
      await server.close()
      await store.close()
    },
  }
}

describe('a connection that is cut', () => {
  it('after any byte of the past costs a reader nothing', async () => {
    await using world = await createServer()
    const { runs, proxy, client } = world
    const { run } = await runs.create(PRINCIPAL, { ...REQUEST, options: { ...REQUEST.options, tokensPerSecond: 0 } })
    await runs.ended(PRINCIPAL, run.id, new AbortController().signal)
    expect(answerText(await client.answer(run.id))).toBe(EXPECTED)
    const whole = proxy.lastBytes
    expect(whole).toBeGreaterThan(1_000)
    for (let cut = 0; cut < whole; cut++) {
      proxy.cutNext(cut)
      const answer = await client.answer(run.id)
      expect([cut, answerText(answer), answer.outcome]).toEqual([cut, EXPECTED, 'completed'])
    }
  })

  it('again and again while the answer is written shows every event once and in order', async () => {
    await using world = await createServer()
    const { runs, proxy, client } = world
    const { run } = await runs.create(PRINCIPAL, { ...REQUEST, options: { ...REQUEST.options, tokensPerSecond: 100 } })
    proxy.cutNext(...Array.from({ length: 30 }, (_, index) => 200 + ((index * 131) % 700)))
    const seen: string[] = []
    let text = ''
    await client.runs.follow(run.id, {
      onEvent({ offset, event }: LocatedEvent) {
        seen.push(offset)
        if (event.type === 'text-delta') text += event.text
      },
    })
    expect(text).toBe(EXPECTED)
    expect(seen).toEqual([...new Set(seen)].sort())
    expect(proxy.connections).toBeGreaterThan(3)
  })
})
