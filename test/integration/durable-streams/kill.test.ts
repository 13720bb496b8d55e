/** Subscriptions of a real server that is killed: what they know is durable, and what came meanwhile wakes them. */
import { expect, it } from 'vitest'
import { createServerProcess } from '../../support/server-process.ts'
import { callBack, createReceiver, type Notification } from './receiver.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

function pendingPaths({ streams }: Notification): readonly string[] {
  return streams.filter(({ has_pending }) => has_pending).map(({ path }) => path)
}

function acksOf({ streams }: Notification) {
  return streams.map(({ path, tail_offset }) => ({ stream: path, offset: tail_offset }))
}

it('goes on after kill -9: with its keys, its cursors, a new generation, and the events that nobody was told of', async () => {
  await using receiver = await createReceiver()
  await using server = await createServerProcess({ SLUICE_LOG_LEVEL: 'error' })
  await server.start()
  const at = (path: string) => `${server.url}/v1/stream/${path}`
  const write = (path: string, method: 'PUT' | 'POST', value: unknown) =>
    fetch(at(path), { method, headers: JSON_TYPE, body: JSON.stringify(value) })
  const keys = async () => (await fetch(at('__ds/jwks.json'))).json()
  const subscription = {
    type: 'webhook',
    pattern: 'events/*',
    webhook: { url: receiver.url },
    lease_ttl_ms: 1_000,
  }
  const made = await fetch(at('__ds/subscriptions/s'), { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify(subscription) })
  expect(made.status).toBe(201)
  const keysBefore = await keys()

  // One wake is worked off, the next one is under way, and a second stream gets its first event meanwhile.
  receiver.answer = { status: 200, body: { done: true } }
  await write('events/a', 'PUT', [{ n: 1 }])
  const first = await receiver.next()
  expect(first).toMatchObject({ subscription_id: 's', generation: 1 })
  receiver.answer = { status: 200, body: {} }
  await write('events/a', 'POST', { n: 2 })
  const second = await receiver.next()
  await write('events/b', 'PUT', [{ n: 3 }])
  await server.kill()
  await server.start()

  const third = await receiver.next()
  expect(third.generation).toBeGreaterThan(second.generation)
  expect([...pendingPaths(third)].sort()).toEqual(['events/a', 'events/b'])
  expect(third.streams.find(({ path }) => path === 'events/a')?.acked_offset).toBe(first.streams[0]?.tail_offset)
  expect(await keys()).toEqual(keysBefore)

  expect(await callBack({ ...second, callback_url: third.callback_url }, { acks: acksOf(second), done: true })).toMatchObject({
    status: 409,
    body: { error: { code: 'FENCED' } },
  })
  expect(await callBack(third, { acks: acksOf(third), done: true })).toEqual({ status: 200, body: { ok: true, next_wake: false } })

  // Made again as it is: known, and nothing is told twice.
  const confirmed = await fetch(at('__ds/subscriptions/s'), { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify(subscription) })
  expect(confirmed.status).toBe(200)
  expect(((await confirmed.json()) as { streams: unknown }).streams).toEqual(
    third.streams.map(({ path, tail_offset }) => ({ path, link_type: 'glob', acked_offset: tail_offset })),
  )
  expect(receiver.seen).toHaveLength(3)
  expect(await server.stop()).toBe(0)
})
