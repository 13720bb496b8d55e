/** A response over the restart of its server: the numbers before and after are of one row. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { silent } from '../../../src/ports/observer.ts'
import type { SourceEvent } from '../../../src/ports/source.ts'
import { createSqliteRecords } from '../../../src/records/sqlite/records.ts'
import { createSqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { createScriptedSource, type ScriptedSource } from '../../support/scripted-source.ts'
import { openServer, type TestServer } from './server.ts'

const delta = (text: string): SourceEvent => ({ type: 'text-delta', id: 't', text })

async function open(folder: string, source: ScriptedSource): Promise<TestServer> {
  const store = createSqliteStore({ folder, clock: systemClock, observer: silent })
  const records = createSqliteRecords({ folder })
  const server = await openServer({ sources: [source], store, records })
  const stop = async (): Promise<void> => {
    await server.stop()
    await records.close()
    await store.close()
  }
  return { ...server, stop, [Symbol.asyncDispose]: stop }
}

it('goes on after every number, also of before the restart, and ends as one response', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  await using resources = new AsyncDisposableStack()
  resources.defer(() => rm(folder, { recursive: true, force: true }))

  const before = createScriptedSource('position')
  const first = await open(folder, before)
  const stream = await first.client.responses.create({
    model: 'scripted/one',
    input: 'When?',
    background: true,
    stream: true,
    metadata: { port: 'Cuxhaven' },
  })
  const call = await before.call(0)
  call.emit({ type: 'text-start', id: 't' }, delta('High '), delta('water '))
  const seen: ResponseStreamEvent[] = []
  await expect(
    (async () => {
      for await (const event of stream) {
        seen.push(event)
        if (event.type === 'response.output_text.delta' && event.delta.includes('water')) first.stop()
      }
    })(),
  ).rejects.toThrow('starting_after')
  await first.stop()
  const [created] = seen
  if (created?.type !== 'response.created') throw new Error('The first event does not create the response.')
  const { id } = created.response

  const after = createScriptedSource('position')
  const second = await open(folder, after)
  resources.use(second)
  const { client } = second
  const last = seen.at(-1)?.sequence_number ?? 0
  const live = await client.responses.retrieve(id, { stream: true, starting_after: last })
  const next = await after.call(0)
  next.emit(delta('twice.'), { type: 'text-end', id: 't' }, { type: 'finish', reason: 'stop', usage: { basis: 'unknown' } })
  const rest: ResponseStreamEvent[] = []
  for await (const event of live) rest.push(event)

  const all = [...seen, ...rest]
  expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, index) => index))
  expect(rest.at(-1)).toMatchObject({
    type: 'response.completed',
    response: { id, metadata: { port: 'Cuxhaven' }, background: true, output: [{ content: [{ text: 'High water twice.' }] }] },
  })
  for (const { sequence_number } of all) {
    const again: ResponseStreamEvent[] = []
    for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: sequence_number })) again.push(event)
    expect(again).toEqual(all.slice(sequence_number + 1))
  }
})
