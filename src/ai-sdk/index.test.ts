import { describe, expect, it } from 'vitest'
import { resumableFetch } from './index.ts'

const HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1', 'content-type': 'text/event-stream' }
const encode = (text: string) => new TextEncoder().encode(text)

/** What a server answers with: frames and then a proper end, or, with `breaks`, a broken connection. */
function stream(frames: string, breaks = false): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (frames !== '') controller.enqueue(encode(frames))
        frames = ''
        if (breaks) queueMicrotask(() => controller.error(new TypeError('terminated')))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: HEADERS })
}

interface Asked {
  readonly method: string
  readonly url: string
  readonly lastId: string | null
  readonly token: string | null
}

/** A server that gives one answer after the other. */
function server(...answers: readonly (() => Response | Promise<Response>)[]) {
  const asked: Asked[] = []
  const left = [...answers]
  const fake: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    const { method = 'GET' } = init ?? {}
    asked.push({ method, url: String(input), lastId: headers.get('last-event-id'), token: headers.get('authorization') })
    const next = left.shift()
    if (!next) throw new TypeError('fetch failed')
    return next()
  }
  const wrapped = resumableFetch({ fetch: fake, baseDelayMs: 0, maxDelayMs: 0, maxAttempts: 3 })
  const post = (init: RequestInit = {}) =>
    wrapped('https://host/api/chat?v=1', { method: 'POST', body: '{"id":"a/b"}', headers: { authorization: 'Bearer t' }, ...init })
  return { asked, wrapped, post }
}

const DONE = 'data: [DONE]\n\n'

describe('resumableFetch', () => {
  it('leaves alone what is no answer', async () => {
    const { wrapped, asked } = server(
      () => new Response('{"no":1}', { status: 400 }),
      () => new Response('text'),
      () => new Response(null, { status: 204 }),
    )
    expect([(await wrapped('/a')).status, await (await wrapped('/b')).text(), (await wrapped('/c')).status]).toEqual([400, 'text', 204])
    expect(asked).toHaveLength(3)
  })

  it("takes an answer up where the client would look for the chat's stream, as who the request came from", async () => {
    const { post, asked } = server(
      () => stream('id: r.1\n\ndata: 1\n\nid: r.2\ndata: 2\n\ndata: half of the next\n\n', true),
      () => stream(`id: r.2\n\ndata: half of the next\n\nid: r.3\ndata: 3\n\n${DONE}`),
    )
    const text = await (await post()).text()
    expect(text.match(/^data: .*$/gm)).toEqual(['data: 1', 'data: 2', 'data: half of the next', 'data: 3', 'data: [DONE]'])
    expect(asked).toMatchObject([
      { method: 'POST' },
      { method: 'GET', url: 'https://host/api/chat/a%2Fb/stream?v=1', lastId: 'r.2', token: 'Bearer t' },
    ])
  })

  it('takes a proper end before the mark of the end for a break, as proxies make one', async () => {
    const { post } = server(
      () => stream('id: r.1\ndata: 1\n\n'),
      () => stream(`id: r.1\n\nid: r.2\ndata: 2\n\n${DONE}`),
    )
    expect(await (await post()).text()).toContain('data: 2')
  })

  it('is done when nothing follows', async () => {
    const { post } = server(
      () => stream('id: r.1\ndata: 1\n\n', true),
      () => new Response(null, { status: 204 }),
    )
    expect(await (await post()).text()).toBe(`id: r.1\ndata: 1\n\n${DONE}`)
  })

  it('gives up at once on a refusal, and after its attempts on a server that brings nothing new', async () => {
    const refused = server(
      () => stream('id: r.1\ndata: 1\n\n', true),
      () => new Response('', { status: 410 }),
    )
    await expect((await refused.post()).text()).rejects.toThrow(/cannot be resumed.*answered 410/)
    expect(refused.asked).toHaveLength(2)
    const again = () => stream('id: r.1\n\n', true)
    const empty = server(
      () => stream('id: r.1\ndata: 1\n\n', true),
      again,
      () => new Response('', { status: 503 }),
      again,
      again,
    )
    await expect((await empty.post()).text()).rejects.toThrow(/network lost the answer after 3 attempts/)
    expect(empty.asked).toHaveLength(4)
  })

  it('counts attempts anew after each one that brought something', async () => {
    const some = (id: number) => () => stream(`id: r.${id}\ndata: ${id}\n\n`, true)
    const { post } = server(...[1, 2, 3, 4, 5, 6, 7].map(some), () => stream(DONE))
    expect((await (await post()).text()).match(/^data: \d$/gm)).toHaveLength(7)
  })

  it('does not repeat a request that got no response', async () => {
    const { post, asked } = server()
    await expect(post()).rejects.toThrow('fetch failed')
    expect(asked).toHaveLength(1)
  })

  it('lets go of the connection when the reader leaves, and stops with the reason of the signal', async () => {
    let cancelled: unknown
    const body = () =>
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => controller.enqueue(encode('id: r.1\ndata: 1\n\n')),
        cancel: (reason) => {
          cancelled = reason
        },
      })
    const { post } = server(
      () => new Response(body(), { headers: HEADERS }),
      () => new Response(body(), { headers: HEADERS }),
    )
    const left = (await post()).body?.getReader()
    await left?.read()
    await left?.cancel('bye')
    expect(cancelled).toBe('bye')
    const stop = new AbortController()
    const aborted = (await post({ signal: stop.signal })).body?.getReader()
    await aborted?.read()
    const next = aborted?.read()
    stop.abort()
    await expect(next).rejects.toMatchObject({ name: 'AbortError' })
  })
})
