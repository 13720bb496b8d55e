import { describe, expect, it } from 'vitest'
import { CALLER, createEngine, type EngineOptions } from '../../test/support/engine.ts'
import { createScriptedSource, FINISH, text } from '../../test/support/scripted-source.ts'
import { SluiceError } from '../core/errors.ts'
import type { Usage } from '../core/event.ts'
import { answerText } from '../core/fold.ts'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import type { Observation } from '../ports/observer.ts'
import { createMemoryRecords } from '../records/memory/records.ts'
import { createMemoryStore } from '../stores/memory/memory-store.ts'

const forever = new AbortController().signal

function setUp(options: Partial<EngineOptions> = {}) {
  const clock = createFakeClock()
  const store = createMemoryStore({ clock })
  const records = createMemoryRecords({ clock })
  const source = createScriptedSource()
  const seen: Observation[] = []
  const given: EngineOptions = { store, records, sources: [source], clock, observer: (one) => seen.push(one), ...options }
  const boot = (more: Partial<EngineOptions> = {}) => createEngine({ ...given, ...more })
  return { ...boot(), boot, clock, store, records, source, seen }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a run', () => {
  it('completes on the terminal event of its source, and only then', async () => {
    const { runs, source } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    expect(run.status).toBe('queued')
    const call = await source.call(0)
    expect(call.request.messages).toEqual([{ role: 'user', content: 'Hi' }])
    call.emit(...text('Hel'), ...text('lo'))
    await settle()
    expect(await runs.get(CALLER, run.id)).toMatchObject({ status: 'running' })
    expect(answerText(await runs.answer(run))).toBe('Hello')
    call.emit(FINISH)
    const ended = await runs.ended(CALLER, run.id, forever)
    expect(ended).toMatchObject({ status: 'completed', finishReason: 'stop', usage: { outputTokens: 1, basis: 'reported' } })
    expect(await runs.answer(run)).toMatchObject({ outcome: 'completed' })
    expect(runs.active).toEqual({ queued: 0, running: 0 })
  })

  it.each([
    ['an end of the bytes without a terminal event, after text', (call: { eof(): void }) => call.eof(), 'interrupted', 'connection'],
    [
      'a retryable error after text',
      (call: { fail(e: Error): void }) => call.fail(new SluiceError('provider', 'boom')),
      'interrupted',
      'provider',
    ],
    ['an error that no retry mends', (call: { fail(e: Error): void }) => call.fail(new SluiceError('quota', 'boom')), 'failed', 'quota'],
  ] as const)('keeps its partial text after %s', async (_name, breakIt, status, code) => {
    const { runs, source } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi', conversationId: 'c' })
    const call = await source.call(0)
    call.emit(...text('Hel'))
    breakIt(call)
    const ended = await runs.ended(CALLER, run.id, forever)
    expect(ended).toMatchObject({ status, error: { code } })
    expect(ended.error?.message).not.toContain('boom')
    expect(answerText(await runs.answer(run))).toBe('Hel')
  })

  it('that fails before any text has failed', async () => {
    const { runs, source } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const call = await source.call(0)
    call.fail(new SluiceError('connection', 'refused'))
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'failed', usage: { basis: 'unknown' } })
  })

  it('that takes longer than its deadline ends with a timeout', async () => {
    const { runs, source, clock } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    await source.call(0)
    clock.advance(60_000)
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'failed', error: { code: 'timeout' } })
  })

  it('is not touched by readers that come and go', async () => {
    const { runs, hub, source } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const call = await source.call(0)
    const format = { name: 'none', live: () => new Uint8Array(1), past: () => new Uint8Array(1), heartbeat: new Uint8Array(1) }
    const reader = hub.join(run.streamId, {
      after: '0000000000000000_0000000000000000',
      kind: 'test',
      format,
      sink: { write: () => true, end() {} },
    })
    reader.leave()
    await settle()
    expect(call.signal.aborted).toBe(false)
    call.emit(...text('x'), FINISH)
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'completed' })
  })

  it('that nobody reads is cancelled after a while, where that is asked for', async () => {
    const { runs, source, clock } = setUp({ cancelUnreadAfterMs: 5_000 })
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    await source.call(0)
    clock.advance(5_000)
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'cancelled' })
  })

  it('goes on writing when the store was full for a while, and loses nothing', async () => {
    const { boot, store, source, clock, seen } = setUp()
    let full = false
    const filling = {
      ...store,
      append: ((...args) =>
        full ? Promise.reject(new SluiceError('storage-full', 'disk full')) : store.append(...args)) as typeof store.append,
    }
    const { runs } = boot({ store: filling })
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const call = await source.call(0)
    full = true
    call.emit(...text('one '), ...text('two '))
    await settle()
    full = false
    call.emit(...text('three'), FINISH)
    await settle()
    clock.advance(10_000)
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'completed' })
    expect(answerText(await runs.answer(run))).toBe('one two three')
    expect(seen.some((one) => one.type === 'trouble')).toBe(true)
  })
})

describe('storage that fails while a run begins', () => {
  it('neither loses the run nor leaves it behind: it is worked on when the storage is back', async () => {
    const { boot, store, records, source, clock, seen } = setUp()
    let sick = true
    const failing =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        sick ? Promise.reject(new SluiceError('storage-full', 'disk full')) : call(...args)
    const { runs } = boot({
      store: { ...store, create: failing(store.create), fence: failing(store.fence) },
      records: { ...records, claimRun: failing(records.claimRun) },
    })
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    await settle()
    expect(await runs.get(CALLER, run.id)).toMatchObject({ status: 'queued' })
    expect(answerText(await runs.answer(run))).toBe('')
    sick = false
    clock.advance(30_000)
    const call = await source.call(0)
    call.emit(...text('late'), FINISH)
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'completed' })
    expect(answerText(await runs.answer(run))).toBe('late')
    expect(seen.filter((one) => one.type === 'trouble').length).toBeGreaterThan(0)
  })
})

describe('what a run used that did not come to its end', () => {
  const failed = async (...usages: readonly Usage[]) => {
    const { runs, source } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const call = await source.call(0)
    call.emit(...text('Hel'), ...usages.map((usage) => ({ type: 'usage' as const, usage })))
    call.fail(new SluiceError('provider', 'broken'))
    return (await runs.ended(CALLER, run.id, forever)).usage
  }

  it('is what the provider said last', async () => {
    const last: Usage = { inputTokens: 21, outputTokens: 34, basis: 'reported' }
    expect(await failed({ inputTokens: 21, basis: 'reported' }, last)).toEqual(last)
  })

  it('is its count of the input and our estimate of the output where it did not count that', async () => {
    expect(await failed({ inputTokens: 21, basis: 'reported' })).toEqual({
      inputTokens: 21,
      outputTokens: expect.any(Number),
      basis: 'estimated',
    })
    expect(await failed()).toEqual({ outputTokens: expect.any(Number), basis: 'estimated' })
  })
})

describe('cancel', () => {
  it('reaches the source, seals the partial, and is idempotent', async () => {
    const { runs, source, seen } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const call = await source.call(0)
    call.emit(...text('Hel'))
    await settle()
    expect(await runs.cancel(CALLER, run.id)).toMatchObject({ effect: 'cancelling' })
    expect(call.signal.aborted).toBe(true)
    const ended = await runs.ended(CALLER, run.id, forever)
    expect(ended).toMatchObject({ status: 'cancelled', usage: { basis: 'estimated' } })
    expect(answerText(await runs.answer(run))).toBe('Hel')
    expect(await runs.cancel(CALLER, run.id)).toMatchObject({ effect: 'ended', run: { status: 'cancelled' } })
    expect(seen.some((one) => one.type === 'cancelled')).toBe(true)
  })

  it('works while the run waits for a place, before its first token', async () => {
    const { runs, source } = setUp({ limits: { maxConcurrentRuns: 1 } })
    await runs.create(CALLER, { input: 'first' })
    const { run } = await runs.create(CALLER, { input: 'second' })
    await runs.cancel(CALLER, run.id)
    expect(await runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'cancelled', usage: { basis: 'unknown' } })
    expect(source.calls).toHaveLength(1)
  })

  it('of a run of somebody else finds nothing', async () => {
    const { runs } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const other = { ...CALLER, user: 'other' }
    await expect(runs.cancel(other, run.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(runs.get(other, run.id)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('creating', () => {
  it('with the same key and request gives the same run, also when both come at once', async () => {
    const { runs } = setUp()
    const request = { input: 'Hi', idempotencyKey: 'k' }
    const [a, b] = await Promise.all([runs.create(CALLER, request), runs.create(CALLER, request)])
    expect(a.run.id).toBe(b.run.id)
    expect([a.replayed, b.replayed].sort()).toEqual([false, true])
    await expect(runs.create(CALLER, { ...request, input: 'Ho' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('with the same key neither cancels the answer that it asked for before', async () => {
    const { runs, source } = setUp()
    const request = { input: 'Hi', conversationId: 'c', idempotencyKey: 'k' }
    await runs.create(CALLER, request)
    const call = await source.call(0)
    expect((await runs.create(CALLER, request)).replayed).toBe(true)
    expect(call.signal.aborted).toBe(false)
  })

  it.each([
    ['an input of white space', { input: '  ' }, 'invalid-request'],
    ['an input without messages', { input: [] }, 'invalid-request'],
    ['too long a prompt', { input: 'x'.repeat(10_001) }, 'too-large'],
    ['a prompt with too many bytes in few characters', { input: 'é'.repeat(5_001) }, 'too-large'],
    ['a source that is not there', { input: 'Hi', model: 'nobody/x' }, 'invalid-request'],
    ['a model without a source', { input: 'Hi', model: 'scripted' }, 'invalid-request'],
  ] as const)('refuses %s', async (_name, request, code) => {
    await expect(setUp().runs.create(CALLER, request)).rejects.toMatchObject({ code })
  })

  it('refuses what neither runs nor may wait', async () => {
    const { runs } = setUp({ limits: { maxConcurrentRuns: 1, maxQueuedRuns: 1 } })
    await runs.create(CALLER, { input: 'a' })
    await settle()
    await runs.create(CALLER, { input: 'b' })
    await expect(runs.create(CALLER, { input: 'c' })).rejects.toMatchObject({ code: 'overloaded', retryable: true })
  })

  it('refuses more runs of one user than a user may have', async () => {
    const { runs } = setUp({ limits: { maxRunsPerUser: 2 } })
    await runs.create(CALLER, { input: 'a' })
    await runs.create(CALLER, { input: 'b' })
    await expect(runs.create(CALLER, { input: 'c' })).rejects.toMatchObject({ code: 'overloaded' })
    await expect(runs.create({ ...CALLER, user: 'other' }, { input: 'c' })).resolves.toMatchObject({ replayed: false })
  })
})

describe('a conversation', () => {
  it('gives its earlier messages to the next prompt, as many as fit', async () => {
    const { runs, source, clock } = setUp({ limits: { maxHistoryTokens: 25 } })
    for (const [index, question] of ['first question', 'second question'].entries()) {
      const { run } = await runs.create(CALLER, { input: question, conversationId: 'c' })
      const call = await source.call(index)
      call.emit(...text(`answer ${index}`), FINISH)
      await runs.ended(CALLER, run.id, forever)
      clock.advance(1)
    }
    await runs.create(CALLER, { input: 'third question', conversationId: 'c' })
    const { request } = await source.call(2)
    expect(request.messages.map((message) => message.content)).toEqual(['answer 0', 'second question', 'answer 1', 'third question'])
  })

  it('is not put before an input that is the whole of it, also not by whoever takes the run over', async () => {
    const { runs, source, clock, boot } = setUp({ limits: { maxConcurrentRuns: 1 } })
    const { run } = await runs.create(CALLER, { input: 'one', conversationId: 'c' })
    ;(await source.call(0)).emit(...text('answer'), FINISH)
    await runs.ended(CALLER, run.id, forever)
    await runs.create(CALLER, { input: 'takes the only place' })
    await source.call(1)
    const input = [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'answer, as the client has it' },
      { role: 'user', content: 'two' },
    ] as const
    await runs.create(CALLER, { input, conversationId: 'c', transcript: { question: 'new' } })
    const drained = runs.drain(0)
    clock.advance(0)
    await drained
    await boot().runs.recover()
    expect((await source.call(2)).request.messages).toEqual(input)
  })

  it('cancels the live answer when a new question comes, and keeps its partial in the prompt', async () => {
    const { runs, source } = setUp()
    const first = await runs.create(CALLER, { input: 'one', conversationId: 'c' })
    const call = await source.call(0)
    call.emit(...text('partial'))
    await settle()
    await runs.create(CALLER, { input: 'two', conversationId: 'c' })
    expect(await runs.get(CALLER, first.run.id)).toMatchObject({ status: 'cancelled' })
    const { request } = await source.call(1)
    expect(request.messages.map((message) => message.content)).toEqual(['one', 'partial', 'two'])
  })

  it('lets the new question wait under the policy queue, and never writes both answers at once', async () => {
    const { runs, source } = setUp({ conversationPolicy: 'queue' })
    await runs.create(CALLER, { input: 'one', conversationId: 'c' })
    const waiting = await runs.create(CALLER, { input: 'two', conversationId: 'c' })
    const last = await runs.create(CALLER, { input: 'three', conversationId: 'c' })
    const call = await source.call(0)
    await runs.cancel(CALLER, waiting.run.id)
    expect(await runs.ended(CALLER, waiting.run.id, forever)).toMatchObject({ status: 'cancelled' })
    await settle()
    expect(source.calls.map((one) => one.request.messages.at(-1)?.content)).toEqual(['one'])
    call.emit(...text('1'), FINISH)
    const { request } = await source.call(1)
    expect(request.messages.at(-1)?.content).toBe('three')
    expect((await runs.get(CALLER, last.run.id)).status).toBe('running')
  })
})

describe('questions that waited in a queue', () => {
  it('meet each earlier answer after its own question', async () => {
    const { runs, source, clock } = setUp({ conversationPolicy: 'queue' })
    for (const input of ['one', 'two', 'three']) {
      await runs.create(CALLER, { input, conversationId: 'c' })
      clock.advance(1)
    }
    for (const index of [0, 1]) (await source.call(index)).emit(...text(`answer ${index}`), FINISH)
    const { request } = await source.call(2)
    expect(request.messages.map((message) => message.content)).toEqual(['one', 'answer 0', 'two', 'answer 1', 'three'])
  })
})

describe('a process that goes down', () => {
  it('lets runs end, hands the others over without a terminal event, and takes no new ones', async () => {
    const { runs, source, clock, records } = setUp()
    const quick = await runs.create(CALLER, { input: 'quick' })
    const slow = await runs.create(CALLER, { input: 'slow' })
    const calls = [await source.call(0), await source.call(1)]
    calls[1]?.emit(...text('par'))
    const drained = runs.drain(10_000)
    await expect(runs.create(CALLER, { input: 'late' })).rejects.toMatchObject({ code: 'unavailable' })
    calls[0]?.emit(...text('done'), FINISH)
    await settle()
    clock.advance(10_000)
    expect(await drained).toEqual({ handedOver: 1 })
    expect(await records.getRun(quick.run.id)).toMatchObject({ status: 'completed' })
    expect(await records.getRun(slow.run.id)).toMatchObject({ status: 'running' })
    expect(await runs.answer(slow.run)).not.toHaveProperty('outcome')
    expect(clock.pending).toBe(1)
  })

  it('leaves a run that its successor ends as interrupted, with its partial, when the source cannot resume', async () => {
    const { runs, source, clock, boot } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const call = await source.call(0)
    call.emit(...text('par'))
    await settle()
    const drained = runs.drain(0)
    clock.advance(0)
    await drained
    const next = boot()
    expect(await next.runs.recover()).toEqual({ takenOver: 1 })
    expect(await next.runs.ended(CALLER, run.id, forever)).toMatchObject({
      status: 'interrupted',
      error: { code: 'server', recoverable: true },
    })
    expect(answerText(await next.runs.answer(run))).toBe('par')
  })

  it('after a cancel was acknowledged leaves a run that its successor ends as cancelled', async () => {
    const { runs, source, records, clock, boot } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    ;(await source.call(0)).emit(...text('par'))
    await settle()
    // The cancel is durable and the process dies before it acts on it.
    await records.requestCancel(run.id, CALLER, clock.now())
    const next = boot()
    await next.runs.recover()
    expect(await next.runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'cancelled' })
    expect(answerText(await next.runs.answer(run))).toBe('par')
  })

  it('leaves a run that never began to its successor, which runs it', async () => {
    const { runs, source, clock, boot } = setUp({ limits: { maxConcurrentRuns: 1 } })
    await runs.create(CALLER, { input: 'first' })
    const { run } = await runs.create(CALLER, { input: 'second' })
    await source.call(0)
    const drained = runs.drain(0)
    clock.advance(0)
    await drained
    const next = boot()
    await next.runs.recover()
    const call = await source.call(1)
    call.emit(...text('now'), FINISH)
    expect(await next.runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'completed' })
  })

  it('leaves a run whose source its successor does not have: that one ends it, and nobody waits for ever', async () => {
    const { runs, source, clock, boot } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    ;(await source.call(0)).emit(...text('par'))
    await settle()
    const drained = runs.drain(0)
    clock.advance(0)
    await drained
    const next = boot({ sources: [{ ...createScriptedSource(), name: 'other' }] })
    await next.runs.recover()
    expect(await next.runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'failed', error: { code: 'invalid-request' } })
    expect(answerText(await next.runs.answer(run))).toBe('par')
  })

  it('leaves a run that was written down too late for the hand-over to its successor, and waits for nothing more itself', async () => {
    const { boot, records, source, clock } = setUp()
    const slow = Promise.withResolvers<void>()
    const { runs } = boot({
      records: {
        ...records,
        createRun: async (...args) => {
          await slow.promise
          return records.createRun(...args)
        },
      },
    })
    const created = runs.create(CALLER, { input: 'Hi' })
    const drained = runs.drain(0)
    clock.advance(0)
    await drained
    slow.resolve()
    const { run } = await created
    await settle()
    expect(source.calls).toHaveLength(0)
    const next = boot()
    expect(await next.runs.recover()).toEqual({ takenOver: 1 })
    ;(await source.call(0)).emit(...text('now'), FINISH)
    expect(await next.runs.ended(CALLER, run.id, forever)).toMatchObject({ status: 'completed' })
  })

  it('that still writes after another has taken over is fenced, and adds nothing', async () => {
    const { runs, source, boot, seen } = setUp()
    const { run } = await runs.create(CALLER, { input: 'Hi' })
    const zombie = await source.call(0)
    zombie.emit(...text('par'))
    await settle()
    const next = boot()
    await next.runs.recover()
    await next.runs.ended(CALLER, run.id, forever)
    zombie.emit(...text('tial'), FINISH)
    await settle()
    expect(answerText(await next.runs.answer(run))).toBe('par')
    expect(seen.some((one) => one.type === 'fenced-write')).toBe(true)
  })
})
