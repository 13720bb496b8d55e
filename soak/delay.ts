/** How late the timers of this process are: whoever measures on a busy machine has to know what the measuring itself adds. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LatencyFigures } from './histogram.ts'

const RESOLUTION_MS = 10

export interface DelayWatch {
  /** Since the start. */
  figures(): LatencyFigures
}

export function watchDelay(): DelayWatch {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  monitor.enable()
  // What it notes is the time between two ticks of its timer.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  return {
    figures: () => ({
      count: monitor.count,
      p50Ms: late(monitor.percentile(50)),
      p99Ms: late(monitor.percentile(99)),
      maxMs: late(monitor.max),
    }),
  }
}
