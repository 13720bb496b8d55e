/** What a benchmark gives back: a table, how it stands against the targets, and every single measurement. */

export interface Section {
  readonly name: string
  readonly title: string
  /** One line that says how to read the table. */
  readonly note: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly verdicts: readonly Verdict[]
  readonly samples: unknown
}

/** One line of the targets. */
export interface Verdict {
  readonly what: string
  readonly measured: number
  readonly limit: number
  /** Whether the measured value should not exceed the limit, or should reach it. */
  readonly wanted: 'at most' | 'at least'
  readonly unit: string
}

export interface BenchOptions {
  readonly quick: boolean
  /** Folder for CPU profiles of the servers. */
  readonly profile?: string | undefined
  /** Told what is being done, for people who wait. */
  readonly progress: (what: string) => void
}

/** `met`, or by how much not. */
export function judge({ measured, limit, wanted }: Verdict): string {
  const met = wanted === 'at most' ? measured <= limit : measured >= limit
  if (met) return 'met'
  const by = wanted === 'at most' ? measured / limit - 1 : 1 - measured / limit
  return `missed by ${(by * 100).toFixed(0)} %`
}

/** A number as people read it: three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toPrecision(3)}M`
  if (Math.abs(value) >= 1e4) return `${(value / 1e3).toPrecision(3)}k`
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

/** The same measurement of several contenders, one after the other and then again, so that a noisy moment hits all of them. */
export async function interleave<N extends string, T>(
  names: readonly N[],
  rounds: number,
  measure: (name: N, round: number) => Promise<T>,
): Promise<Map<N, T[]>> {
  const results = new Map<N, T[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results.get(name)?.push(await measure(name, round))
  }
  return results
}
