/** CPU profiles of the load alone: starting a process takes longer than many a measurement, and would hide it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { dirname, join } from 'node:path'

/** Finer than the default of a millisecond: measurements take a second or two. */
const SAMPLING_INTERVAL_MICROS = 250

/** What a call to a child says of profiling. */
export interface Profiled {
  /** File for a CPU profile of what the call does. */
  readonly profile?: string | undefined
}

/** Where the profile of a contender goes; nowhere without a folder. */
export function profileFile(folder: string | undefined, name: string): string | undefined {
  return folder === undefined ? undefined : join(folder, `${name.replaceAll(/[^\w.]+/g, '-')}-${Date.now()}.cpuprofile`)
}

/** Runs something and writes its CPU profile to `file`, which `bench/hot.ts` and browsers read; without a file it only runs. */
export async function profiled<T>(file: string | undefined, run: () => Promise<T>): Promise<T> {
  if (file === undefined) return run()
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_MICROS })
    await session.post('Profiler.start')
    const result = await run()
    const { profile } = await session.post('Profiler.stop')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify(profile))
    return result
  } finally {
    session.disconnect()
  }
}
