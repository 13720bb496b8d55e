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
 *
 * An input or output of 0 reads as not known: no prompt is empty and no answer free, and those who do not count, gateways above all, say 0.
 */
export function usageOf(counts: Wire): Usage {
  const read = countAt(counts, 'cache_read_input_tokens')
  const input = (countAt(counts, 'input_tokens') ?? 0) + (countAt(counts, 'cache_creation_input_tokens') ?? 0) + (read ?? 0)
  const output = countAt(counts, 'output_tokens') ?? 0
  const reasoning = countAt(objectAt(counts, 'output_tokens_details'), 'thinking_tokens')
  const known = {
    ...(input === 0 ? {} : { inputTokens: input }),
    ...(output === 0 ? {} : { outputTokens: output }),
    ...(output === 0 || reasoning === undefined ? {} : { reasoningTokens: reasoning }),
    ...(input === 0 || read === undefined ? {} : { cachedInputTokens: read }),
  }
  return { ...known, basis: input === 0 && output === 0 ? 'unknown' : 'reported' }
}
