import { describe, expect, it } from 'vitest'
import { START } from '../core/offset.ts'
import type { ByteSink } from '../log/hub.ts'
import { planOf, streamResponse, WEB_STREAM_MAX_QUEUED_BYTES } from './stream-plan.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function scripted() {
  const calls: string[] = []
  let sink: ByteSink | undefined
  const plan = {
    prelude: encode('first\n'),
    open(opened: ByteSink) {
      calls.push('open')
      sink = opened
      return { cursor: START, drained: () => void calls.push('drained'), leave: () => void calls.push('leave') }
    },
  }
  return { plan, calls, sink: () => sink as ByteSink }
}

describe('a stream response', () => {
  it('carries its plan, also when it is wrapped anew to change headers', () => {
    const { plan } = scripted()
    const response = streamResponse(plan, { 'content-type': 'text/event-stream' })
    expect(planOf(response)).toBe(plan)
    expect(planOf(new Response(response.body, { headers: { ...Object.fromEntries(response.headers), x: 'y' } }))).toBe(plan)
    expect(planOf(new Response('text'))).toBeUndefined()
    expect(planOf(new Response(null))).toBeUndefined()
  })

  it('opens nothing before somebody reads', async () => {
    const { plan, calls } = scripted()
    const response = streamResponse(plan, {})
    await new Promise((resolve) => setImmediate(resolve))
    expect(calls).toEqual([])
    await response.body?.cancel()
    expect(calls).toEqual([])
  })

  it('gives the prelude, then what is written, and ends with the stream', async () => {
    const { plan, sink } = scripted()
    const reader = streamResponse(plan, {}).body?.getReader()
    expect((await reader?.read())?.value).toEqual(plan.prelude)
    expect(sink().write(encode('a'))).toBe(true)
    sink().end('complete')
    sink().end('reconnect')
    expect((await reader?.read())?.value).toEqual(encode('a'))
    expect((await reader?.read())?.done).toBe(true)
    expect(sink().write(encode('late'))).toBe(false)
  })

  it('ends well for a reader that should come back, unless the plan says that it must break off', async () => {
    for (const [onReconnect, why, expected] of [
      [undefined, 'reconnect', 'done'],
      ['end', 'reconnect', 'done'],
      ['destroy', 'reconnect', 'unavailable'],
      ['destroy', 'complete', 'done'],
    ] as const) {
      const { plan, sink } = scripted()
      const reader = streamResponse(onReconnect ? { ...plan, onReconnect } : plan, {}).body?.getReader()
      await reader?.read()
      sink().end(why)
      const end = await reader?.read().then(
        ({ done }) => (done ? 'done' : 'more'),
        ({ code }: { readonly code: string }) => code,
      )
      expect(end, `${onReconnect}, ${why}`).toBe(expected)
    }
  })

  it('says stop at its bound, and asks for more once the reader has caught up', async () => {
    const { plan, calls, sink } = scripted()
    const reader = streamResponse(plan, {}).body?.getReader()
    await reader?.read()
    const half = new Uint8Array(WEB_STREAM_MAX_QUEUED_BYTES / 2)
    expect([sink().write(half), sink().write(half)]).toEqual([true, false])
    await reader?.read()
    await reader?.read()
    expect(calls).toEqual(['open'])
    const next = reader?.read()
    expect(calls).toEqual(['open', 'drained'])
    sink().write(encode('more'))
    expect((await next)?.value).toEqual(encode('more'))
    expect(calls).toEqual(['open', 'drained'])
  })

  it('leaves when the reader cancels', async () => {
    const { plan, calls, sink } = scripted()
    const reader = streamResponse(plan, {}).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    expect(calls).toEqual(['open', 'leave'])
    expect(sink().write(encode('a'))).toBe(false)
    sink().end('complete')
  })

  it('may end while it opens', async () => {
    const response = streamResponse(
      {
        prelude: encode('first'),
        open(sink) {
          sink.end('reconnect')
          return { cursor: START, drained: () => {}, leave: () => {} }
        },
      },
      {},
    )
    expect(await response.text()).toBe('first')
  })
})
