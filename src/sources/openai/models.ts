/**
 * What is known of OpenAI's models, by family. A model that fits no family is not refused: the API knows best what it has.
 *
 * Sources, read 2026-11-21: the reasoning guide and the deployment checklist at developers.openai.com for the efforts, the catalogue of
 * github.com/anomalyco/models.dev and the table of @ai-sdk/openai 4.0.118 where those are silent; models.dev for the output limits.
 */

/** How much a model reasons, from little to much. The API also has `none`: who names tokens to reason with does not mean it. */
export const EFFORTS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

export type Effort = (typeof EFFORTS)[number]

export interface ModelFamily {
  readonly family: string
  /** Efforts that it accepts; empty for models that do not reason. */
  readonly efforts: readonly Effort[]
  /** Most tokens of one output, reasoning included; absent where no page says. */
  readonly maxOutputTokens?: number
}

interface Row extends ModelFamily {
  readonly models: RegExp
}

const LOW_TO_HIGH = ['low', 'medium', 'high'] as const
const LOW_TO_XHIGH = ['low', 'medium', 'high', 'xhigh'] as const
const LOW_TO_MAX = ['low', 'medium', 'high', 'xhigh', 'max'] as const

/** The first row that fits counts, so the special ones come first. */
const FAMILIES: readonly Row[] = [
  { family: 'gpt-6', models: /^gpt-6(\.\d+)?(-|$)/, efforts: LOW_TO_MAX },
  { family: 'gpt-5-chat', models: /^gpt-5-chat(-|$)/, efforts: [], maxOutputTokens: 16_384 },
  { family: 'gpt-5.x-chat', models: /^gpt-5\.\d+-chat(-|$)/, efforts: ['medium'], maxOutputTokens: 16_384 },
  { family: 'gpt-5-pro', models: /^gpt-5-pro(-|$)/, efforts: ['high'], maxOutputTokens: 272_000 },
  { family: 'gpt-5.x-pro', models: /^gpt-5\.\d+-pro(-|$)/, efforts: ['medium', 'high', 'xhigh'], maxOutputTokens: 128_000 },
  { family: 'gpt-5.6', models: /^gpt-5\.6(-|$)/, efforts: LOW_TO_MAX, maxOutputTokens: 128_000 },
  { family: 'gpt-5.2 to 5.5', models: /^gpt-5\.[2-5](-|$)/, efforts: LOW_TO_XHIGH, maxOutputTokens: 128_000 },
  { family: 'gpt-5.1-codex-max', models: /^gpt-5\.1-codex-max(-|$)/, efforts: LOW_TO_XHIGH, maxOutputTokens: 128_000 },
  { family: 'gpt-5.1', models: /^gpt-5\.1(-|$)/, efforts: LOW_TO_HIGH, maxOutputTokens: 128_000 },
  { family: 'gpt-5-codex', models: /^gpt-5-codex(-|$)/, efforts: LOW_TO_HIGH, maxOutputTokens: 128_000 },
  { family: 'gpt-5', models: /^gpt-5(-|$)/, efforts: ['minimal', 'low', 'medium', 'high'], maxOutputTokens: 128_000 },
  { family: 'deep research', models: /^o[34](-mini)?-deep-research(-|$)/, efforts: ['medium'], maxOutputTokens: 100_000 },
  { family: 'o-series', models: /^o[134](-|$)/, efforts: LOW_TO_HIGH, maxOutputTokens: 100_000 },
  { family: 'gpt-4.1', models: /^gpt-4\.1(-|$)/, efforts: [], maxOutputTokens: 32_768 },
  { family: 'gpt-4o', models: /^(gpt|chatgpt)-4o(-|$)/, efforts: [], maxOutputTokens: 16_384 },
  { family: 'gpt-4 and before', models: /^gpt-(4|3\.5)(-|$)/, efforts: [] },
]

/** For models of no family that we know: what every reasoning model but a few special ones accepts. */
const UNKNOWN: ModelFamily = { family: 'unknown', efforts: LOW_TO_HIGH }

/** What is known of a model; fine-tuned ones (`ft:gpt-4.1:…`) are as what they were made from. */
export function familyOf(model: string): ModelFamily {
  const name = model.replace(/^ft:/, '').split(':', 1)[0] ?? ''
  return FAMILIES.find(({ models }) => models.test(name)) ?? UNKNOWN
}

/**
 * Tokens that an effort stands for. OpenAI names none. `low` to `high` are the figures of the one published table of that kind, Google's for
 * its OpenAI-compatible API (ai.google.dev, "OpenAI compatibility"); the others go on from there, and are ours.
 */
const TOKENS: Readonly<Record<Effort, number>> = {
  minimal: 256,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 49_152,
  max: 98_304,
}

/** The effort of a family that comes nearest to a number of tokens, by ratio; absent for a family that does not reason. */
export function effortFor({ efforts }: ModelFamily, tokens: number): Effort | undefined {
  const distance = (effort: Effort): number => Math.abs(Math.log(tokens / TOKENS[effort]))
  return efforts.toSorted((a, b) => distance(a) - distance(b))[0]
}
