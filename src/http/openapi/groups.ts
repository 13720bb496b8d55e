/** Under which heading an operation stands, and what it asks of its caller. */

export interface Group {
  readonly name: string
  readonly description: string
  readonly paths: RegExp
}

/** In the order of the page. The first whose pattern matches has the operation. */
export const GROUPS: readonly Group[] = [
  {
    name: 'Tokens and links',
    description: 'Rights to one stream, for somebody who has no key.',
    paths: /^\/v1\/(?:tokens|links|runs\/\{id\}\/(?:tokens|links))/,
  },
  { name: 'Runs', description: 'A run is one response being produced; its events are its stream.', paths: /^\/v1\/runs/ },
  { name: 'OpenAI', description: 'For clients of OpenAI: base address `/v1`.', paths: /^\/v1\/(?:responses|chat\/completions|models\/)/ },
  { name: 'Chat', description: 'Ask and wait, or ask with a bare EventSource.', paths: /^\/v1\/chat/ },
  { name: 'Conversations', description: 'Questions and answers that belong together.', paths: /^\/v1\/conversations/ },
  { name: 'Keys and sessions', description: 'Who may call.', paths: /^\/v1\/(?:keys|session)/ },
  { name: 'AI SDK', description: 'For `useChat` of the AI SDK.', paths: /^\/api\/chat/ },
  { name: 'Subscriptions', description: 'Being woken when streams have something new.', paths: /^\/v1\/stream\/__ds\// },
  {
    name: 'Durable Streams',
    description: 'Streams of your own, and those of runs, by the Durable Streams protocol.',
    paths: /^\/v1\/stream\//,
  },
  { name: 'Server', description: 'Models, health, metrics, and this description.', paths: /^\// },
]

/** What callers show. */
export const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a token of one stream.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'sluice_session',
    description: 'The session of the page; for the page of this server alone.',
  },
  token: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'A token of one stream, for an EventSource, which cannot send headers.',
  },
  wake: { type: 'http', scheme: 'bearer', description: 'The token that came with a wake of a subscription.' },
} as const

type Requirement = Readonly<Record<string, readonly string[]>>

const PUBLIC = /^\/(?:healthz|readyz|v1\/session|openapi\.json|docs|v1\/stream\/__ds\/jwks\.json)$/
const WAKE = /\/(?:ack|callback|release)$/
const ONE_STREAM = /^\/v1\/(?:runs\/\{id\}(?:\/events|\/cancel)?|responses\/\{id\}(?:\/.+)?|tokens\/renew)$|^\/api\/chat\/\{id\}\//
const STREAM = /^(?:get|head|post) \/v1\/stream\/\{path\}$/

/** What one of an operation asks for; `undefined` for what all operations do. */
export function securityOf(method: string, path: string): readonly Requirement[] | undefined {
  if (PUBLIC.test(path)) return []
  if (WAKE.test(path)) return [{ wake: [] }]
  if (ONE_STREAM.test(path) || STREAM.test(`${method} ${path}`)) return [...EVERYWHERE, { token: [] }]
  return undefined
}

export const EVERYWHERE: readonly Requirement[] = [{ bearer: [] }, { session: [] }]
