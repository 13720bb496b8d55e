/**
 * What becomes of each field of OpenAI's requests, one row each. `take`: it has its meaning here. `ignore`: leaving it out changes nothing that a
 * caller could tell from the answer's text. `refuse`: it would change the answer and cannot be had, so only the values that say what happens
 * anyway are taken. Fields that are in no table are refused by name. `null` is the same as leaving a field out.
 */
import { badField } from './errors.ts'
import type { Json } from './json.ts'

export type FieldRule =
  | { readonly rule: 'take' }
  | { readonly rule: 'ignore'; readonly why: string }
  | { readonly rule: 'refuse'; readonly neutral: readonly unknown[]; readonly why: string }

export type FieldTable = Readonly<Record<string, FieldRule>>

const take: FieldRule = { rule: 'take' }
const ignore = (why: string): FieldRule => ({ rule: 'ignore', why })
const refuse = (why: string, ...neutral: readonly unknown[]): FieldRule => ({ rule: 'refuse', neutral, why })

const SHARED: FieldTable = {
  model: take,
  stream: take,
  tools: take,
  tool_choice: take,
  temperature: take,
  metadata: take,
  parallel_tool_calls: refuse('Models call as many tools at once as they like.', true),
  top_p: refuse('Of the sampling settings only temperature reaches the model.', 1),
  top_logprobs: refuse('Probabilities of tokens are not kept.', 0),
  moderation: refuse('There is no moderation here.'),
  store: ignore('Every run is kept.'),
  stream_options: take,
  user: ignore('A label for the provider.'),
  safety_identifier: ignore('A label for the provider.'),
  prompt_cache_key: ignore('A hint for the provider.'),
  prompt_cache_retention: ignore('A hint for the provider.'),
  prompt_cache_options: ignore('A hint for the provider.'),
  service_tier: ignore('A wish about speed and price.'),
}

export const RESPONSES_FIELDS: FieldTable = {
  ...SHARED,
  input: take,
  instructions: take,
  background: take,
  max_output_tokens: take,
  reasoning: take,
  previous_response_id: take,
  include: take,
  text: take,
  truncation: ignore('Nothing of the input is ever left out.'),
  conversation: refuse(
    'Conversations of OpenAI do not exist here. Go on with previous_response_id, or use conversationId of POST /v1/runs.',
  ),
  prompt: refuse('There are no stored prompts. Send input and instructions.'),
  context_management: refuse('The context is not changed.'),
  max_tool_calls: refuse('Tools that a provider runs are not counted.'),
  image: refuse('There are no pictures.'),
  access_programs: refuse('There are no access programmes.'),
}

export const COMPLETIONS_FIELDS: FieldTable = {
  ...SHARED,
  messages: take,
  max_tokens: take,
  max_completion_tokens: take,
  reasoning_effort: take,
  seed: take,
  response_format: take,
  n: refuse('A run has one answer. Send the request several times.', 1),
  stop: refuse('Stop sequences do not reach the model.', []),
  frequency_penalty: refuse('Of the sampling settings only temperature reaches the model.', 0),
  presence_penalty: refuse('Of the sampling settings only temperature reaches the model.', 0),
  logit_bias: refuse('Of the sampling settings only temperature reaches the model.', {}),
  logprobs: refuse('Probabilities of tokens are not kept.', false),
  modalities: refuse('Answers are text.', ['text']),
  audio: refuse('Answers are text.'),
  prediction: ignore('A hint that makes some answers faster.'),
  verbosity: refuse('It does not reach the model. Ask for short or long answers in the messages.', 'medium'),
  web_search_options: refuse('The tools that a provider runs cannot be asked for.'),
  functions: refuse('Use tools, which replaced it.', []),
  function_call: refuse('Use tools and tool_choice, which replaced it.', 'auto', 'none'),
}

/**
 * The fields that are taken.
 * @throws {Refusal} 400 with the name of the first field that cannot be had.
 */
export function takenFields(body: Json, table: FieldTable): Json {
  const taken: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue
    const rule = Object.hasOwn(table, name) ? table[name] : undefined
    if (rule === undefined) throw badField(name, `Unknown parameter: '${name.slice(0, 100)}'. PROTOCOL.md lists those that are taken.`)
    if (rule.rule === 'take') taken[name] = value
    if (rule.rule === 'refuse' && !isNeutral(value, rule.neutral)) throw badField(name, `'${name}' is not supported. ${rule.why}`)
  }
  return taken
}

function isNeutral(value: unknown, neutral: readonly unknown[]): boolean {
  const json = JSON.stringify(value)
  return neutral.some((other) => JSON.stringify(other) === json)
}
