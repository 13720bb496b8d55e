/** How long an answer may be and how the model is told to think: our options in the words of each family. */
import { SluiceError } from '../../core/errors.ts'
import type { SourceOptions } from '../../ports/source.ts'
import { MIN_THINKING_BUDGET_TOKENS, type ModelTraits, traitsOf } from './models.ts'

type Effort = NonNullable<SourceOptions['reasoningEffort']>

/** Budgets for an effort, where a model wants tokens; ours, not the provider's. The least effort is not to think. */
const BUDGET_OF_EFFORT: Record<Effort, number> = { minimal: 0, low: 2_048, medium: 8_192, high: 24_576 }
const MAX_TEMPERATURE = 1
/** The part of `max_tokens` that an effort may spend on thinking; the rest stays for the answer. */
const EFFORT_SHARE = 0.5
/** The most tokens that count as low and as medium effort. */
const LOW_EFFORT_TOKENS = 4_096
const MEDIUM_EFFORT_TOKENS = 16_384

/**
 * The fields of the body that bound the output.
 *
 * `maxThinkingTokens` is a budget where the model takes one. A model that decides itself has no such bound: it gets the effort that comes nearest,
 * unless `reasoningEffort` names one, and only `max_tokens` holds it. A model that cannot think refuses the tokens, which are a demand, and ignores the
 * effort, which is a wish. Where neither is given, the model does what it does by default.
 * @param mayThink false where a budget cannot apply; see `requestBody`.
 * @throws {SluiceError} `invalid-request` for what the model's family cannot do, naming the limit.
 */
export function outputFields(model: string, options: SourceOptions, mayThink: boolean): Record<string, unknown> {
  const traits = traitsOf(model)
  const { maxOutputTokens, maxThinkingTokens, temperature } = options
  const limit = traits.maxOutputTokens
  if (maxOutputTokens !== undefined && limit !== undefined && maxOutputTokens > limit) {
    refuse(`${model} gives at most ${limit} tokens of output; maxOutputTokens is ${maxOutputTokens}. Ask for ${limit} or fewer.`)
  }
  if (maxThinkingTokens !== undefined && traits.known && traits.thinking === 'none') {
    refuse(`${model} cannot think, so maxThinkingTokens does not apply. Leave it out, or choose a newer model.`)
  }
  const maxTokens = maxOutputTokens ?? traits.defaultOutputTokens
  const thinking = thinkingFields(model, traits, options, maxTokens, mayThink)
  // Thinking and temperature exclude each other.
  const sampling = temperature === undefined || !traits.temperature || 'thinking' in thinking ? {} : { temperature }
  if (traits.known && (sampling.temperature ?? 0) > MAX_TEMPERATURE) {
    refuse(`${model} takes a temperature from 0 to ${MAX_TEMPERATURE}; it is ${temperature}. Lower it, or leave it out.`)
  }
  return { max_tokens: maxTokens, ...sampling, ...thinking }
}

function thinkingFields(
  model: string,
  { thinking }: ModelTraits,
  { maxThinkingTokens, reasoningEffort }: SourceOptions,
  maxTokens: number,
  mayThink: boolean,
): Record<string, unknown> {
  if (thinking === 'adaptive') {
    const effort = effortOf(reasoningEffort, maxThinkingTokens)
    // Without `display` the newer families think in silence: no text, only a signature.
    return effort === undefined ? {} : { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort } }
  }
  if (thinking === 'none') return {}
  const budget = budgetOf(model, reasoningEffort, maxThinkingTokens, maxTokens)
  return budget === undefined || !mayThink ? {} : { thinking: { type: 'enabled', budget_tokens: budget } }
}

function effortOf(effort: Effort | undefined, tokens: number | undefined): 'low' | 'medium' | 'high' | undefined {
  if (effort !== undefined) return effort === 'minimal' ? 'low' : effort
  if (tokens === undefined) return undefined
  return tokens <= LOW_EFFORT_TOKENS ? 'low' : tokens <= MEDIUM_EFFORT_TOKENS ? 'medium' : 'high'
}

function budgetOf(model: string, effort: Effort | undefined, tokens: number | undefined, maxTokens: number): number | undefined {
  if (tokens === undefined) {
    const wish = Math.min(effort === undefined ? 0 : BUDGET_OF_EFFORT[effort], Math.floor(maxTokens * EFFORT_SHARE))
    return wish < MIN_THINKING_BUDGET_TOKENS ? undefined : wish
  }
  if (tokens < MIN_THINKING_BUDGET_TOKENS) {
    refuse(`${model} thinks with at least ${MIN_THINKING_BUDGET_TOKENS} tokens; maxThinkingTokens is ${tokens}. Raise it, or leave it out.`)
  }
  if (tokens >= maxTokens) {
    refuse(`maxThinkingTokens (${tokens}) must be below the tokens of the whole output (${maxTokens}), since thinking counts as output.`)
  }
  return tokens
}

function refuse(message: string): never {
  throw new SluiceError('invalid-request', message)
}
