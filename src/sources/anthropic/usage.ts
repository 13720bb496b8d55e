/** What a message used, as the provider counts it. */
import type { Usage } from '../../core/event.ts'
import { countAt, objectAt, type Wire } from '../shared/wire.ts'

/**
 * The counts so far and newer ones. They are totals of the whole message, also in `message_delta`: a newer one replaces, and one that is absent or
 * null says nothing.
 */
export function mergedCounts(counts: Wire, newer: Wire | undefined): Wire {
  return { ...counts, ...Object.fromEntries(Object.entries(newer ?? {}).filter(([, value]) => value !== null)) }
}

/**
 * `input_tokens` on the wire leaves out what went through the cache; `inputTokens` is the whole input: that, what was written to the cache and what was
 * read from it. `cachedInputTokens` is the part that was read. Thinking counts as output.
 */
export function usageOf(counts: Wire): Usage {
  const plain = countAt(counts, 'input_tokens')
  const written = countAt(counts, 'cache_creation_input_tokens') ?? 0
  const read = countAt(counts, 'cache_read_input_tokens')
  const known = {
    inputTokens: plain === undefined ? undefined : plain + written + (read ?? 0),
    outputTokens: countAt(counts, 'output_tokens'),
    reasoningTokens: countAt(objectAt(counts, 'output_tokens_details'), 'thinking_tokens'),
    cachedInputTokens: read,
  }
  const entries = Object.entries(known).filter(([, count]) => count !== undefined)
  return { ...Object.fromEntries(entries), basis: entries.length === 0 ? 'unknown' : 'reported' }
}
