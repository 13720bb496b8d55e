/** Anthropic: the Messages API, streamed. One attempt per call; see `ports/source.ts` for the promises. */
import { SluiceError } from '../../core/errors.ts'
import type { Source } from '../../ports/source.ts'
import { checkedKey, operationUrl } from '../shared/endpoint.ts'
import { createHttpSource, type HttpSourceOptions } from '../shared/http-source.ts'
import { createNormaliser } from './normalise.ts'
import { ANTHROPIC } from './provider.ts'
import { requestBody } from './request.ts'

export interface AnthropicSourceOptions extends HttpSourceOptions {
  readonly apiKey: string
  /** Where the API lives, with or without `/v1` and a trailing slash. Default `https://api.anthropic.com`. */
  readonly baseUrl?: string
  /** Names of features that are not generally available yet, sent as `anthropic-beta`. Default none. */
  readonly betas?: readonly string[]
}

export const ANTHROPIC_BASE_URL = 'https://api.anthropic.com'
/** The version of the API that this source speaks; the newest there is. */
const API_VERSION = '2023-06-01'
const MODELS = ['claude-sonnet-5-5', 'claude-opus-5-5', 'claude-haiku-5-5']
const BETA = /^[\w.-]+$/

/**
 * The source `anthropic`.
 * A response that broke off cannot be resumed: nothing of it is stored at the provider.
 * @throws {SluiceError} `configuration` when the key, the base URL or the name of a beta cannot be used.
 */
export function createAnthropicSource(options: AnthropicSourceOptions): Source & AsyncDisposable {
  const apiKey = checkedKey(options.apiKey, 'ANTHROPIC_API_KEY')
  const betas = options.betas ?? []
  for (const beta of betas) {
    if (!BETA.test(beta))
      throw new SluiceError('configuration', `${JSON.stringify(beta)} is not the name of a beta, such as context-1m-2025-08-07.`)
  }
  return createHttpSource(
    {
      name: 'anthropic',
      models: MODELS,
      provider: ANTHROPIC,
      url: messagesUrl(options.baseUrl ?? ANTHROPIC_BASE_URL),
      headers: {
        'x-api-key': apiKey,
        'anthropic-version': API_VERSION,
        ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
      },
      secrets: [apiKey],
      body: requestBody,
      normaliser: createNormaliser,
      capabilities: () => ({ resume: 'none', cancel: false }),
    },
    options,
  )
}

/** Other clients of this API want the base URL without its version, those of OpenAI with it: both are understood. */
function messagesUrl(baseUrl: string): string {
  const variable = 'ANTHROPIC_BASE_URL'
  const base = new URL(operationUrl(baseUrl, '', variable))
  return operationUrl(baseUrl, base.pathname.endsWith('/v1') ? '/messages' : '/v1/messages', variable)
}
