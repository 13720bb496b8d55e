/**
 * What the models of Anthropic can do, by family: the one place that knows.
 *
 * Sources, as seen on 2026-11-21: `catalogue` is the model catalogue in `@ai-sdk/anthropic` 4.0.105, `sdk` is what `@anthropic-ai/sdk` 1.12.0 lists
 * and warns of, `reports` are users' reports of what the API answered (opencode#22404, litellm#27967, hermes-agent#11137), `tables` are the model tables of
 * several public clients, for families that are no longer sold.
 */

/**
 * How a model is told to think.
 * `budget`: in tokens, at least `MIN_THINKING_BUDGET_TOKENS` and below `max_tokens`. `adaptive`: it decides itself, and is told how much effort the
 * answer is worth.
 */
export type ThinkingKind = 'budget' | 'adaptive' | 'none'

export interface ModelTraits {
  /** Most tokens of one response, thinking included. Absent where it is not known. */
  readonly maxOutputTokens?: number
  /** `max_tokens` when nobody says; the API demands a number. */
  readonly defaultOutputTokens: number
  readonly thinking: ThinkingKind
  /** Whether an answer can go on from a last message of the assistant. */
  readonly prefill: boolean
  /** Whether it takes a `temperature` while it does not think. Newer families answer 400 to one. */
  readonly temperature: boolean
}

interface Row {
  /** Start of the names: `claude-opus-4-1` is followed by a date, by `-latest`, or by nothing. */
  readonly family: string
  readonly maxOutputTokens: number
  readonly thinking: ThinkingKind
  readonly prefill: boolean
  readonly temperature: boolean
  readonly source: string
  /** When that source was read. */
  readonly date: string
}

/** The API's own minimum. */
export const MIN_THINKING_BUDGET_TOKENS = 1_024

const DATE = '2026-11-21'
const NEWEST = { maxOutputTokens: 128_000, thinking: 'adaptive', prefill: false, temperature: false, date: DATE } as const
const FIRST_ADAPTIVE = { ...NEWEST, temperature: true } as const
const FOUR = { thinking: 'budget', prefill: true, temperature: true, date: DATE } as const
const THREE = { thinking: 'none', prefill: true, temperature: true, date: DATE } as const

export const MODEL_TABLE: readonly Row[] = [
  { family: 'claude-opus-5-5', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-sonnet-5-5', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-haiku-5-5', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-fable-5-2', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-fable-5-1', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-fable-5', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-opus-5', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-sonnet-5', ...NEWEST, source: 'catalogue, sdk, reports' },
  { family: 'claude-opus-4-8', ...NEWEST, source: 'catalogue, sdk' },
  { family: 'claude-opus-4-7', ...NEWEST, source: 'catalogue, sdk, reports' },
  { family: 'claude-opus-4-6', ...FIRST_ADAPTIVE, source: 'catalogue, sdk, reports' },
  { family: 'claude-sonnet-4-6', ...FIRST_ADAPTIVE, source: 'catalogue, sdk, reports' },
  { family: 'claude-opus-4-5', maxOutputTokens: 64_000, ...FOUR, source: 'catalogue, sdk' },
  { family: 'claude-sonnet-4-5', maxOutputTokens: 64_000, ...FOUR, source: 'catalogue, sdk (end of life 2026-11-30)' },
  { family: 'claude-haiku-4-5', maxOutputTokens: 64_000, ...FOUR, source: 'catalogue, sdk' },
  { family: 'claude-opus-4-1', maxOutputTokens: 32_000, ...FOUR, source: 'catalogue' },
  { family: 'claude-opus-4', maxOutputTokens: 32_000, ...FOUR, source: 'catalogue' },
  { family: 'claude-sonnet-4', maxOutputTokens: 64_000, ...FOUR, source: 'catalogue' },
  { family: 'claude-3-7-sonnet', maxOutputTokens: 64_000, ...FOUR, source: 'tables' },
  { family: 'claude-3-5-haiku', maxOutputTokens: 8_192, ...THREE, source: 'tables' },
  { family: 'claude-3-5-sonnet', maxOutputTokens: 8_192, ...THREE, source: 'tables' },
  { family: 'claude-3-haiku', maxOutputTokens: 4_096, ...THREE, source: 'catalogue' },
  { family: 'claude-3-opus', maxOutputTokens: 4_096, ...THREE, source: 'tables' },
]

/** A Claude that is newer than the table: what all families of the last year share, and an output that each of them can give. */
const UNKNOWN_CLAUDE: ModelTraits = { defaultOutputTokens: 32_000, thinking: 'adaptive', prefill: false, temperature: false }
/** Any other model behind an endpoint that speaks this API: nothing but what the API cannot do without. */
const UNKNOWN_OTHER: ModelTraits = { defaultOutputTokens: 8_192, thinking: 'none', prefill: false, temperature: true }

/** Where a version goes on after the family: `-6` makes `claude-opus-4-6` another family than `claude-opus-4`, `-20250514` does not, nor does `-0`. */
const FAMILIES = MODEL_TABLE.map((row) => ({ row, name: new RegExp(`(?<![a-z0-9-])${row.family}(?!\\d)(?!-(?!0(?!\\d))\\d{1,2}(?!\\d))`) }))

/**
 * What a model can do. Names may carry a date, and the prefixes and suffixes of other clouds (`us.anthropic.claude-…-v1:0`). Never fails: a Claude that
 * the table does not know is taken for a new one, and any other model for one that only writes.
 */
export function traitsOf(model: string): ModelTraits & { readonly known: boolean } {
  // Some gateways write versions with a dot.
  const name = model.toLowerCase().replaceAll(/(?<=\d)\.(?=\d)/g, '-')
  const row = FAMILIES.find((one) => one.name.test(name))?.row
  if (row === undefined) return { ...(/(?<![a-z0-9])claude-/.test(name) ? UNKNOWN_CLAUDE : UNKNOWN_OTHER), known: false }
  const { maxOutputTokens, thinking, prefill, temperature } = row
  return { maxOutputTokens, defaultOutputTokens: maxOutputTokens, thinking, prefill, temperature, known: true }
}
