/** Token counts of a chunk, wherever a server puts them. */
import type { Usage } from '../../core/event.ts'
import { countAt, objectAt, type Wire } from '../shared/wire.ts'

/**
 * What a chunk says was used so far; absent when it says nothing. The last one of a response counts.
 * @param first the chunk's first choice.
 */
export function usageIn(chunk: Wire, first: Wire | undefined): Usage | undefined {
  const usage =
    objectAt(chunk, 'usage') ??
    // Groq once sent it here only, and still sends both; Moonshot puts it into the choice.
    objectAt(objectAt(chunk, 'x_groq'), 'usage') ??
    objectAt(first, 'usage')
  if (usage === undefined) return undefined
  const reasoningTokens = countAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens')
  const counts = {
    inputTokens: countAt(usage, 'prompt_tokens'),
    outputTokens: outputTokens(usage, reasoningTokens),
    reasoningTokens,
    // DeepSeek's older servers have only the second name.
    cachedInputTokens: countAt(objectAt(usage, 'prompt_tokens_details'), 'cached_tokens') ?? countAt(usage, 'prompt_cache_hit_tokens'),
  }
  const known = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined))
  return Object.keys(known).length === 0 ? undefined : { ...known, basis: 'reported' }
}

/** The whole output. xAI does not count its reasoning among the completion; its total shows that, and nothing else would. */
function outputTokens(usage: Wire, reasoning: number | undefined): number | undefined {
  const completion = countAt(usage, 'completion_tokens')
  const prompt = countAt(usage, 'prompt_tokens')
  if (completion === undefined || prompt === undefined || reasoning === undefined) return completion
  return countAt(usage, 'total_tokens') === prompt + completion + reasoning ? completion + reasoning : completion
}
