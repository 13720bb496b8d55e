import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeEvent, type RunEvent, type UnknownEvent } from '../../src/core/event.ts'
import { answerText, fold } from '../../src/core/fold.ts'
import { type Offset, START } from '../../src/core/offset.ts'
import { createFakeClock, type FakeClock } from '../../src/core/testing/fake-clock.ts'
import type { WireFormat } from '../../src/log/hub.ts'
import type { Records, RunRecord } from '../../src/ports/records.ts'
import type { Store } from '../../src/ports/store.ts'
import { createMemoryRecords } from '../../src/records/memory/records.ts'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { createSimulatedSource } from '../../src/sources/simulated/source.ts'
import { createMemoryStore } from '../../src/stores/memory/memory-store.ts'
import { type CrashPoint, type MortalStorage, mortal } from '../support/crashing.ts'
import { CALLER, createEngine, type Engine } from '../support/engine.ts'

const QUESTION = 'What survives?'
const REQUEST = {
  input: QUESTION,
  model: 'simulated/short',
  conversationId: 'c',
  options: { seed: 7, tokensPerSecond: 0 },
  idempotencyKey: 'once',
}
const EXPECTED = simulatedText('short', 7, QUESTION)

interface World {
  readonly clock: FakeClock
  readonly store: Store
  readonly records: Records
}

interface Process extends Engine {
  readonly storage: MortalStorage
}

function createWorld(): World {
  const clock = createFakeClock()
  return { clock, store: createMemoryStore({ clock }), records: createMemoryRecords({ clock }) }
}

function boot(world: World, crashAt?: CrashPoint): Process {
  const storage = mortal(world.store, world.records, crashAt)
  const source = createSimulatedSource({ clock: world.clock })
  return { storage, ...createEngine({ store: storage.store, records: storage.records, sources: [source], clock: world.clock }) }
}

/** One frame per record: the stored bytes and a line feed, so that a reader here sees exactly the log. */
const rawLines: WireFormat = {
  name: 'raw',
  live: (records) => Buffer.concat(records.flatMap(({ offset, data }) => [Buffer.from(`${offset} `), data, Buffer.from('\n')])),
  past: (records) => rawLines.live(records),
  heartbeat: Buffer.from(':\n'),
}

/** A person at a browser: asks once, follows from process to process by the last offset, and keeps what was shown. */
class Visitor {
  readonly events: (RunEvent | UnknownEvent)[] = []
  readonly offsets: Offset[] = []

  async ask(process: Process): Promise<RunRecord | undefined> {
    const created = await Promise.race([process.runs.create(CALLER, REQUEST), process.storage.dead])
    return created?.run
  }

  /** Follows until the end (true) or until the process dies (false). */
  async follow(process: Process, run: RunRecord): Promise<boolean> {
    const over = Promise.withResolvers<true>()
    const reader = process.hub.join(run.streamId, {
      after: this.offsets.at(-1) ?? START,
      kind: 'test',
      format: rawLines,
      sink: {
        write: (bytes) => {
          for (const line of Buffer.from(bytes).toString().split('\n').filter(Boolean)) this.take(line)
          return true
        },
        end: (why) => (why === 'complete' ? over.resolve(true) : undefined),
      },
    })
    const ended = await Promise.race([over.promise, process.storage.dead.then(() => false)])
    reader.leave()
    return ended
  }

  private take(line: string): void {
    const space = line.indexOf(' ')
    this.offsets.push(line.slice(0, space))
    this.events.push(decodeEvent(Buffer.from(line.slice(space + 1))))
  }
}

/** Plays one life after another until the run has ended; each process but the last dies at its crash point. */
async function live(crashes: readonly CrashPoint[], cancelAfter?: number) {
  const world = createWorld()
  const visitor = new Visitor()
  let run: RunRecord | undefined
  let cancelled = false
  let lives = 0
  for (const crashAt of [...crashes, undefined]) {
    lives += 1
    const process = boot(world, crashAt)
    await Promise.race([process.runs.recover(), process.storage.dead])
    run = process.storage.isDead ? run : ((await visitor.ask(process)) ?? run)
    if (process.storage.isDead || !run) continue
    const following = visitor.follow(process, run)
    if (cancelAfter !== undefined) {
      while (visitor.events.length < cancelAfter && !process.storage.isDead) await turns(1)
      const effect = await Promise.race([process.runs.cancel(CALLER, run.id), process.storage.dead])
      cancelled ||= effect?.effect === 'cancelling'
    }
    if (!(await following)) continue
    await Promise.race([process.runs.ended(CALLER, run.id, new AbortController().signal), process.storage.dead])
    if (!process.storage.isDead) break
  }
  if (!run) throw new Error('The run was never created')
  const row = await world.records.getRun(run.id)
  const all = await world.records.listRuns(CALLER, {}, { limit: 10 })
  const messages = await world.records.listMessages('c', CALLER, { limit: 10 })
  return { visitor, row, runs: all.items.length, messages: messages.items, lives, cancelled }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function expectWhole({ visitor, row, runs, messages }: Awaited<ReturnType<typeof live>>): void {
  const answer = fold(visitor.events)
  expect(answerText(answer)).toBe(EXPECTED)
  expect(answer.outcome).toBe('completed')
  expect(visitor.offsets).toEqual([...new Set(visitor.offsets)].sort())
  expect(visitor.events.filter((event) => event.type === 'run-end')).toHaveLength(1)
  expect(row).toMatchObject({ status: 'completed' })
  expect(runs).toBe(1)
  expect(messages.map((message) => message.text)).toEqual([EXPECTED, QUESTION])
}

async function countWrites(): Promise<number> {
  const world = createWorld()
  const process = boot(world)
  const { run } = await process.runs.create(CALLER, REQUEST)
  await process.runs.ended(CALLER, run.id, new AbortController().signal)
  return process.storage.writes
}

describe('a process that dies at any write', () => {
  it('loses nothing, doubles nothing, and every reader and run ends', async () => {
    const writes = await countWrites()
    expect(writes).toBeGreaterThan(20)
    for (let write = 1; write <= writes; write++) {
      for (const when of ['before', 'after'] as const) expectWhole(await live([{ write, when }]))
    }
  })

  it('and whose successors die as well, at any writes of theirs', async () => {
    const point = fc.record({ write: fc.integer({ min: 1, max: 40 }), when: fc.constantFrom('before' as const, 'after' as const) })
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 2, maxLength: 6 }), async (crashes) => {
        expectWhole(await live(crashes))
      }),
      { numRuns: 100 },
    )
  })

  it('while it is being cancelled: once the cancel was acknowledged the run ends cancelled, with a prefix of the text', async () => {
    const writes = await countWrites()
    for (const cancelAfter of [0, 5, 20]) {
      for (let write = 1; write <= writes; write += 3) {
        const { visitor, row, cancelled } = await live([{ write, when: 'after' }], cancelAfter)
        const answer = fold(visitor.events)
        expect(EXPECTED.startsWith(answerText(answer))).toBe(true)
        expect(answer.outcome).toBe(row?.status)
        expect(visitor.events.filter((event) => event.type === 'run-end')).toHaveLength(1)
        // A cancel that comes when the last words are on their way may find the run completed; one that comes first may not.
        expect(cancelAfter === 0 && cancelled ? ['cancelled'] : ['cancelled', 'completed']).toContain(answer.outcome)
      }
    }
  })
})
