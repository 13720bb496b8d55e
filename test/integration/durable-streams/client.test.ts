/** The protocol's own client against this server: what others' programs do, with others' code. */
import { DurableStream, IdempotentProducer, stream } from '@durable-streams/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestServer, type TestServer } from './harness.ts'

const LOCAL = { tenant: 'local', user: 'local', scopes: ['*'] }
let server: TestServer
beforeAll(async () => {
  server = await createTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe.each(['long-poll', 'sse'] as const)('the client over %s', (live) => {
  it('reads what is there, goes on live, and ends with the stream', async () => {
    const url = server.at(`client/live-${live}`)
    const handle = await DurableStream.create({ url, contentType: 'application/json' })
    await handle.append(JSON.stringify({ n: 1 }))
    const seen: unknown[] = []
    const caughtUp = Promise.withResolvers<void>()
    const response = await stream<{ n: number }>({ url, live, offset: '-1' })
    const reading = (async () => {
      for await (const item of response.jsonStream()) {
        seen.push(item)
        caughtUp.resolve()
      }
    })()
    await caughtUp.promise
    await handle.append(JSON.stringify({ n: 2 }))
    await handle.append(JSON.stringify({ n: 3 }))
    await handle.close()
    await reading
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('reads bytes that are no text, as they are', async () => {
    const url = server.at(`client/bytes-${live}`)
    const sent = Uint8Array.from({ length: 1_000 }, (_, index) => (index * 7) % 256)
    const handle = await DurableStream.create({ url, contentType: 'application/octet-stream' })
    await handle.append(sent)
    await handle.append(sent)
    await handle.close()
    const got: number[] = []
    const response = await stream({ url, live, offset: '-1' })
    for await (const chunk of response.bodyStream()) got.push(...chunk)
    expect(got).toEqual([...sent, ...sent])
  })

  it('reads the stream of a run, live and after its end', async () => {
    const { run } = await server.runs.create(LOCAL, { input: 'Tell me.', options: { seed: 4, tokensPerSecond: 2_000 } })
    const url = server.at(run.streamId)
    const read = async () => {
      const events: { type: string }[] = []
      const response = await stream<{ type: string }>({ url, live, offset: '-1' })
      for await (const event of response.jsonStream()) events.push(event)
      return events
    }
    const during = await read()
    await server.runs.ended(LOCAL, run.id, AbortSignal.timeout(30_000))
    const after = await read()
    expect(during.at(-1)).toMatchObject({ type: 'run-end' })
    expect(during.filter(({ type }) => type === 'run-end')).toHaveLength(1)
    expect(after).toEqual(during)
  })
})

describe('the client', () => {
  it('resumes where it was', async () => {
    const url = server.at('client/resume')
    const handle = await DurableStream.create({ url, contentType: 'application/json' })
    await handle.append(JSON.stringify('one'))
    const first = await stream({ url, live: false })
    expect(await first.json()).toEqual(['one'])
    await handle.append(JSON.stringify('two'))
    const second = await stream({ url, live: false, offset: first.offset })
    expect(await second.json()).toEqual(['two'])
  })

  it('appends once what its idempotent producer sends, in order, and shuts out the producer before it', async () => {
    const url = server.at('client/producer')
    const handle = await DurableStream.create({ url, contentType: 'application/json' })
    const failures: string[] = []
    const old = new IdempotentProducer(handle, 'writer', { epoch: 0, onError: (error) => failures.push(error.message) })
    for (let n = 0; n < 50; n++) old.append(JSON.stringify({ n }))
    await old.flush()
    const next = new IdempotentProducer(handle, 'writer', { epoch: 1 })
    for (let n = 50; n < 100; n++) next.append(JSON.stringify({ n }))
    await next.flush()
    old.append(JSON.stringify({ n: -1 }))
    await old.flush().catch(() => {})
    expect(failures).toHaveLength(1)
    const all = await (await stream<{ n: number }>({ url, live: false })).json()
    expect(all.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it.each(['PUT', 'POST', 'DELETE'])('may not %s the stream of a run', async (method) => {
    const response = await fetch(server.at('runs/any'), {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'DELETE' ? {} : { body: '{}' }),
    })
    expect(response.status).toBe(403)
  })

  it('learns of a run what HEAD tells, and nothing of a run that is not there', async () => {
    const { run } = await server.runs.create(LOCAL, { input: 'Head.', options: { tokensPerSecond: 5_000 } })
    await server.runs.ended(LOCAL, run.id, AbortSignal.timeout(30_000))
    const head = await DurableStream.head({ url: server.at(run.streamId) })
    expect(head).toMatchObject({ exists: true, streamClosed: true, contentType: 'application/json' })
    expect((await fetch(server.at('runs/none'), { method: 'HEAD' })).status).toBe(404)
  })
})
