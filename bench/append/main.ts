/** Writers in a closed loop against one log, in a process of their own. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AppendSample } from '../append.ts'
import { answerCalls } from '../child.ts'
import { type Profiled, profiled } from '../profile.ts'
import { nowMicros } from '../stamp.ts'
import { cpuMicros, percentile } from '../stats.ts'
import { createFileSync } from './file-sync.ts'
import type { AppendLog } from './log.ts'
import { createRowPerEvent } from './row-per-event.ts'
import { createSluiceLog } from './sluice.ts'

const LOGS = {
  'sluice sqlite': createSluiceLog,
  'file + fdatasync': createFileSync,
  'sqlite row per event': createRowPerEvent,
} as const satisfies Record<string, (streams: number, folder: string) => Promise<AppendLog>>

export type AppendName = keyof typeof LOGS

export interface AppendLoad {
  readonly name: AppendName
  readonly writers: number
  readonly folder: string
  readonly warmMs: number
  readonly measureMs: number
}

const EVENT_BYTES = 60
/** Latencies that are noted; further events are only counted. */
const MAX_NOTED = 4_000_000
/** A log that never makes anybody wait must still let timers and the IPC have their turn. */
const TURN_EVERY_EVENTS = 1_024

async function run({ name, writers, folder, warmMs, measureMs, profile }: AppendLoad & Profiled): Promise<AppendSample> {
  const log = await LOGS[name](writers, folder)
  const event = Buffer.alloc(EVENT_BYTES, 'x')
  const noted = new Float64Array(MAX_NOTED)
  let count = 0
  let stopAt = 0

  const write = async (stream: number): Promise<void> => {
    for (let before = nowMicros(); before < stopAt; ) {
      await log.append(stream, event)
      const after = nowMicros()
      noted[count++ % MAX_NOTED] = after - before
      before = after
      if (count % TURN_EVERY_EVENTS === 0) await nextTurn()
    }
  }
  const phase = async (ms: number): Promise<void> => {
    count = 0
    stopAt = nowMicros() + ms * 1e3
    await Promise.all(Array.from({ length: writers }, (_, stream) => write(stream)))
  }
  await phase(warmMs)
  const [cpu, start] = [cpuMicros(), nowMicros()]
  await profiled(profile, () => phase(measureMs))
  const [usedMicros, tookMicros] = [cpuMicros() - cpu, nowMicros() - start]
  await log.close()
  const sorted = noted.subarray(0, Math.min(count, MAX_NOTED)).sort()
  return {
    eventsPerSecond: (count / tookMicros) * 1e6,
    p50Ms: percentile(sorted, 0.5) / 1e3,
    p99Ms: percentile(sorted, 0.99) / 1e3,
    cpu: usedMicros / count,
  }
}

const calls = { run }

export type AppendCalls = typeof calls

answerCalls(calls, async () => {})
