/**
 * Chat Completions, streamed: OpenAI's older API, which most other endpoints speak too. One attempt per call; see `ports/source.ts` for the promises.
 */
import type { Source } from '../../ports/source.ts'
import { checkedKey, operationUrl } from '../shared/endpoint.ts'
import { createHttpSource, type HttpSourceOptions } from '../shared/http-source.ts'
import { dialectOf, type Quirks } from './dialects.ts'
import { createNormaliser } from './normalise.ts'
import { type EndpointVariables, providerOf } from './provider.ts'
import { requestBody } from './request.ts'

/** Each quirk overrides what is known of the base URL's host; see `dialects.ts`. */
export interface OpenAIChatSourceOptions extends HttpSourceOptions, Partial<Quirks> {
  /** First part of its model ids. Default `openai-chat`. */
  readonly name?: string
  /** Where the API lives, with or without a trailing slash; a query, such as Azure's `?api-version=`, goes with every request. Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string
  /** Absent for a server that asks for none, such as one of this machine: then nothing is sent about who asks. */
  readonly apiKey?: string
  /** The endpoint's name in sentences; by default that of its host. */
  readonly label?: string
  /** Default `OPENAI_API_KEY` and `OPENAI_BASE_URL`. */
  readonly variables?: EndpointVariables
}

const OPENAI_CHAT_BASE_URL = 'https://api.openai.com/v1'
const OPENAI_VARIABLES: EndpointVariables = { apiKey: 'OPENAI_API_KEY', baseUrl: 'OPENAI_BASE_URL' }

/**
 * A source for one endpoint of this API.
 * A response that broke off cannot be resumed: no server of this API keeps it.
 * @throws {SluiceError} `configuration` when the key or the base URL cannot be used.
 */
export function createOpenAIChatSource(options: OpenAIChatSourceOptions = {}): Source & AsyncDisposable {
  const { name = 'openai-chat', baseUrl = OPENAI_CHAT_BASE_URL, variables = OPENAI_VARIABLES } = options
  const url = operationUrl(baseUrl, '/chat/completions', variables.baseUrl)
  const dialect = dialectOf(baseUrl)
  const quirks: Quirks = { ...dialect, ...givenQuirks(options) }
  const apiKey = options.apiKey === undefined ? undefined : checkedKey(options.apiKey, variables.apiKey)
  const provider = providerOf(dialect, options.label ?? dialect.label, variables, apiKey !== undefined)
  return createHttpSource(
    {
      name,
      models: [],
      provider,
      url,
      headers: apiKey === undefined ? {} : quirks.auth === 'api-key' ? { 'api-key': apiKey } : { authorization: `Bearer ${apiKey}` },
      secrets: apiKey === undefined ? [] : [apiKey],
      body: (request) => requestBody(request, quirks),
      normaliser: (redact) => createNormaliser({ source: name, provider, redact }),
      capabilities: () => ({ resume: 'none', cancel: false }),
    },
    options,
  )
}

/** Those that are set; one that is `undefined` must not hide what is known of the host. */
function givenQuirks({ maxTokensField, auth, includeUsage, reasoning, efforts }: Partial<Quirks>): Partial<Quirks> {
  return {
    ...(maxTokensField === undefined ? {} : { maxTokensField }),
    ...(auth === undefined ? {} : { auth }),
    ...(includeUsage === undefined ? {} : { includeUsage }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(efforts === undefined ? {} : { efforts }),
  }
}
