/** One server under a steady load. */
import type { LatencySummary } from './load/latencies.ts'
import { withPair } from './pair.ts'
import { profileFile } from './profile.ts'
import type { PacedLoad } from './server/drive.ts'
import type { ContenderName } from './server/main.ts'

export interface PaceSample extends LatencySummary {
  /** Share of one core that the server used. */
  readonly core: number
  /** Events written per second. */
  readonly rate: number
  /** How far the writing lagged behind the plan, 99 of 100. */
  readonly lateP99Ms: number
}

export interface PaceOptions {
  readonly name: ContenderName
  readonly readersPerStream: number
  readonly load: PacedLoad
  /** Folder for a CPU profile of the server. */
  readonly profile: string | undefined
}

/** @throws when an event does not reach each of its readers exactly once. */
export function measurePace({ name, readersPerStream, load, profile }: PaceOptions): Promise<PaceSample> {
  return withPair({ name, streams: load.streams }, async (pair) => {
    await pair.connect(readersPerStream)
    await pair.reach()
    const planned = ((load.warmMs + load.measureMs) / 1e3) * load.streams * load.eventsPerSecond * readersPerStream
    await pair.load.call('time', { maxEvents: Math.ceil(planned * 1.5) })
    const run = await pair.server.call('paced', { ...load, profile: profileFile(profile, name) })
    const { fromMicros, untilMicros, seconds, cpuMicros, lateP99Ms } = run
    const latencies = await pair.load.call('latencies', { events: run.events * readersPerStream, fromMicros, untilMicros })
    return { ...latencies, core: cpuMicros / (seconds * 1e6), rate: latencies.events / readersPerStream / seconds, lateP99Ms }
  })
}
