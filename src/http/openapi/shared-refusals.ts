/** What operations may answer besides what their definitions say: the refusals of the door, and of a server in trouble. */
import type { Answer } from './document.ts'

const DESCRIPTIONS = {
  401: 'The credential is missing, wrong, expired or revoked.',
  403: 'The caller may not do this, or the request comes from a page of another site.',
  409: 'It does not go together with what there is.',
  413: 'The body is too large.',
  414: 'The address is too long.',
  415: 'The body is not JSON in UTF-8, or compressed.',
  421: 'The server is not known under this host name.',
  429: 'At a limit: come back after `Retry-After`.',
  500: 'Something is wrong with this server.',
  502: 'The provider of the model failed.',
  503: 'The server starts, goes down, or cannot write: come back after `Retry-After`.',
  504: 'The provider of the model took too long.',
  507: 'The disk is full.',
} as const

type Status = keyof typeof DESCRIPTIONS

const ALWAYS: readonly Status[] = [403, 414, 415, 421, 429, 500, 503]
const WRITING: readonly Status[] = [409, 413, 507]
/** Where somebody waits for a model, and its failure is an error. */
const WAITING: readonly Status[] = [502, 504]
const WAITS = /^\/v1\/(?:responses|chat\/completions)$/

interface Family {
  /** After the status in the name of a shared response. */
  readonly suffix: string
  readonly paths: RegExp
  /** Names of schemas, by content type. */
  readonly bodies: Readonly<Record<string, string>>
}

/** Who reads the errors. The first whose pattern matches. */
const FAMILIES: readonly Family[] = [
  { suffix: '-openai', paths: /^\/v1\/(?:responses|chat\/completions)/, bodies: { 'application/json': 'OpenAIError' } },
  { suffix: '-models', paths: /^\/v1\/models/, bodies: { 'application/problem+json': 'ProblemForAll' } },
  {
    // The door refuses before the subscription API does.
    suffix: '-subscription',
    paths: /^\/v1\/stream\/__ds\//,
    bodies: { 'application/problem+json': 'Problem', 'application/json': 'SubscriptionError' },
  },
  { suffix: '', paths: /^\//, bodies: { 'application/problem+json': 'Problem' } },
]

/** Adds to the responses of an operation. `open`: it needs no credential. */
export function addRefusals(responses: Record<string, Answer>, method: string, path: string, open: boolean): void {
  const writes = method === 'post' || method === 'put'
  // Open for signing in, where a wrong key is one all the same.
  const asks = !open || path === '/v1/session'
  const statuses = [...(asks ? [401] : []), ...ALWAYS, ...(writes ? WRITING : []), ...(writes && WAITS.test(path) ? WAITING : [])]
  const suffix = FAMILIES.find(({ paths }) => paths.test(path))?.suffix ?? ''
  for (const status of statuses) responses[status] ??= { $ref: `#/components/responses/${status}${suffix}` }
}

/** The components that `addRefusals` refers to. */
export const SHARED_REFUSALS: Readonly<Record<string, Answer>> = Object.fromEntries(
  FAMILIES.flatMap(({ suffix, bodies }) =>
    Object.entries(DESCRIPTIONS).map(([status, description]) => {
      const content = Object.entries(bodies).map(([type, name]) => [type, { schema: { $ref: `#/components/schemas/${name}` } }])
      return [`${status}${suffix}`, { description, content: Object.fromEntries(content) }]
    }),
  ),
)
