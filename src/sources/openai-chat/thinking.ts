/** How much a model should reason, in the words of each endpoint. */
import type { SourceOptions } from '../../ports/source.ts'
import type { Quirks } from './dialects.ts'

export type Effort = NonNullable<SourceOptions['reasoningEffort']>

/**
 * Tokens that an effort stands for. Google publishes 1,024, 8,192 and 24,576 for its models; OpenAI publishes none. `minimal` is a quarter of
 * `low`: next to nothing.
 */
const EFFORT_TOKENS: Readonly<Record<Effort, number>> = { minimal: 256, low: 1_024, medium: 8_192, high: 24_576 }

/**
 * The fields to send. Where a request names both an effort and a budget, the one counts that the endpoint takes as it is, and at endpoints that take
 * either the budget, because it is the more exact.
 */
export function reasoningFields(options: SourceOptions, { reasoning, efforts }: Quirks): Readonly<Record<string, unknown>> {
  const { reasoningEffort, maxThinkingTokens } = options
  if (reasoningEffort === undefined && maxThinkingTokens === undefined) return {}
  const effort = nearest(reasoningEffort === undefined ? (maxThinkingTokens ?? 0) : EFFORT_TOKENS[reasoningEffort], efforts)
  const budget = maxThinkingTokens ?? EFFORT_TOKENS[reasoningEffort ?? 'medium']
  switch (reasoning) {
    case 'effort':
      return effort === undefined ? {} : { reasoning_effort: effort }
    case 'openrouter':
      return { reasoning: maxThinkingTokens === undefined ? { effort } : { max_tokens: maxThinkingTokens } }
    case 'budget':
      return { enable_thinking: true, thinking_budget: budget }
    case 'google':
      return maxThinkingTokens === undefined
        ? { reasoning_effort: effort }
        : { extra_body: { google: { thinking_config: { thinking_budget: maxThinkingTokens } } } }
    case 'template':
      return { chat_template_kwargs: { enable_thinking: true, thinking_budget: budget } }
    case 'none':
      return {}
    default:
      return reasoning satisfies never
  }
}

/** The effort whose tokens are nearest by ratio: twice as much and half as much are equally far. */
function nearest(tokens: number, efforts: readonly Effort[]): Effort | undefined {
  const distance = (effort: Effort): number => Math.abs(Math.log(Math.max(tokens, 1) / EFFORT_TOKENS[effort]))
  return efforts.toSorted((one, other) => distance(one) - distance(other))[0]
}
