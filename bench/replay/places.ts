/** What is replayed, and where it lies. */
import { join } from 'node:path'

export interface Replayed {
  readonly folder: string
  readonly streams: number
  /** Of each stream. */
  readonly events: number
}

/** Files with the same bytes: more than the caches of a processor hold, fewer than would fill a small disk. */
export const WIRE_FILES = 100

export function runId(stream: number): string {
  return `run_bench_${stream}`
}

export function wireFile(folder: string, index: number): string {
  return join(folder, 'wire', `${index % WIRE_FILES}.sse`)
}
