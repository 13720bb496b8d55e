/** A bare EventSource, as a page of ten lines would use it: another implementation's idea of ids, reconnects and the end. */
import { EventSource } from 'undici'
import { expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { serve } from '../../../src/http/node-adapter.ts'
import { createHub, type Hub } from '../../../src/log/hub.ts'
import { silent } from '../../../src/ports/observer.ts'
import { createMemoryStore } from '../../../src/stores/memory/memory-store.ts'
import { ANSWER, setup } from './harness.ts'

/** Breaks the first `breaks` connections after their first event. */
function flaky(hub: Hub, breaks: number): { readonly hub: Hub; readonly joins: () => number } {
  let joins = 0
  return {
    joins: () => joins,
    hub: {
      ...hub,
      join(streamId, options) {
        joins += 1
        if (joins > breaks) return hub.join(streamId, options)
        const { sink } = options
        const reader = hub.join(streamId, {
          ...options,
          sink: {
            end: (why) => sink.end(why),
            write(bytes) {
              sink.write(bytes)
              if (new TextDecoder().decode(bytes).includes('event: message')) {
                sink.end('reconnect')
                queueMicrotask(() => reader.leave())
              }
              return true
            },
          },
        })
        return reader
      },
    },
  }
}

it('asks once, gets every character once through a broken connection, and stops by itself at the end', async () => {
  const store = createMemoryStore({ clock: systemClock })
  const broken = flaky(createHub({ store, clock: systemClock, observer: silent }), 1)
  const server = setup({ store, hub: broken.hub })
  const running = await serve(server.app, { host: '127.0.0.1', port: 0, limits: { closeTimeoutMs: 200 } })
  const source = new EventSource(`${running.url}/v1/chat/stream?message=wait`)
  try {
    const stopped = Promise.withResolvers<void>()
    let text = ''
    let completed = 0
    source.addEventListener('message', (event) => {
      text += (JSON.parse(String(event.data)) as { content: string }).content
      if (broken.joins() === 1) server.model.release()
    })
    source.addEventListener('complete', () => {
      completed += 1
    })
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) stopped.resolve()
    })
    await stopped.promise
    expect(text).toBe(ANSWER)
    expect(completed).toBe(1)
    expect(server.model.asked).toEqual(['wait'])
    expect(broken.joins()).toBe(2)
  } finally {
    source.close()
    await server.close()
    await running.close()
  }
})
