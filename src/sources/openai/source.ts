/** OpenAI: the Responses API, streamed. One attempt per call; see `ports/source.ts` for the promises. */
import { abortError } from '../../core/abort.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Source, SourceEvent, SourceRequest } from '../../ports/source.ts'
import { createNormaliser } from './normalise.ts'
import { createRedactor } from './redact.ts'
import { type ReasoningSummary, requestBody } from './request.ts'
import { readEvents } from './sse.ts'
import { createOwnFetch, exchange, type Fetch } from './transport.ts'

export interface OpenAISourceOptions {
  readonly apiKey: string
  /** Where the API lives, with or without a trailing slash. Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string
  /** Model names to offer to people; any other name is passed on as well. */
  readonly models?: readonly string[]
  /** Asks reasoning models for a summary of their reasoning. By default none: the API refuses it to organisations that are not verified. */
  readonly reasoningSummary?: ReasoningSummary
  /** Replaces our own connections; whoever gives it owns what is behind it. */
  readonly fetch?: Fetch
  readonly clock?: Clock
}

export const OPENAI_BASE_URL = 'https://api.openai.com/v1'
const MODELS = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-4o']

/**
 * The source `openai`. It owns its connections: dispose it when nothing streams any more; what still streams then fails with `connection`.
 * A response that broke off cannot be resumed: it is not stored at the provider and dies with its socket.
 * @throws {SluiceError} `configuration` when the key or the base URL cannot be used.
 */
export function createOpenAISource(options: OpenAISourceOptions): Source & AsyncDisposable {
  const { apiKey, clock = systemClock } = options
  // Anything else cannot stand in a header, and the network's own error would print the key.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new SluiceError('configuration', 'OPENAI_API_KEY is empty or holds spaces, line breaks or other characters that no key has.')
  }
  const url = `${checkedBaseUrl(options.baseUrl ?? OPENAI_BASE_URL)}/responses`
  const network = options.fetch === undefined ? createOwnFetch() : { fetch: options.fetch, [Symbol.asyncDispose]: async () => {} }
  const redact = createRedactor([apiKey])

  async function* stream(request: SourceRequest, call: Parameters<Source['stream']>[1]): AsyncGenerator<SourceEvent, void, undefined> {
    if (call.resume !== undefined) throw new SluiceError('invalid-request', 'A response of OpenAI cannot be resumed; ask again instead.')
    const body = requestBody(request, options)
    const read = createNormaliser(redact)
    const chunks = exchange({ fetch: network.fetch, clock, url, apiKey, body, signal: call.signal, redact })
    for await (const wire of readEvents(chunks)) {
      const { events, error } = read(wire)
      for (const event of events) {
        // The consumer may have aborted while it had the last event: what is already parsed must not come after that.
        if (call.signal.aborted) throw abortError(call.signal)
        yield event
        if (event.type === 'finish') return
      }
      if (error !== undefined) throw error
    }
    throw new SluiceError('connection', 'The response of OpenAI ended without its terminal event, so it is not complete.')
  }

  return {
    name: 'openai',
    models: options.models ?? MODELS,
    capabilities(model) {
      if (model.trim() === '') throw new SluiceError('invalid-request', `A model of OpenAI needs a name, such as ${MODELS.join(', ')}.`)
      return { resume: 'none', cancel: false }
    },
    stream,
    // Closing the socket is all there is: only background responses have a cancel of their own.
    cancel: async () => {},
    [Symbol.asyncDispose]: network[Symbol.asyncDispose],
  }
}

function checkedBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  const usable = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === ''
  if (!usable) {
    throw new SluiceError(
      'configuration',
      'OPENAI_BASE_URL is not an http(s) address without query and credentials, such as https://api.openai.com/v1.',
    )
  }
  return url.href.replace(/\/+$/, '')
}
