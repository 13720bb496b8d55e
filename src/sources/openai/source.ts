/** OpenAI: the Responses API, streamed. One attempt per call; see `ports/source.ts` for the promises. */
import type { Source } from '../../ports/source.ts'
import { checkedKey, operationUrl } from '../shared/endpoint.ts'
import { createHttpSource, type HttpSourceOptions } from '../shared/http-source.ts'
import { createNormaliser } from './normalise.ts'
import { OPENAI } from './provider.ts'
import { type ReasoningSummary, requestBody } from './request.ts'

export interface OpenAISourceOptions extends HttpSourceOptions {
  readonly apiKey: string
  /** Where the API lives, with or without a trailing slash. Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string
  /** Asks reasoning models for a summary of their reasoning. By default none: the API refuses it to organisations that are not verified. */
  readonly reasoningSummary?: ReasoningSummary
}

export const OPENAI_BASE_URL = 'https://api.openai.com/v1'
/** The newest of what the official SDK names, and a small one. */
const MODELS = ['gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.4-mini', 'gpt-5-mini']

/**
 * The source `openai`.
 * A response that broke off cannot be resumed: it is not stored at the provider and dies with its socket.
 * @throws {SluiceError} `configuration` when the key or the base URL cannot be used.
 */
export function createOpenAISource(options: OpenAISourceOptions): Source & AsyncDisposable {
  const apiKey = checkedKey(options.apiKey, 'OPENAI_API_KEY')
  return createHttpSource(
    {
      name: 'openai',
      models: MODELS,
      provider: OPENAI,
      url: operationUrl(options.baseUrl ?? OPENAI_BASE_URL, '/responses', 'OPENAI_BASE_URL'),
      headers: { authorization: `Bearer ${apiKey}` },
      secrets: [apiKey],
      body: (request) => requestBody(request, options),
      normaliser: createNormaliser,
      capabilities: () => ({ resume: 'none', cancel: false }),
    },
    options,
  )
}
