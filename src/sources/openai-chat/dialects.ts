/**
 * Where the servers of this API differ in what they take, as data. The host of the base URL chooses the row; each column can be overridden by
 * the source's options. An endpoint that is not listed gets the plain row: the fields that every server of the API knows or ignores.
 */
import type { ErrorCode } from '../../core/errors.ts'
import type { Effort } from './thinking.ts'

/** What a request to one kind of endpoint looks like. */
export interface Quirks {
  /** The field that limits the output, reasoning included. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  /** How the key is shown: `authorization: Bearer`, or Azure's own header. */
  readonly auth: 'bearer' | 'api-key'
  /** Whether `stream_options.include_usage` is asked for; without it most servers report no usage. */
  readonly includeUsage: boolean
  /**
   * How reasoning is asked for.
   * - `effort`: `reasoning_effort`; a budget becomes the nearest of `efforts`.
   * - `openrouter`: `reasoning: {effort}` or `reasoning: {max_tokens}`, one of the two.
   * - `budget`: `enable_thinking` and `thinking_budget`; an effort becomes a budget.
   * - `google`: `reasoning_effort`, or a budget under `extra_body.google`; the API refuses both at once.
   * - `template`: `chat_template_kwargs` with `enable_thinking` and `thinking_budget`, for vLLM and SGLang with models whose template reads them.
   * - `none`: the endpoint refuses every such field, so none is sent.
   */
  readonly reasoning: 'effort' | 'openrouter' | 'budget' | 'google' | 'template' | 'none'
  /** The efforts that it knows, least first; others become the nearest. */
  readonly efforts: readonly Effort[]
}

export interface Dialect extends Quirks {
  /** Its name in sentences. */
  readonly label: string
  /** Hosts, and the ends of hosts, where it is spoken. */
  readonly hosts: readonly string[]
  readonly requestIdHeader: string
  /** Words of its errors beyond OpenAI's. */
  readonly words: Readonly<Record<string, ErrorCode>>
}

const PLAIN: Omit<Dialect, 'label' | 'hosts'> = {
  // The older name: every server knows it, and Mistral refuses the newer one.
  maxTokensField: 'max_tokens',
  auth: 'bearer',
  includeUsage: true,
  reasoning: 'effort',
  // `minimal` is OpenAI's own; Ollama, Groq and vLLM refuse what is not one of these.
  efforts: ['low', 'medium', 'high'],
  requestIdHeader: 'x-request-id',
  words: {},
}

const ALL_EFFORTS: readonly Effort[] = ['minimal', 'low', 'medium', 'high']

const OPENAI = { maxTokensField: 'max_completion_tokens', efforts: ALL_EFFORTS } as const

export const DIALECTS: readonly Dialect[] = [
  // Its reasoning models refuse `max_tokens`.
  { ...PLAIN, ...OPENAI, label: 'OpenAI', hosts: ['api.openai.com'] },
  {
    ...PLAIN,
    ...OPENAI,
    label: 'Azure OpenAI',
    hosts: ['.openai.azure.com', '.cognitiveservices.azure.com', '.services.ai.azure.com', '.openai.azure.us', '.openai.azure.cn'],
    auth: 'api-key',
    requestIdHeader: 'apim-request-id',
  },
  { ...PLAIN, label: 'OpenRouter', hosts: ['openrouter.ai'], reasoning: 'openrouter', efforts: ALL_EFFORTS },
  {
    ...PLAIN,
    label: 'Groq',
    hosts: ['api.groq.com'],
    // The model made a call or JSON that does not fit its schema: another sample may, so it is not the request that is wrong.
    words: { tool_use_failed: 'provider', json_validate_failed: 'provider' },
  },
  { ...PLAIN, label: 'DeepSeek', hosts: ['api.deepseek.com'] },
  // It validates strictly: `stream_options` and fields of reasoning are errors, and usage comes unasked.
  { ...PLAIN, label: 'Mistral', hosts: ['api.mistral.ai'], includeUsage: false, reasoning: 'none' },
  { ...PLAIN, label: 'xAI', hosts: ['api.x.ai'], efforts: ['low', 'high'] },
  { ...PLAIN, label: 'Gemini', hosts: ['generativelanguage.googleapis.com'], reasoning: 'google', efforts: ALL_EFFORTS },
  {
    ...PLAIN,
    label: 'Qwen',
    hosts: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com', 'dashscope-us.aliyuncs.com'],
    reasoning: 'budget',
  },
  { ...PLAIN, label: 'SiliconFlow', hosts: ['api.siliconflow.cn', 'api.siliconflow.com'], reasoning: 'budget' },
]

/** The row for a base URL; the plain one, named by the host, for an endpoint that is not listed or an address that is none. */
export function dialectOf(baseUrl: string): Dialect {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : ''
  const known = DIALECTS.find(({ hosts }) => hosts.some((name) => (name.startsWith('.') ? host.endsWith(name) : host === name)))
  return known ?? { ...PLAIN, label: host === '' ? 'The endpoint' : host, hosts: [] }
}
