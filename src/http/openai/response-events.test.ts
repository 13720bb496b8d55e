import fc from 'fast-check'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { encodeEvent, type Located, type RunEvent } from '../../core/event.ts'
import { START } from '../../core/offset.ts'
import { runStream } from '../../core/testing/arbitrary-events.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import type { RunRecord } from '../../ports/records.ts'
import { createMemoryStore } from '../../stores/memory/memory-store.ts'
import type { Json } from './json.ts'
import { placeAfter, responseOf } from './read-response.ts'
import { type ResponseEvent, readResponse } from './response-events.ts'
import { frameOf } from './streaming.ts'

const RUN: RunRecord = {
  id: `run_${'0'.repeat(32)}`,
  streamId: 'runs/r1',
  owner: { tenant: 't', user: 'u' },
  model: 'scripted/one',
  status: 'running',
  input: [{ role: 'user', content: 'When?' }],
  options: { tools: [{ name: 'open', parameters: {} }] },
  createdAt: 1_700_000_000_000,
}

function eventsOf(events: readonly RunEvent[]): ResponseEvent[] {
  const reading = readResponse(RUN)
  return events.flatMap((event) => reading.take(event))
}

const bodies = runStream.map((located) => located.map(({ event }) => event))
/** Each ends, with its own outcome. */
const endedBodies = fc
  .record({
    events: bodies,
    outcome: fc.constantFrom('completed' as const, 'cancelled' as const, 'failed' as const, 'interrupted' as const),
  })
  .map(({ events, outcome }): RunEvent[] => [
    ...events.filter(({ type }) => type !== 'run-end'),
    { type: 'run-end', outcome, usage: { basis: 'unknown' }, at: 1_700_000_001_000 },
  ])

describe('the numbers of the events', () => {
  it('have no hole, whatever the log holds', () => {
    fc.assert(
      fc.property(bodies, (events) => {
        expect(eventsOf(events).map(({ sequence_number }) => sequence_number)).toEqual(eventsOf(events).map((_, index) => index))
      }),
    )
  })

  it('and what they name are the same in every replay, resumed after each of them, over rising terms', async () => {
    await fc.assert(
      fc.asyncProperty(runStream, async (log) => {
        const store = createMemoryStore({ clock: createFakeClock() })
        await write(store, log)
        const all = eventsOf(log.map(({ event }) => event))
        const everything = await follow(store, undefined)
        expect(everything).toEqual(all)
        for (const { sequence_number } of all) {
          expect(await follow(store, sequence_number)).toEqual(all.slice(sequence_number + 1))
        }
        await expect(placeAfter(store, RUN, all.length)).rejects.toThrow('no event')
        await store.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('the events', () => {
  it('add up in the package to what the terminal event and the log say', async () => {
    await fc.assert(
      fc.asyncProperty(endedBodies, async (log) => {
        const events = eventsOf(log)
        const terminal = events.at(-1)?.['response'] as Json
        const before = await added(events.slice(0, -1))
        // What the terminal event says was said before, item by item: but for calls whose arguments never became whole.
        expect(before['output']).toMatchObject(withoutOpenCalls(terminal))
        const { output_text: _text, ...whole } = await added(events)
        expect(whole).toEqual(terminal)

        const store = createMemoryStore({ clock: createFakeClock() })
        await write(
          store,
          log.map((event, index) => ({ offset: String(index), event })),
        )
        expect(await responseOf(store, RUN)).toEqual(terminal)
        await store.close()
      }),
      { numRuns: 60 },
    )
  })

  it('give a call that begins again an id of its own, which the package demands', async () => {
    const at = 0
    const call: RunEvent[] = [
      { type: 'tool-call-start', id: 'c', name: 'open', at },
      { type: 'tool-call-end', id: 'c', input: '{}', at },
    ]
    const end: RunEvent = { type: 'run-end', outcome: 'completed', usage: { basis: 'unknown' }, at }
    const whole = await added(eventsOf([{ type: 'run-start', runId: RUN.id, model: RUN.model, at }, ...call, ...call, end]))
    expect(whole['output']).toMatchObject([{ call_id: 'c' }, { call_id: 'c_1' }])
  })

  it('of one record are few, however long the log is', () => {
    fc.assert(
      fc.property(bodies, (events) => {
        const reading = readResponse(RUN)
        for (const event of events) {
          const told = reading.take(event)
          // In progress, an item, its part, and what the record says of it; the end closes what is open.
          if (event.type !== 'run-end') expect(told.length).toBeLessThanOrEqual(6)
        }
      }),
    )
  })
})

async function write(store: ReturnType<typeof createMemoryStore>, log: readonly Located<RunEvent>[]): Promise<void> {
  await store.create(RUN.streamId, { contentType: 'application/json' })
  let term = '1'
  await store.fence(RUN.streamId)
  for (const { offset, event } of log) {
    const [before] = offset.split('_')
    if (before !== term && offset.includes('_')) await store.fence(RUN.streamId)
    term = before ?? term
    await store.append(RUN.streamId, [encodeEvent(event)])
  }
}

/** What a reader that comes back with a number gets. */
async function follow(store: ReturnType<typeof createMemoryStore>, after: number | undefined): Promise<ResponseEvent[]> {
  const place = await placeAfter(store, RUN, after)
  if (after === undefined) expect(place.after).toBe(START)
  const { records } = await store.read(RUN.streamId, place.after)
  const later = records.flatMap(({ data }) => place.reading.take(JSON.parse(new TextDecoder().decode(data)) as RunEvent))
  return [...place.rest, ...later]
}

/** What the helper adds of its own. */
const PARSED: ReadonlySet<string> = new Set(['parsed', 'parsed_arguments', 'output_parsed'])

/** What the package's helper makes of events. */
async function added(events: readonly ResponseEvent[]): Promise<Json> {
  const body = events.map((event) => frameOf(event, event.type)).join('')
  const client = new OpenAI({
    apiKey: 'unused',
    fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
  })
  const final = await client.responses.stream({ model: 'scripted/one', input: 'When?' }).finalResponse()
  return JSON.parse(JSON.stringify(final, (key, value: unknown) => (PARSED.has(key) ? undefined : value))) as Json
}

function withoutOpenCalls(response: Json): Json[] {
  const output = response['output'] as readonly Json[]
  return output.map((item) => (item['type'] === 'function_call' && item['status'] === 'incomplete' ? { id: item['id'] } : item))
}
