import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from '../core/fold.ts'
import { formatOffset, type Offset, START } from '../core/offset.ts'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import { readAnswer } from './answer.ts'
import type { Fetch, LocatedEvent } from './connection.ts'
import { type Environment, type EnvironmentHint, quietEnvironment } from './environment.ts'
import { type FollowHost, type FollowOptions, followStream } from './follow.ts'
import { iterateStream } from './iterate.ts'
import { defaultPolicy, fiveAttempts, type ReconnectPolicy } from './policy.ts'
import type { Connection } from './reconnect.ts'
import { fakeFetch, type LiveBody, liveSse, problem, STORY, settled, sse, sseBytes } from './testing/fake-server.ts'

const URL = 'http://sluice.test/v1/runs/r1/events?view=raw'
const END = formatOffset(1, STORY.length)
const WHOLE = fold(STORY.map((located) => located.event))

interface Setup extends Partial<FollowOptions> {
  readonly policy?: ReconnectPolicy
  readonly environment?: Environment
  readonly headers?: FollowHost['headers']
}

/** A follower whose waits pass at once, unless `patient`: then the test moves the clock. */
function follower(
  fetch: Fetch,
  { policy = defaultPolicy, environment = quietEnvironment, headers, ...options }: Setup = {},
  patient = false,
) {
  const clock = createFakeClock()
  const host: FollowHost = { fetch, policy, clock, environment, headers: headers ?? (async () => ({})), random: () => 0.5 }
  const events: LocatedEvent[] = []
  const states: string[] = []
  const end = followStream(host, URL, {
    onEvent: (located) => {
      events.push(located)
    },
    ...options,
    onConnection(connection) {
      states.push(connection.state)
      options.onConnection?.(connection)
      if (!patient) hurry(clock, connection)
    },
  })
  end.catch(() => {})
  return { clock, events, states, end, host }
}

function hurry(clock: { advance(ms: number): void }, { retryInMs }: Connection): void {
  if (retryInMs !== undefined) queueMicrotask(() => clock.advance(retryInMs))
}

/** A run that goes on while readers come and go: each request gets a body that the test writes. */
function liveServer() {
  const bodies: LiveBody[] = []
  const server = fakeFetch((request) => {
    const body = liveSse(request.signal)
    bodies.push(body)
    return body.response
  })
  const body = (index: number): LiveBody => {
    const found = bodies[index]
    if (!found) throw new Error(`There was no connection number ${index}`)
    return found
  }
  return { ...server, body }
}

const frames = (from: number, to: number): Uint8Array => sseBytes(STORY.slice(from, to))

describe('bytes', () => {
  it('split in two at every byte give every event once', async () => {
    const bytes = sseBytes(STORY)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { fetch } = fakeFetch(() => sse([bytes.slice(0, cut), bytes.slice(cut)]))
      const { end, events } = follower(fetch)
      expect(await end).toBe(END)
      expect(events).toEqual(STORY)
    }
  })

  it.each(['end', 'reset'] as const)(
    'cut off at every byte by a connection %s give the same answer, without gap or double',
    async (how) => {
      const total = sseBytes(STORY).length
      for (let cut = 0; cut < total; cut++) {
        const { fetch, requests } = fakeFetch(({ after, number }) => {
          const bytes = sseBytes(STORY, after)
          return number === 1 ? sse([bytes.slice(0, cut)], how) : sse([bytes])
        })
        const { end, events } = follower(fetch)
        expect(await end).toBe(END)
        expect(events).toEqual(STORY)
        expect(requests.length).toBe(2)
      }
    },
  )

  it('cut anywhere, in any chunks, any number of times, give every event once', async () => {
    const cuts = fc.array(
      fc.record({
        at: fc.nat({ max: 900 }),
        size: fc.integer({ min: 1, max: 97 }),
        how: fc.constantFrom('end' as const, 'reset' as const),
      }),
      {
        maxLength: 8,
      },
    )
    await fc.assert(
      fc.asyncProperty(cuts, async (plan) => {
        const { fetch } = fakeFetch(({ after, number }) => {
          const bytes = sseBytes(STORY, after)
          const cut = plan[number - 1]
          return cut ? sse(chunked(bytes.slice(0, cut.at), cut.size), cut.how) : sse([bytes])
        })
        const { end, events } = follower(fetch)
        expect(await end).toBe(END)
        expect(events).toEqual(STORY)
      }),
      { numRuns: 200 },
    )
  })
})

describe('following', () => {
  it('sends the offset that it has, and none at the beginning', async () => {
    const { fetch, requests } = fakeFetch(({ after }) => sse([sseBytes(STORY, after).slice(0, 400)]))
    const { end } = follower(fetch)
    await end
    expect(requests.map((request) => request.headers['last-event-id'])).toEqual([
      undefined,
      ...requests.slice(1).map((request) => request.after),
    ])
    expect(requests.length).toBeGreaterThan(2)
    expect(requests.map((request) => request.after)).toEqual(requests.map((request) => request.after).toSorted())
  })

  it('starts after the offset that it is given', async () => {
    const { fetch } = fakeFetch(({ after }) => sse([sseBytes(STORY, after)]))
    const { end, events } = follower(fetch, { after: formatOffset(1, 6) })
    await end
    expect(events).toEqual(STORY.slice(6))
  })

  it('drops what it has when a server repeats itself', async () => {
    const { fetch } = fakeFetch(({ number }) => sse([sseBytes(STORY).slice(0, number === 1 ? 400 : undefined)]))
    const { end, events } = follower(fetch)
    await end
    expect(events).toEqual(STORY)
  })

  it('is over when the server has nothing left', async () => {
    const { fetch } = fakeFetch(() => new Response(null, { status: 204 }))
    const { end, events, states } = follower(fetch, { after: END })
    expect(await end).toBe(END)
    expect(events).toEqual([])
    expect(states).toEqual(['connecting', 'ended'])
  })

  it('tells each state of the connection once', async () => {
    const { fetch } = fakeFetch(({ number, after }) => (number === 1 ? sse([frames(0, 3)], 'reset') : sse([sseBytes(STORY, after)])))
    const { end, states } = follower(fetch)
    await end
    expect(states).toEqual(['connecting', 'streaming', 'waiting', 'connecting', 'streaming', 'ended'])
  })

  it('starts again from the beginning when the position is lost', async () => {
    const { fetch, requests } = fakeFetch(({ after, number }) => {
      if (number === 1) return sse([frames(0, 4)])
      return number === 2 ? problem(410, { code: 'gone' }) : sse([sseBytes(STORY, after)])
    })
    let resets = 0
    const kept: LocatedEvent[] = []
    const { end } = follower(fetch, {
      onEvent: (located) => void kept.push(located),
      onReset() {
        resets += 1
        kept.length = 0
      },
    })
    await end
    expect(resets).toBe(1)
    expect(kept).toEqual(STORY)
    expect(requests.map((request) => request.after)).toEqual([START, formatOffset(1, 4), START])
  })

  it.each([400, 403, 404])('fails at once with the server’s own error on %i', async (status) => {
    const { fetch, requests } = fakeFetch(() => problem(status, { code: 'not-found', detail: 'No such run.', requestId: 'q1' }))
    const { end } = follower(fetch)
    await expect(end).rejects.toMatchObject({
      code: 'not-found',
      safeMessage: 'No such run.',
      message: `GET ${URL} failed with ${status}: No such run. (request q1)`,
    })
    expect(requests.length).toBe(1)
  })

  it('waits as long as the server asks', async () => {
    const { fetch, requests } = fakeFetch(({ number }) =>
      number === 1 ? problem(503, {}, { 'retry-after': '7' }) : sse([sseBytes(STORY)]),
    )
    const { end, clock } = follower(fetch, {}, true)
    await settled()
    clock.advance(6_999)
    await settled()
    expect(requests.length).toBe(1)
    clock.advance(126)
    expect(await end).toBe(END)
  })

  it('gives up when the retries of the policy are used up, with the last error', async () => {
    const { fetch, requests } = fakeFetch(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }) })
    })
    const { end } = follower(fetch, { policy: fiveAttempts })
    await expect(end).rejects.toMatchObject({ code: 'connection', message: `No answer to GET ${URL}: connect ECONNREFUSED 127.0.0.1:1` })
    expect(requests.length).toBe(6)
  })

  it.each([
    [
      'a page instead of a stream',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      /answered with text\/html instead of an event stream/,
    ],
    ['a frame without an offset', () => sse([new TextEncoder().encode('data: {"type":"status"}\n\n')]), /has no offset as its id/],
    ['a frame that is not JSON', () => sse([new TextEncoder().encode(`id: ${END}\ndata: {"type":\n\n`)]), /is not JSON/],
    ['a frame without a type', () => sse([new TextEncoder().encode(`id: ${END}\ndata: []\n\n`)]), /is not an event/],
  ])('does not come back to %s', async (_what, answer, message) => {
    const { fetch, requests } = fakeFetch(answer)
    const { end } = follower(fetch)
    await expect(end).rejects.toThrow(message)
    expect(requests.length).toBe(1)
  })

  it('asks for its headers before each connect', async () => {
    const { fetch, requests } = fakeFetch(({ after, number }) => (number === 1 ? sse([frames(0, 2)]) : sse([sseBytes(STORY, after)])))
    let token = 0
    const { end } = follower(fetch, { headers: async () => ({ authorization: `Bearer ${++token}` }) })
    await end
    expect(requests.map((request) => request.headers['authorization'])).toEqual(['Bearer 1', 'Bearer 2'])
  })
})

describe('silence', () => {
  it('of 45 s breaks the connection, and any byte counts as a sign of life', async () => {
    const server = liveServer()
    const { end, clock, states, events } = follower(server.fetch, {}, true)
    await settled()
    server.body(0).write(frames(0, 2))
    await settled()
    for (let beats = 0; beats < 10; beats++) {
      clock.advance(44_000)
      server.body(0).write(': beat\n\n')
      await settled()
    }
    expect(states).toEqual(['connecting', 'streaming'])
    clock.advance(45_000)
    expect(states.at(-1)).toBe('waiting')
    await settled()
    expect(server.body(0).left).toBe(true)
    clock.advance(250)
    await settled()
    expect(server.requests.map((request) => request.after)).toEqual([START, formatOffset(1, 2)])
    server.body(1).write(frames(2, STORY.length))
    expect(await end).toBe(END)
    expect(events).toEqual(STORY)
    expect(clock.pending).toBe(0)
  })

  it('before the answer breaks a connect after 15 s', async () => {
    const { fetch, requests } = fakeFetch(({ number }) => (number === 1 ? new Promise<Response>(() => {}) : sse([sseBytes(STORY)])))
    const { end, clock } = follower(fetch, {}, true)
    await settled()
    clock.advance(15_000)
    await settled()
    expect(requests[0]?.signal.aborted).toBe(true)
    clock.advance(250)
    expect(await end).toBe(END)
  })

  it('of a connection that was given up is no news later, even when its fetch is deaf to the abort', async () => {
    const late = Promise.withResolvers<Response>()
    const server = liveServer()
    let calls = 0
    const { end, clock, states, events } = follower((url, init) => (++calls === 1 ? late.promise : server.fetch(url, init)), {}, true)
    await settled()
    clock.advance(15_000)
    clock.advance(250)
    await settled()
    server.body(0).write(frames(0, 4))
    await settled()
    late.resolve(problem(404))
    await settled()
    expect(states.at(-1)).toBe('streaming')
    server.body(0).write(frames(4, STORY.length))
    expect(await end).toBe(END)
    expect(events).toEqual(STORY)
  })

  it('of a consumer that takes its time is not the connection’s', async () => {
    const server = liveServer()
    const gate = Promise.withResolvers<void>()
    const seen: LocatedEvent[] = []
    const { end, clock, states } = follower(
      server.fetch,
      {
        onEvent(located) {
          seen.push(located)
          return gate.promise
        },
      },
      true,
    )
    await settled()
    server.body(0).write(sseBytes(STORY))
    await settled()
    clock.advance(300_000)
    expect(seen.length).toBe(1)
    expect(states).toEqual(['connecting', 'streaming'])
    gate.resolve()
    expect(await end).toBe(END)
    expect(seen).toEqual(STORY)
  })
})

describe('hints of the host', () => {
  function hinting(online = true) {
    const listeners = new Set<(hint: EnvironmentHint) => void>()
    const environment: Environment = {
      online: () => online,
      watch(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const tell = (hint: EnvironmentHint): void => {
      for (const listener of listeners) listener(hint)
    }
    return { environment, tell, listeners }
  }

  it('going online ends a wait at once, and the reader stops listening at its end', async () => {
    const { environment, tell, listeners } = hinting()
    const { fetch } = fakeFetch(({ number, after }) => (number === 1 ? sse([frames(0, 2)], 'reset') : sse([sseBytes(STORY, after)])))
    const { end, states, events } = follower(fetch, { environment }, true)
    await settled()
    expect(states.at(-1)).toBe('waiting')
    tell('went-offline')
    expect(states.at(-1)).toBe('offline')
    tell('went-online')
    expect(await end).toBe(END)
    expect(events).toEqual(STORY)
    expect(listeners.size).toBe(0)
  })

  it('a page that is shown again replaces a connection that was silent for long, and loses nothing', async () => {
    const { environment, tell } = hinting()
    const server = liveServer()
    const { end, clock, events } = follower(server.fetch, { environment }, true)
    await settled()
    server.body(0).write(frames(0, 5))
    await settled()
    clock.advance(19_000)
    tell('became-visible')
    await settled()
    expect(server.requests.length).toBe(1)
    clock.advance(1_000)
    tell('became-visible')
    await settled()
    expect(server.requests.map((request) => request.after)).toEqual([START, formatOffset(1, 5)])
    server.body(1).write(frames(5, STORY.length))
    await end
    expect(events).toEqual(STORY)
  })

  it('events come one at a time and in order, also when a connection is replaced while one is being handled', async () => {
    const { environment, tell } = hinting()
    const { fetch } = fakeFetch(({ after }) => sse([sseBytes(STORY, after)]))
    const gate = Promise.withResolvers<void>()
    const seen: LocatedEvent[] = []
    let running = 0
    const { end } = follower(
      fetch,
      {
        environment,
        async onEvent(located) {
          expect(++running).toBe(1)
          seen.push(located)
          if (seen.length === 3) await gate.promise
          await Promise.resolve()
          running -= 1
        },
      },
      true,
    )
    await settled()
    tell('went-offline')
    tell('went-online')
    await settled()
    gate.resolve()
    expect(await end).toBe(END)
    expect(seen).toEqual(STORY)
  })
})

describe('stopping', () => {
  it('an abort lets go of connection and timers and rejects with its reason', async () => {
    const server = liveServer()
    const controller = new AbortController()
    const { end, clock, states } = follower(server.fetch, { signal: controller.signal }, true)
    await settled()
    const reason = new Error('the page was left')
    controller.abort(reason)
    await expect(end).rejects.toBe(reason)
    await settled()
    expect(server.body(0).left).toBe(true)
    expect(clock.pending).toBe(0)
    expect(states.at(-1)).toBe('stopped')
  })

  it('an abort before the start connects nowhere', async () => {
    const server = liveServer()
    const { end } = follower(server.fetch, { signal: AbortSignal.abort(new Error('never')) })
    await expect(end).rejects.toThrow('never')
    expect(server.requests.length).toBe(0)
  })

  it.each([
    [
      'onEvent',
      {
        onEvent: () => {
          throw new Error('a bug of the caller')
        },
      },
    ],
    ['onEvent, later', { onEvent: () => Promise.reject(new Error('a bug of the caller')) }],
    [
      'onConnection',
      {
        onConnection: () => {
          throw new Error('a bug of the caller')
        },
      },
    ],
  ] as const)('what %s throws ends the reader and reaches the caller', async (_where, options) => {
    const { fetch, requests } = fakeFetch(() => sse([sseBytes(STORY)]))
    const { end, clock } = follower(fetch, options)
    await expect(end).rejects.toThrow('a bug of the caller')
    await settled()
    expect(requests.length).toBeLessThanOrEqual(1)
    expect(clock.pending).toBe(0)
  })
})

describe('iterating', () => {
  const iterate = (fetch: Fetch, options: Parameters<typeof iterateStream>[2] = {}) => {
    const { host, clock } = idleHost(fetch)
    return iterateStream(host, URL, { ...options, onConnection: (connection) => hurry(clock, connection) })
  }

  it('gives every event once, through broken connections, as fast as they are taken', async () => {
    const { fetch } = fakeFetch(({ after }) => sse(chunked(sseBytes(STORY, after).slice(0, 500), 7), 'reset'))
    const seen: LocatedEvent[] = []
    for await (const located of iterate(fetch)) {
      await settled()
      seen.push(located)
    }
    expect(seen).toEqual(STORY)
  })

  it('leaving the loop lets go of the connection', async () => {
    const server = liveServer()
    const events = iterate(server.fetch)
    const first = events.next()
    await settled()
    server.body(0).write(frames(0, 3))
    expect((await first).value).toEqual(STORY[0])
    await events.return()
    await settled()
    expect(server.body(0).left).toBe(true)
  })

  it('a failure is thrown where the next event was awaited, also when it came while the loop was busy', async () => {
    const controller = new AbortController()
    const { fetch } = fakeFetch(() => sse([sseBytes(STORY)]))
    const events = iterate(fetch, { signal: controller.signal })
    expect((await events.next()).value).toEqual(STORY[0])
    controller.abort(new Error('enough'))
    await settled()
    await expect(events.next()).rejects.toThrow('enough')
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('a refusal is thrown', async () => {
    const { fetch } = fakeFetch(() => problem(404))
    await expect(iterate(fetch).next()).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('answers', () => {
  it('go on from what an earlier reader had', async () => {
    const { fetch, requests } = fakeFetch(({ after }) => sse([sseBytes(STORY, after)]))
    const { host } = idleHost(fetch)
    const offset = formatOffset(1, 5)
    const changes: Offset[] = []
    const from = { answer: fold(STORY.slice(0, 5).map((located) => located.event)), offset }
    expect(await readAnswer(host, URL, { from, onChange: (_answer, at) => changes.push(at) })).toEqual(WHOLE)
    expect(changes).toEqual(STORY.slice(5).map((located) => located.offset))
    expect(requests.map((request) => request.after)).toEqual([offset])
  })

  it('start from the empty answer when the position was lost', async () => {
    const { fetch } = fakeFetch(({ after }) => (after === START ? sse([sseBytes(STORY)]) : problem(410)))
    const { host } = idleHost(fetch)
    const from = { answer: fold(STORY.slice(0, 5).map((located) => located.event)), offset: formatOffset(1, 5) }
    const parts: number[] = []
    expect(await readAnswer(host, URL, { from, onChange: (answer) => parts.push(answer.parts.length) })).toEqual(WHOLE)
    expect(parts[0]).toBe(0)
  })

  it('without an end are an error, not a success', async () => {
    const { fetch } = fakeFetch(() => new Response(null, { status: 204 }))
    const { host } = idleHost(fetch)
    const from = { answer: fold([]), offset: END }
    await expect(readAnswer(host, URL, { from })).rejects.toThrow(/has no end/)
  })
})

function idleHost(fetch: Fetch) {
  const clock = createFakeClock()
  const host: FollowHost = {
    fetch,
    policy: defaultPolicy,
    clock,
    environment: quietEnvironment,
    headers: async () => ({}),
    random: () => 0.5,
  }
  return { host, clock }
}

function chunked(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += size) chunks.push(bytes.slice(from, from + size))
  return chunks
}
