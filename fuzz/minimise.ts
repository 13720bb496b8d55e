/** Delta debugging on bytes: the smallest input, as far as removing pieces goes, that still does what the whole did. */
import { replaced } from './mutate/bytes.ts'

const NOTHING = new Uint8Array(0)

/**
 * @param keeps whether a smaller input still does it.
 * @param maxRuns how often `keeps` may be asked.
 */
export async function minimise(input: Uint8Array, keeps: (smaller: Uint8Array) => Promise<boolean>, maxRuns: number): Promise<Uint8Array> {
  let best = input
  let runs = 0
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let shrank = true
    while (shrank) {
      shrank = false
      // From the end: what comes late depends on what comes early, not the other way round.
      for (let at = best.length - size; at > -size && runs < maxRuns; at -= size) {
        const from = Math.max(0, at)
        const smaller = replaced(best, from, Math.min(size, best.length - from), NOTHING)
        if (smaller.length >= best.length) continue
        runs++
        if (!(await keeps(smaller))) continue
        best = smaller
        shrank = true
      }
    }
  }
  return best
}
