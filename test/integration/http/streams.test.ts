import type { EventSourceMessage } from 'eventsource-parser'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../src/core/event.ts'
import { answerText, fold } from '../../../src/core/fold.ts'
import { START } from '../../../src/core/offset.ts'
import { ANSWER, type Ask, DOORS, type Door, post, readEvents, type Setup, setup, textOf } from './harness.ts'

const messageSeen = (events: readonly EventSourceMessage[]): boolean => events.some(({ event }) => event === 'message')

describe.each(Object.entries(DOORS))('event streams, %s', (_way, openDoor) => {
  let server: Setup
  let door: Door
  let ask: Ask

  beforeEach(async () => {
    server = setup()
    door = await openDoor(server.app)
    ask = door.ask
  })
  afterEach(async () => {
    await server.close()
    await door.close()
  })

  const create = async (input: string): Promise<string> => ((await (await ask('/v1/runs', post({ input }))).json()) as { id: string }).id
  const ended = async (): Promise<string> => ((await (await ask('/v1/chat', post({ input: 'hello' }))).json()) as { id: string }).id
  const listed = async (): Promise<string[]> =>
    ((await (await ask('/v1/runs')).json()) as { items: { id: string }[] }).items.map(({ id }) => id)

  describe('of a run', () => {
    it('begin at once, with how long to wait before coming back, and in a form that no proxy holds up', async () => {
      const response = await ask(`/v1/runs/${await create('wait')}/events`)
      const reader = response.body?.getReader()
      const first = await reader?.read()
      expect(new TextDecoder().decode(first?.value).startsWith('retry: 1000\n\n')).toBe(true)
      await reader?.cancel()
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
      })
    })

    it('give the past, then what is new, and close after the terminal event', async () => {
      const response = await ask(`/v1/runs/${await create('wait')}/events`)
      const events = await readEvents(response, (so) => {
        if (messageSeen(so)) server.model.release()
        return false
      })
      expect(textOf(events)).toBe(ANSWER)
      expect(events.filter(({ event }) => event === 'complete')).toEqual([events.at(-1)])
      expect(JSON.parse(events.at(-1)?.data ?? '')).toEqual({
        outcome: 'completed',
        usage: { outputTokens: 9, basis: 'reported' },
        finishReason: 'stop',
      })
    })

    it('go on from any frame, by header or by query, and give 204 to who has everything', async () => {
      const id = await ended()
      const events = await readEvents(await ask(`/v1/runs/${id}/events`))
      for (const [index, { id: last = '' }] of events.entries()) {
        for (const response of [
          await ask(`/v1/runs/${id}/events`, { headers: { 'last-event-id': last } }),
          await ask(`/v1/runs/${id}/events?after=${last}`),
        ]) {
          if (index === events.length - 1) expect([response.status, await response.text()]).toEqual([204, ''])
          else expect(textOf(events.slice(0, index + 1)) + textOf(await readEvents(response))).toBe(ANSWER)
        }
      }
    })

    it('believe the header before the query, because a browser repeats the address it began with', async () => {
      const id = await ended()
      const last = (await readEvents(await ask(`/v1/runs/${id}/events`))).at(-1)?.id ?? ''
      expect((await ask(`/v1/runs/${id}/events?after=${START}`, { headers: { 'last-event-id': last } })).status).toBe(204)
    })

    it('give stored events in the raw view, which fold to the answer', async () => {
      const id = await ended()
      const events = await readEvents(await ask(`/v1/runs/${id}/events?view=raw`))
      const answer = fold(events.map(({ data }) => JSON.parse(data) as RunEvent))
      expect(events.every(({ event }) => event === undefined)).toBe(true)
      expect(answer).toMatchObject({ runId: id, outcome: 'completed' })
      expect(answerText(answer)).toBe(ANSWER)
    })

    it.each(['x', '1_2', `${START}0`, `run.${START}`, '0000000000000000_99999999999999999'])(
      'refuse the malformed position %s with 400',
      async (after) => {
        const response = await ask(`/v1/runs/${await create('hello')}/events?after=${encodeURIComponent(after)}`)
        expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'invalid-request'])
      },
    )

    it.each(['0000000000000001_0000000000000999', '0000000000000077_0000000000000001'])(
      'announce with 410 that the stream does not have the position %s',
      async (after) => {
        const response = await ask(`/v1/runs/${await ended()}/events`, { headers: { 'last-event-id': after } })
        expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([410, 'gone'])
      },
    )

    it('announce with 410 that the stream of a run was removed', async () => {
      const id = await ended()
      await server.deps.store.delete(`runs/${id}`)
      expect((await ask(`/v1/runs/${id}/events`)).status).toBe(410)
    })

    it('forget a reader that goes away, and never cancel its run', async () => {
      const id = await create('wait')
      await readEvents(await ask(`/v1/runs/${id}/events`), messageSeen)
      await expect.poll(() => server.deps.hub.readers(`runs/${id}`)).toEqual([])
      server.model.release()
      expect(textOf(await readEvents(await ask(`/v1/runs/${id}/events`)))).toBe(ANSWER)
    })

    it('end without a terminal event when the server drains, and readers that come back lose nothing', async () => {
      const id = await create('wait')
      const events = await readEvents(await ask(`/v1/runs/${id}/events`), (so) => {
        if (messageSeen(so)) server.deps.hub.drain()
        return false
      })
      expect(events.some(({ event }) => event === 'complete')).toBe(false)
      // An EventSource gives up for good on anything but 200.
      const back = await ask(`/v1/runs/${id}/events`, { headers: { 'last-event-id': events.at(-1)?.id ?? '' } })
      expect([back.status, await back.text()]).toEqual([200, 'retry: 1000\n\n'])
    })
  })

  describe('of a bare EventSource', () => {
    const stream = (query = 'message=wait', lastId?: string): Promise<Response> =>
      ask(`/v1/chat/stream?${query}`, lastId === undefined ? {} : { headers: { 'last-event-id': lastId } })

    it('start a run and stream it under ids that name it', async () => {
      const events = await readEvents(await stream('message=hello'))
      const [run] = await listed()
      expect(textOf(events)).toBe(ANSWER)
      expect(events.map(({ id }) => id?.split('.')[0])).toEqual(events.map(() => run))
    })

    it('give an id before the first event, so that no reconnect asks anew', async () => {
      const response = await stream()
      const reader = response.body?.getReader()
      const first = new TextDecoder().decode((await reader?.read())?.value)
      await reader?.cancel()
      const [run] = await listed()
      expect(first.startsWith(`retry: 1000\nid: ${run}.${START}\n\n`)).toBe(true)
      server.model.release()
      expect(textOf(await readEvents(await stream('message=wait', `${run}.${START}`)))).toBe(ANSWER)
      expect(server.model.asked).toEqual(['wait'])
    })

    it('go on from the last id, and give 204 after the end', async () => {
      const seen = await readEvents(await stream(), messageSeen)
      server.model.release()
      const rest = await readEvents(await stream('message=wait', seen.at(-1)?.id))
      expect(textOf([...seen, ...rest])).toBe(ANSWER)
      const last = await stream('message=wait', rest.at(-1)?.id)
      expect([last.status, await last.text()]).toEqual([204, ''])
      expect(server.model.asked).toEqual(['wait'])
    })

    it.each(['x', '.', 'run.', `.${START}`, START, 'run_1.x', `run_1.${START}.`])('refuse the malformed id %s with 400', async (id) => {
      expect((await stream('message=wait', id)).status).toBe(400)
      expect(server.model.asked).toEqual([])
    })

    it("answer 404 for an id of a run that is not the caller's, and 410 for a position it does not have", async () => {
      expect((await stream('message=wait', `run_unknown.${START}`)).status).toBe(404)
      expect((await stream('message=wait', `${await ended()}.0000000000000001_0000000000000999`)).status).toBe(410)
    })

    it('attach repeated requests to the run that is live, also when they arrive together', async () => {
      const both = await Promise.all([stream(), stream()])
      const third = await stream()
      server.model.release()
      const texts = await Promise.all([...both, third].map(async (response) => textOf(await readEvents(response))))
      expect(texts).toEqual([ANSWER, ANSWER, ANSWER])
      expect(server.model.asked).toEqual(['wait'])
    })

    it('attach repeated requests for ten seconds after the end, and then start anew', async () => {
      await readEvents(await stream('message=hello'))
      expect(textOf(await readEvents(await stream('message=hello')))).toBe(ANSWER)
      expect(server.model.asked).toEqual(['hello'])
      server.clock.advance(11_000)
      expect(textOf(await readEvents(await stream('message=hello')))).toBe(ANSWER)
      expect(server.model.asked).toEqual(['hello', 'hello'])
    })

    it('tell apart questions by message, model, conversation and key', async () => {
      for (const query of [
        'message=hello',
        'message=hello!',
        'message=hello&conversationId=a',
        'message=hello&key=1',
        'message=hello&key=2',
        'message=hello&model=test/echo',
      ]) {
        await readEvents(await stream(query))
        await readEvents(await stream(query))
      }
      expect(server.model.asked).toHaveLength(6)
    })

    it('find a live run that another process of the server began', async () => {
      const id = await create('wait')
      const events = readEvents(await stream())
      server.model.release()
      expect((await events).at(-1)?.id?.split('.')[0]).toBe(id)
      expect(server.model.asked).toEqual(['wait'])
    })

    it('remember no question that could not be asked', async () => {
      expect((await stream('message=hello&model=test/nope')).status).toBe(400)
      expect((await stream('message=hello&model=test/nope')).status).toBe(400)
      expect(await listed()).toEqual([])
    })
  })
})
