import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../core/errors.ts'
import { formatOffset, START } from '../../core/offset.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import type { AppendOptions, Store } from '../../ports/store.ts'
import { records, type StoreFixture } from './fixture.ts'
import { createModel, type Model, type Outcome } from './model.ts'

const ID = fc.constantFrom('a', 'b', 'c')
const SMALL = fc.integer({ min: 0, max: 3 })
const SEQ = fc.integer({ min: 0, max: 12 })
const TEXTS = fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 })
const AFTER = fc.tuple(SMALL, SEQ).map(([term, seq]) => (seq === 0 ? START : formatOffset(term, seq)))

const CALL = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant('create' as const),
      id: ID,
      texts: TEXTS,
      closed: fc.boolean(),
      from: fc.option(fc.record({ id: ID, after: AFTER }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('fence' as const), id: ID }) },
  {
    weight: 8,
    arbitrary: fc.record({
      call: fc.constant('append' as const),
      id: ID,
      texts: TEXTS,
      owner: fc.option(fc.record({ term: SMALL, seq: SEQ }), { nil: undefined }),
      producer: fc.option(fc.record({ id: fc.constantFrom('p', 'q'), epoch: fc.integer({ min: 0, max: 1 }), seq: SMALL }), {
        nil: undefined,
        freq: 3,
      }),
      streamSeq: fc.option(fc.constantFrom('1', '2', '10'), { nil: undefined, freq: 4 }),
      close: fc.option(fc.constant(true), { nil: undefined, freq: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ call: fc.constant('read' as const), id: ID, after: AFTER }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('delete' as const), id: ID }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('reopen' as const) }) },
  /** Waits for all calls so far; between two of these, calls are made without waiting. */
  { weight: 3, arbitrary: fc.record({ call: fc.constant('wait' as const) }) },
)
type Call = typeof CALL extends fc.Arbitrary<infer T> ? T : never

/** Any interleaving of calls gets what the model gives, and leaves the streams as in the model. */
export function random(fixture: StoreFixture): void {
  describe('any sequence of calls', () => {
    it('answers as the model does, awaited or not, over sweeps and restarts', { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(CALL, { maxLength: 60, size: 'max' }), async (calls) => {
          await run(fixture, calls)
        }),
        { numRuns: 60 },
      )
    })
  })
}

async function run(fixture: StoreFixture, calls: readonly Call[]): Promise<void> {
  const clock = createFakeClock()
  let store = await fixture.create(clock)
  const model = createModel()
  let pending: Promise<unknown>[] = []
  const wait = async (): Promise<void> => {
    const all = pending
    pending = []
    await Promise.all(all)
  }
  try {
    for (const call of calls) {
      if (call.call === 'wait') await wait()
      else if (call.call === 'sweep') pending.push(store.sweep())
      else if (call.call === 'reopen') {
        await wait()
        if (fixture.reopen) store = await fixture.reopen(store, clock)
      } else pending.push(compare(store, model, call))
    }
    await wait()
    for (const id of ['a', 'b', 'c'] as const) await compare(store, model, { call: 'read', id, after: START })
  } finally {
    await store.close()
  }
}

/** Makes one call on both. The model answers at once, so the order of calls is the order of effects. */
async function compare(store: Store, model: Model, call: Exclude<Call, { call: 'wait' | 'sweep' | 'reopen' }>): Promise<void> {
  switch (call.call) {
    case 'create': {
      const options = { contentType: 'text/plain', closed: call.closed, ...(call.from ? { from: call.from } : {}) }
      const expected = model.create(call.id, options, call.texts)
      expect(await outcome(store.create(call.id, { ...options, records: records(...call.texts) })), name(call)).toMatchObject(expected)
      return
    }
    case 'fence': {
      const expected = model.fence(call.id)
      expect(await outcome(store.fence(call.id)), name(call)).toEqual(expected)
      return
    }
    case 'append': {
      const options: AppendOptions = {
        ...(call.owner ? { owner: call.owner } : {}),
        ...(call.producer ? { producer: call.producer } : {}),
        ...(call.streamSeq ? { streamSeq: call.streamSeq } : {}),
        ...(call.close || call.texts.length === 0 ? { close: true } : {}),
      }
      const expected = model.append(call.id, call.texts, options)
      expect(await outcome(store.append(call.id, records(...call.texts), options)), name(call)).toEqual(expected)
      return
    }
    case 'read': {
      const expected = model.readAll(call.id, call.after)
      const read = store
        .read(call.id, call.after)
        .then((page) => page.records.map(({ offset, data }) => [offset, new TextDecoder().decode(data)]))
      expect(await outcome(read), name(call)).toEqual(expected)
      return
    }
    case 'delete': {
      const expected = model.delete(call.id)
      expect(await outcome(store.delete(call.id)), name(call)).toEqual(expected)
    }
  }
}

const name = (call: Call): string => JSON.stringify(call)

async function outcome(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await promise }
  } catch (error) {
    if (error instanceof SluiceError) return { code: error.code }
    throw error
  }
}
