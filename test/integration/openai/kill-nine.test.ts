/** kill -9 under a response in the background, read by OpenAI's own package: each time it comes back with its last number. */
import OpenAI from 'openai'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { expect, it } from 'vitest'
import { simulatedText } from '../../../src/sources/simulated/scenarios.ts'
import { createServerProcess } from '../../support/server-process.ts'

const KILLS = 2
const DELTAS_BETWEEN = 15

it('loses and doubles no event, whatever process sent it', async () => {
  await using server = await createServerProcess()
  await server.start()
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'unused', maxRetries: 0 })
  const events: ResponseStreamEvent[] = []
  let stream: AsyncIterable<ResponseStreamEvent> = await client.responses.create({
    model: 'simulated/short',
    input: 'Hello',
    background: true,
    stream: true,
  })
  let id = ''
  for (let kills = 0; events.at(-1)?.type !== 'response.completed'; kills++) {
    let deltas = 0
    try {
      for await (const event of stream) {
        events.push(event)
        if (event.type === 'response.created') id = event.response.id
        if (event.type === 'response.output_text.delta' && ++deltas === DELTAS_BETWEEN && kills < KILLS) await server.kill()
      }
    } catch (error) {
      // What a broken socket looks like to the package; with it comes whatever was under way.
      if (kills >= KILLS) throw error
    }
    if (kills >= KILLS) break
    await server.start()
    stream = await client.responses.retrieve(id, { stream: true, starting_after: events.at(-1)?.sequence_number ?? 0 })
  }
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index))
  const last = events.at(-1)
  if (last?.type !== 'response.completed') throw new Error(`The last event is ${last?.type}.`)
  const text = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')
  expect(text).toBe(simulatedText('short', 1, 'Hello'))
  expect(last.response.output).toMatchObject([{ content: [{ text }], status: 'completed' }])
  const again: ResponseStreamEvent[] = []
  for await (const event of await client.responses.retrieve(id, { stream: true })) again.push(event)
  expect(again).toEqual(events)
}, 60_000)
