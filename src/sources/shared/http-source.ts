/** What every source over HTTP is: its own connections, one `POST` for an attempt, and the events of its answer. */
import { type Clock, systemClock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Source, SourceCapabilities, SourceRequest } from '../../ports/source.ts'
import { readAttempt } from './attempt.ts'
import type { Provider } from './failure.ts'
import type { Normaliser } from './reading.ts'
import { createRedactor } from './redact.ts'
import { createOwnFetch, exchange, type Fetch } from './transport.ts'

/** What the user of any of these sources may set. */
export interface HttpSourceOptions {
  /** Model names to offer to people; any other name is passed on as well. */
  readonly models?: readonly string[]
  /** Replaces our own connections; whoever gives it owns what is behind it. */
  readonly fetch?: Fetch
  readonly clock?: Clock
}

/** What one API is. */
export interface HttpApi {
  /** The source's name. */
  readonly name: string
  readonly models: readonly string[]
  readonly provider: Provider
  readonly url: string
  /** Who asks, and what the API wants besides; see `Exchange.headers`. */
  readonly headers: Readonly<Record<string, string>>
  /** Taken out of everything that the provider says. */
  readonly secrets: readonly string[]
  /** @throws {SluiceError} `invalid-request` for what the API cannot be asked. */
  readonly body: (request: SourceRequest) => unknown
  readonly normaliser: (redact: (text: string) => string) => Normaliser
  readonly capabilities: (model: string) => SourceCapabilities
}

/** A source that owns its connections: dispose it when nothing streams any more; what still streams then fails with `connection`. */
export function createHttpSource(api: HttpApi, { models, fetch, clock = systemClock }: HttpSourceOptions): Source & AsyncDisposable {
  const { name, provider, url, headers } = api
  const network = fetch === undefined ? createOwnFetch() : { fetch, [Symbol.asyncDispose]: async () => {} }
  const redact = createRedactor(api.secrets)
  const offered = models ?? api.models

  return {
    name,
    models: offered,
    capabilities(model) {
      if (model.trim() === '') {
        const such = offered.length === 0 ? '' : `, such as ${offered.join(', ')}`
        throw new SluiceError('invalid-request', `A model of ${provider.label} needs a name${such}.`)
      }
      return api.capabilities(model)
    },
    stream(request, { signal, resume }) {
      const body = (): unknown => {
        if (resume === undefined || api.capabilities(request.model).resume !== 'none') return api.body(request)
        throw new SluiceError('invalid-request', `A response of ${provider.label} cannot be resumed; ask again instead.`)
      }
      const chunks = exchange({ fetch: network.fetch, clock, provider, url, headers, body, signal, redact })
      return readAttempt({ chunks, label: provider.label, normaliser: api.normaliser(redact), signal })
    },
    // Closing the socket is all there is.
    cancel: async () => {},
    [Symbol.asyncDispose]: network[Symbol.asyncDispose],
  }
}
