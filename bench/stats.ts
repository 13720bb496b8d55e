/** The little statistics that the benchmarks need. */

export function median(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5)
}

/** @param sorted ascending. Between two values it interpolates; NaN for none. */
export function percentile(sorted: Float64Array, part: number): number {
  const at = (sorted.length - 1) * part
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** Microseconds of CPU that this process has used, all threads and the kernel's work for them. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
