import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import type { CreateRunRequest, Runs } from '../generate/runs.ts'
import type { Principal, RunRecord } from '../ports/records.ts'
import { MAX_REMEMBERED_QUESTIONS, REPEAT_WINDOW_MS, repeatedQuestions } from './repeated-questions.ts'

const ALICE: Principal = { tenant: 't', user: 'alice', scopes: ['*'] }
const BOB: Principal = { tenant: 't', user: 'bob', scopes: ['*'] }

/** Runs that are made and ended by hand. */
function fakeRuns() {
  const clock = createFakeClock()
  const made: RunRecord[] = []
  const keys: (string | undefined)[] = []
  let refusal: SluiceError | undefined
  const create = async (principal: Principal, request: CreateRunRequest): Promise<{ run: RunRecord; replayed: false }> => {
    await Promise.resolve()
    if (refusal) throw refusal
    keys.push(request.idempotencyKey)
    const id = `run_${made.length + 1}`
    const run: RunRecord = {
      id,
      streamId: `runs/${id}`,
      owner: principal,
      model: request.model ?? 'test/a',
      status: 'running',
      input: [{ role: 'user', content: String(request.input) }],
      options: request.options ?? {},
      ...(request.conversationId === undefined ? {} : { conversationId: request.conversationId }),
      createdAt: clock.now(),
    }
    made.push(run)
    return { run, replayed: false }
  }
  const owned = (principal: Principal): RunRecord[] => made.filter(({ owner }) => owner.user === principal.user)
  const runs: Pick<Runs, 'create' | 'get' | 'list' | 'defaultModel'> = {
    create,
    get: async (principal, id) => {
      const run = owned(principal).find((candidate) => candidate.id === id)
      if (!run) throw new SluiceError('not-found', 'There is no such run.')
      return run
    },
    list: async (principal, { status }) => ({ items: owned(principal).filter((run) => run.status === status) }),
    defaultModel: 'test/a',
  }
  return {
    clock,
    made,
    keys,
    create,
    questions: () => repeatedQuestions(runs, clock),
    refuse: (error: SluiceError | undefined) => {
      refusal = error
    },
    end(index: number) {
      const run = made[index]
      if (run) made[index] = { ...run, status: 'completed', endedAt: clock.now() }
    },
    remove: (index: number) => made.splice(index, 1),
  }
}

describe('repeated questions', () => {
  it('find the live run, and the ended one for as long as the window, to the millisecond', async () => {
    const fake = fakeRuns()
    const { ask } = fake.questions()
    const id = async (): Promise<string> => (await ask(ALICE, { message: 'q' })).id
    expect([await id(), await id()]).toEqual(['run_1', 'run_1'])
    fake.clock.advance(3_600_000)
    expect(await id()).toBe('run_1')
    fake.end(0)
    fake.clock.advance(REPEAT_WINDOW_MS - 1)
    expect(await id()).toBe('run_1')
    fake.clock.advance(1)
    expect(await id()).toBe('run_2')
  })

  it('make one run when they arrive together, at the first time and after the window', async () => {
    const fake = fakeRuns()
    const { ask } = fake.questions()
    const together = (): Promise<string[]> => Promise.all([1, 2, 3].map(async () => (await ask(ALICE, { message: 'q' })).id))
    expect(await together()).toEqual(['run_1', 'run_1', 'run_1'])
    fake.end(0)
    fake.clock.advance(REPEAT_WINDOW_MS)
    expect(await together()).toEqual(['run_2', 'run_2', 'run_2'])
  })

  it('are of one caller: the same question of another is another question', async () => {
    const { ask } = fakeRuns().questions()
    expect([(await ask(ALICE, { message: 'q' })).id, (await ask(BOB, { message: 'q' })).id]).toEqual(['run_1', 'run_2'])
  })

  it('do not mistake where one field ends and the next begins', async () => {
    const { ask } = fakeRuns().questions()
    const ids = [
      await ask(ALICE, { message: 'q', model: 'm' }),
      await ask(ALICE, { message: 'q', conversationId: 'm' }),
      await ask(ALICE, { message: 'q","m' }),
    ].map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
  })

  it('find live runs that nobody here remembers, but not those that were asked for otherwise', async () => {
    const fake = fakeRuns()
    await fake.create(ALICE, { input: 'q', options: { seed: 1 } })
    await fake.create(ALICE, { input: 'q', model: 'test/b' })
    await fake.create(ALICE, { input: 'q', conversationId: 'c' })
    const { id } = (await fake.create(ALICE, { input: 'q' })).run
    expect((await fake.questions().ask(ALICE, { message: 'q' })).id).toBe(id)
    expect((await fake.questions().ask(BOB, { message: 'q' })).id).not.toBe(id)
  })

  it('with a key are named by it for good: the key goes with the run, so that it holds after a restart too', async () => {
    const fake = fakeRuns()
    const live = await fake.questions().ask(ALICE, { message: 'q' })
    expect((await fake.questions().ask(ALICE, { message: 'q', key: 'anew' })).id).not.toBe(live.id)
    expect(fake.keys).toEqual([undefined, 'chat-stream:anew'])
  })

  it('start anew when the first try failed or its run is gone', async () => {
    const fake = fakeRuns()
    const { ask } = fake.questions()
    const refusal = new SluiceError('overloaded', 'full')
    fake.refuse(refusal)
    await expect(ask(ALICE, { message: 'q' })).rejects.toBe(refusal)
    fake.refuse(undefined)
    await ask(ALICE, { message: 'q' })
    fake.remove(0)
    expect(await ask(ALICE, { message: 'q' })).toMatchObject({ status: 'running' })
  })

  it('are remembered up to a bound, the oldest going first', async () => {
    const fake = fakeRuns()
    const { ask } = fake.questions()
    // Ended runs are found only by remembering them.
    const askAndEnd = async (message: string): Promise<void> => {
      await ask(ALICE, { message })
      fake.end(fake.made.length - 1)
    }
    for (const message of ['first', 'second']) await askAndEnd(message)
    for (let index = 0; index < MAX_REMEMBERED_QUESTIONS - 1; index++) await askAndEnd(`${index}`)
    const before = fake.made.length
    await ask(ALICE, { message: 'second' })
    expect(fake.made).toHaveLength(before)
    await ask(ALICE, { message: 'first' })
    expect(fake.made).toHaveLength(before + 1)
  })
})
