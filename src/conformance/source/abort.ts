import { describe, expect, it } from 'vitest'
import { AbortReason } from '../../core/abort.ts'
import { collect } from './collect.ts'
import { opened } from './content.ts'
import type { OpenSource } from './index.ts'

export function abortCases(open: OpenSource): void {
  describe('abort', () => {
    it('throws the reason and yields nothing when the signal was aborted before', async () => {
      await using test = await opened(open)
      const reason = new AbortReason('cancel', 'stopped before it began')
      const { events, thrown } = await collect(test.source, test.completes, { signal: AbortSignal.abort(reason) })
      expect(thrown).toBe(reason)
      expect(events).toEqual([])
      await test.released()
    })

    it('throws the reason and lets go of everything when the signal aborts during silence', async () => {
      await using test = await opened(open)
      const controller = new AbortController()
      const reason = new AbortReason('handover', 'stopped in the silence')
      const iterator = test.source.stream(test.stalls, { signal: controller.signal })[Symbol.asyncIterator]()
      // Reads on until an event does not come at once: that is the silence.
      const end = (async () => {
        for (;;) if ((await iterator.next()).done === true) return 'ended'
      })()
      await silence(end)
      controller.abort(reason)
      await expect(end).rejects.toBe(reason)
      await test.released()
    })

    it('throws the reason instead of what it has left when the signal aborts while the consumer is busy', async () => {
      await using test = await opened(open)
      const controller = new AbortController()
      const reason = new AbortReason('deadline', 'stopped between two events')
      const iterator = test.source.stream(test.completes, { signal: controller.signal })[Symbol.asyncIterator]()
      expect((await iterator.next()).done).toBe(false)
      controller.abort(reason)
      await expect(iterator.next()).rejects.toBe(reason)
      expect((await iterator.next()).done).toBe(true)
      await test.released()
    })

    it('lets go of everything when the consumer stops reading', async () => {
      await using test = await opened(open)
      for await (const event of test.source.stream(test.stalls, { signal: new AbortController().signal })) {
        expect(event.type).not.toBe('finish')
        break
      }
      await test.released()
    })

    it('takes a cancel of any response, twice', async () => {
      await using test = await opened(open)
      const { signal } = new AbortController()
      await expect(test.source.cancel('no-such-response', { signal })).resolves.toBeUndefined()
      await expect(test.source.cancel('no-such-response', { signal })).resolves.toBeUndefined()
    })
  })
}

/** Waits some turns of the event loop, enough for all that is due to have come; `pending` must not settle meanwhile. */
async function silence(pending: Promise<unknown>): Promise<void> {
  const turns = async (): Promise<string> => {
    for (let turn = 0; turn < SILENT_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
    return 'silent'
  }
  expect(await Promise.race([pending, turns()])).toBe('silent')
}

const SILENT_TURNS = 200
