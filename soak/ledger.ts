/** What was tried, what went wrong and why: every operation is counted, and every error has a cause that people can read. */

/** What a client of the server can do. A run is one too: it has to end as its plan foretells. */
export type Operation = 'create' | 'read' | 'resume' | 'cancel' | 'look' | 'run'

export interface Ledger {
  /** An operation whose result was the one foretold. */
  right(operation: Operation): void
  /** One whose result was not. `cause` groups errors, `detail` tells of this one. */
  wrong(operation: Operation, cause: string, detail: string): void
  /** A fault that was made on purpose, with what honestly came of it. */
  injected(fault: string, outcome: string): void
  readonly summary: LedgerSummary
}

export interface LedgerSummary {
  readonly operations: Readonly<Record<string, number>>
  readonly total: number
  readonly errors: readonly { readonly cause: string; readonly count: number; readonly examples: readonly string[] }[]
  readonly errorCount: number
  /** Errors of all operations, from 0 to 1. */
  readonly errorRate: number
  readonly faults: Readonly<Record<string, number>>
}

/** Examples that are kept of each cause. */
const MAX_EXAMPLES = 5

export function createLedger(): Ledger {
  const operations = new Map<string, number>()
  const faults = new Map<string, number>()
  const errors = new Map<string, { count: number; readonly examples: string[] }>()
  const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1)
  return {
    right: (operation) => add(operations, operation),
    wrong(operation, cause, detail) {
      add(operations, operation)
      const key = `${operation}: ${cause}`
      const known = errors.get(key) ?? { count: 0, examples: [] }
      known.count++
      if (known.examples.length < MAX_EXAMPLES) known.examples.push(detail)
      errors.set(key, known)
    },
    injected: (fault, outcome) => add(faults, `${fault} -> ${outcome}`),
    get summary() {
      const total = sum(operations.values())
      const errorCount = sum([...errors.values()].map(({ count }) => count))
      return {
        operations: Object.fromEntries(operations),
        total,
        errors: [...errors].map(([cause, { count, examples }]) => ({ cause, count, examples })),
        errorCount,
        errorRate: total === 0 ? 0 : errorCount / total,
        faults: Object.fromEntries([...faults].sort(([a], [b]) => a.localeCompare(b))),
      }
    },
  }
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
