/** What the server's log complains of. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

export interface Complaint {
  readonly text: string
  readonly count: number
}

/** Lines that are no part of the log: what `sluice serve` tells people at its start. */
const BANNER = /^\s*$|^ {2}(Sluice is at|Models:|Data:|Access:)/

/** Lines of level error or fatal, and everything that is neither a log line nor the banner, such as an unhandled rejection; each sort once. */
export async function complaintsIn(file: string): Promise<readonly Complaint[]> {
  const found = new Map<string, number>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const text = complaintOf(line)
    if (text === undefined) continue
    // Lines that differ in their ids only are one sort.
    const sort = text.replace(/run_[\w-]+/g, 'run_…').slice(0, 300)
    found.set(sort, (found.get(sort) ?? 0) + 1)
  }
  return [...found].map(([text, count]) => ({ text, count }))
}

function complaintOf(line: string): string | undefined {
  if (BANNER.test(line)) return undefined
  try {
    const { level, msg, err } = JSON.parse(line) as {
      readonly level?: string
      readonly msg?: string
      readonly err?: { readonly message?: string }
    }
    return level === 'error' || level === 'fatal' ? `${msg}: ${err?.message ?? ''}` : undefined
  } catch {
    return line
  }
}
