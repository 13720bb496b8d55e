import { describe, expect, it } from 'vitest'
import { AbortReason } from '../core/abort.ts'
import type { RunEventBody } from '../core/event.ts'
import type { Writer } from '../log/writer.ts'
import type { Source, SourceEvent } from '../ports/source.ts'
import { createAnnotator } from './annotate.ts'
import { runAttempt } from './attempt.ts'

const request = { model: 'm', messages: [], options: {} }

function source(stream: (signal: AbortSignal) => AsyncGenerator<SourceEvent, void, undefined>): Source & { readonly cancelled: string[] } {
  const cancelled: string[] = []
  return {
    name: 'test',
    models: ['m'],
    cancelled,
    capabilities: () => ({ resume: 'none', cancel: true }),
    stream: (_request, { signal }) => stream(signal),
    cancel: async (id) => void cancelled.push(id),
  }
}

function writer(fullAfter = Number.POSITIVE_INFINITY): Writer & { readonly written: RunEventBody[]; flushes: number } {
  const written: RunEventBody[] = []
  return {
    written,
    flushes: 0,
    write: (body) => void written.push(body),
    get full() {
      return written.length >= fullAfter
    },
    async flush() {
      this.flushes += 1
      written.length = 0
    },
    end: async () => {},
  }
}

describe('an attempt', () => {
  const annotator = () => createAnnotator((text) => text.length)

  it('holds the source while the store has too much waiting', async () => {
    let given = 0
    const into = writer(3)
    const from = source(async function* () {
      for (; given < 9; given++) {
        expect(into.written.length).toBeLessThan(3)
        yield { type: 'text-delta', id: 't', text: 'x' }
      }
      yield { type: 'finish', reason: 'stop', usage: { basis: 'unknown' } }
    })
    const options = {
      source: from,
      request,
      writer: into,
      annotator: annotator(),
      signal: new AbortController().signal,
      onEvent: () => {},
      onUsage: () => {},
      onCancelFailed: () => {},
    }
    await expect(runAttempt(options)).resolves.toMatchObject({ reason: 'stop' })
    expect(into.flushes).toBe(3)
  })

  it.each([
    ['cancel', ['response-1']],
    ['deadline', ['response-1']],
    ['handover', []],
  ] as const)('that is stopped by a %s tells the provider %j', async (kind, cancelled) => {
    const stop = new AbortController()
    const from = source(async function* (signal) {
      yield { type: 'response', responseId: 'response-1' }
      stop.abort(new AbortReason(kind, kind))
      throw signal.reason
    })
    const options = {
      source: from,
      request,
      writer: writer(),
      annotator: annotator(),
      signal: stop.signal,
      onEvent: () => {},
      onUsage: () => {},
      onCancelFailed: () => {},
    }
    await expect(runAttempt(options)).rejects.toMatchObject({ kind })
    expect(from.cancelled).toEqual(cancelled)
  })

  it('whose provider does not take the cancel still stops, for its own reason', async () => {
    const stop = new AbortController()
    const from = {
      ...source(async function* (signal) {
        yield { type: 'response', responseId: 'response-1' }
        stop.abort(new AbortReason('cancel', 'stop'))
        throw signal.reason
      }),
      cancel: () => Promise.reject(new Error('no route')),
    }
    const failed = Promise.withResolvers<unknown>()
    const options = {
      source: from,
      request,
      writer: writer(),
      annotator: annotator(),
      signal: stop.signal,
      onEvent: () => {},
      onUsage: () => {},
      onCancelFailed: failed.resolve,
    }
    await expect(runAttempt(options)).rejects.toMatchObject({ kind: 'cancel' })
    await expect(failed.promise).resolves.toMatchObject({ message: 'no route' })
  })

  it('without a terminal event has failed', async () => {
    const from = source(async function* () {
      yield { type: 'text-delta', id: 't', text: 'x' }
    })
    const options = {
      source: from,
      request,
      writer: writer(),
      annotator: annotator(),
      signal: new AbortController().signal,
      onEvent: () => {},
      onUsage: () => {},
      onCancelFailed: () => {},
    }
    await expect(runAttempt(options)).rejects.toMatchObject({ code: 'connection' })
  })
})
