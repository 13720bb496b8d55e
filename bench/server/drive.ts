/** The two ways in which events are written: as fast as the readers take them, and at a steady rate. */
import { setTimeout as wait } from 'node:timers/promises'
import { nowMicros, stamp } from '../stamp.ts'
import { cpuMicros, percentile } from '../stats.ts'
import type { Acks } from './acks.ts'
import type { Contender } from './contender.ts'

export interface FanOutLoad {
  readonly readers: number
  /** Bytes of one event on the wire of one reader. */
  readonly frameBytes: number
  /** Events that may be under way. */
  readonly window: number
  readonly warmMs: number
  readonly measureMs: number
}

export interface FanOutRun {
  readonly events: number
  readonly seconds: number
  readonly cpuMicros: number
}

/** One stream, an event per turn of the event loop, no more than a window ahead of the readers. */
export async function driveFanOut(contender: Contender, acks: Acks, load: FanOutLoad): Promise<FanOutRun> {
  await drivePhase(contender, acks, load, load.warmMs)
  const [cpu, start] = [cpuMicros(), nowMicros()]
  const events = await drivePhase(contender, acks, load, load.measureMs)
  return { events, seconds: (nowMicros() - start) / 1e6, cpuMicros: cpuMicros() - cpu }
}

async function drivePhase(contender: Contender, acks: Acks, load: FanOutLoad, forMs: number): Promise<number> {
  const eventBytes = load.frameBytes * load.readers
  const until = nowMicros() + forMs * 1e3
  let events = 0
  acks.reset()
  while (nowMicros() < until) {
    await acks.reached((events - load.window + 1) * eventBytes)
    contender.write(0, stamp())
    events++
    await contender.written(0)
  }
  await acks.reached(events * eventBytes)
  return events
}

export interface PacedLoad {
  readonly streams: number
  readonly eventsPerSecond: number
  readonly warmMs: number
  readonly measureMs: number
}

export interface PacedRun {
  /** Events of the whole run, warm-up included. */
  readonly events: number
  /** Stamps from here on, up to `untilMicros`, belong to the measurement. */
  readonly fromMicros: number
  readonly untilMicros: number
  readonly cpuMicros: number
  readonly seconds: number
  /** How late events were written against the plan, 99 of 100: what the latencies, counted from the writing, do not show. */
  readonly lateP99Ms: number
}

/** Every stream gets its events at a steady rate, evenly spread over time. */
export async function drivePaced(contender: Contender, load: PacedLoad): Promise<PacedRun> {
  const perMs = (load.streams * load.eventsPerSecond) / 1e3
  const start = nowMicros()
  let events = 0
  const late: number[] = []
  const runFor = async (ms: number, onWrite: (lateMs: number) => void): Promise<void> => {
    const until = (nowMicros() - start) / 1e3 + ms
    for (let now = 0; now < until; ) {
      await wait(1)
      now = (nowMicros() - start) / 1e3
      for (const due = now * perMs; events < due; events++) {
        contender.write(events % load.streams, stamp())
        onWrite(now - events / perMs)
      }
    }
  }
  await runFor(load.warmMs, () => {})
  const [cpu, fromMicros] = [cpuMicros(), nowMicros()]
  await runFor(load.measureMs, (lateMs) => late.push(lateMs))
  const [usedMicros, untilMicros] = [cpuMicros() - cpu, nowMicros()]
  return {
    events,
    fromMicros,
    untilMicros,
    cpuMicros: usedMicros,
    seconds: (untilMicros - fromMicros) / 1e6,
    lateP99Ms: percentile(Float64Array.from(late).sort(), 0.99),
  }
}
