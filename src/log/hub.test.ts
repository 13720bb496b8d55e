import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { START } from '../core/offset.ts'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import type { Observation } from '../ports/observer.ts'
import { createHub, type Reader } from './hub.ts'
import { createRecordingSink, createScriptedLog, offsetLines, type RecordingSink } from './testing/scripted-log.ts'

function setUp(pageSize?: number, turn = async (): Promise<void> => {}) {
  const clock = createFakeClock()
  const log = createScriptedLog(pageSize)
  const seen: Observation[] = []
  const hub = createHub({ store: log.store, clock, turn, observer: (observation) => seen.push(observation) })
  const join = (after = START): { sink: RecordingSink; reader: Reader } => {
    const sink = createRecordingSink()
    return { sink, reader: hub.join('s', { after, kind: 'test', format: offsetLines, sink }) }
  }
  const settle = async (): Promise<void> => {
    while (log.waitingReads > 0 || log.waitingHints > 0) {
      log.deliverHint()
      await log.answerRead()
    }
  }
  return { clock, log, hub, seen, join, settle }
}

describe('a reader', () => {
  it('gets the past page by page, then what is new, then the end', async () => {
    const { log, join, settle } = setUp()
    log.commit(7)
    const { sink } = join()
    await settle()
    expect(sink.offsets).toEqual(log.offsets)
    log.commit(1)
    log.commit(2, true)
    await settle()
    expect(sink.offsets).toEqual(log.offsets)
    expect(sink.ended).toBe('complete')
  })

  it('leaves everybody else a turn between two pages of a long past', async () => {
    const turns: (() => void)[] = []
    const { log, join, settle } = setUp(2, () => new Promise((resolve) => void turns.push(resolve)))
    log.commit(6)
    log.deliverHint()
    const { sink } = join()
    for (const pages of [1, 2, 3]) {
      await settle()
      expect(sink.offsets).toEqual(log.offsets.slice(0, pages * 2))
      expect(turns).toHaveLength(pages < 3 ? 1 : 0)
      turns.pop()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  it('shares the bytes of what is new with all others of its format', async () => {
    const { log, join, settle } = setUp()
    const readers = [join(), join(), join()]
    await settle()
    log.commit(2)
    log.deliverHint()
    const chunks = readers.map(({ sink }) => sink.chunks.at(-1))
    expect(chunks[0]).toBeDefined()
    expect(chunks[1]).toBe(chunks[0])
    expect(chunks[2]).toBe(chunks[0])
  })

  it('shares the reading of the past with others that come to the same place', async () => {
    const { log, join, settle } = setUp()
    log.commit(9)
    log.deliverHint()
    const readers = Array.from({ length: 50 }, () => join())
    await settle()
    for (const { sink } of readers) expect(sink.offsets).toEqual(log.offsets)
    expect(log.reads).toBeLessThan(10)
  })

  it('is written nothing while it is full, and then gets what it missed from the log', async () => {
    const { log, join, settle, seen } = setUp()
    const { sink, reader } = join()
    await settle()
    sink.full = true
    log.commit(1)
    log.deliverHint()
    for (let round = 0; round < 500; round++) {
      log.commit(1)
      log.deliverHint()
    }
    expect(sink.offsets).toHaveLength(1)
    expect(seen).toContainEqual({ type: 'reader-lagging', streamId: 's' })
    sink.full = false
    reader.drained()
    await settle()
    expect(sink.offsets).toEqual(log.offsets)
  })

  it('that takes nothing for five minutes is sent away', async () => {
    const { log, join, settle, clock, hub } = setUp()
    const { sink } = join()
    await settle()
    sink.full = true
    log.commit(1)
    log.deliverHint()
    clock.advance(299_000)
    expect(sink.ended).toBeUndefined()
    clock.advance(20_000)
    expect(sink.ended).toBe('reconnect')
    expect(hub.readers('s')).toEqual([])
  })

  it('gets a heartbeat each 15 s', async () => {
    const { join, settle, clock } = setUp()
    const { sink } = join()
    await settle()
    clock.advance(60_000)
    expect(sink.heartbeats).toBe(4)
  })

  it('is not written to in the same moment as all that came with it', async () => {
    const { join, settle, clock } = setUp()
    const sinks = Array.from({ length: 30 }, () => join().sink)
    await settle()
    for (let second = 1; second <= 15; second++) {
      clock.advance(1_000)
      expect(sinks.filter((sink) => sink.heartbeats === 1)).toHaveLength(second * 2)
    }
  })

  it('whose hint was lost is healed from the log within a heartbeat', async () => {
    const { log, join, settle, clock } = setUp()
    const { sink } = join()
    await settle()
    log.commit(4, true)
    log.loseHint()
    clock.advance(15_000)
    for (let turn = 0; turn < 10; turn++) await log.answerRead()
    expect(sink.offsets).toEqual(log.offsets)
    expect(sink.ended).toBe('complete')
  })

  it('whose position is lost is told to come back, and the gap is reported', async () => {
    const { log, join, seen } = setUp()
    log.failNextRead(new SluiceError('gone', 'trimmed'))
    const { sink } = join()
    await log.answerRead()
    expect(sink.ended).toBe('reconnect')
    expect(seen).toContainEqual({ type: 'gap', streamId: 's' })
  })

  it('is known while it is there, and nothing is kept of it afterwards', async () => {
    const { log, join, settle, hub, clock } = setUp()
    const { reader } = join()
    await settle()
    expect(hub.readers('s')).toEqual([{ kind: 'test', since: clock.now() }])
    expect(log.watchers).toBe(1)
    reader.leave()
    reader.leave()
    expect(hub.readers('s')).toEqual([])
    expect(log.watchers).toBe(0)
  })

  it('is told to reconnect when the server drains, and so is one that comes later', async () => {
    const { join, settle, hub, clock } = setUp()
    const { sink } = join()
    await settle()
    hub.close()
    expect(sink.ended).toBe('reconnect')
    expect(join().sink.ended).toBe('reconnect')
    expect(clock.pending).toBe(0)
  })
})

describe('at the seam of past and live', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 4, arbitrary: fc.constant({ do: 'hint' as const }) },
    { weight: 4, arbitrary: fc.constant({ do: 'read' as const }) },
    fc.constant({ do: 'lose' as const }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), at: fc.nat(20) }) },
    fc.record({ do: fc.constant('fill' as const), reader: fc.nat(5) }),
    fc.record({ do: fc.constant('drain' as const), reader: fc.nat(5) }),
  )

  it('no reader misses or doubles anything, whatever the timing of commits, hints, reads and full sockets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { log, join, settle, clock } = setUp(2)
        const readers: { from: number; sink: RecordingSink; reader: Reader }[] = []
        for (const action of steps) {
          if (action.do === 'commit') log.commit(action.count)
          else if (action.do === 'hint') log.deliverHint()
          else if (action.do === 'read') await log.answerRead()
          else if (action.do === 'lose') log.loseHint()
          else if (action.do === 'join') {
            const from = Math.min(action.at, log.offsets.length)
            readers.push({ from, ...join(log.offsets[from - 1] ?? START) })
          } else {
            const one = readers[action.reader]
            if (!one) continue
            one.sink.full = action.do === 'fill'
            if (action.do === 'drain') one.reader.drained()
          }
        }
        log.commit(1, true)
        for (const { sink } of readers) sink.full = false
        for (const { reader } of readers) reader.drained()
        await settle()
        clock.advance(15_000)
        for (let turn = 0; turn < 5; turn++) await log.answerRead()
        await settle()
        for (const { sink, from } of readers) {
          expect(sink.offsets).toEqual(log.offsets.slice(from))
          expect(sink.ended).toBe('complete')
        }
      }),
      { numRuns: 500 },
    )
  })
})
