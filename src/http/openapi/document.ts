/** The OpenAPI document: what the route definitions say, and what is true of every operation. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Router } from '../context.ts'
import { EXAMPLES } from './examples.ts'
import { EVERYWHERE, GROUPS, SECURITY_SCHEMES, securityOf } from './groups.ts'
import { addRefusals, SHARED_REFUSALS } from './shared-refusals.ts'
import { STREAM_OPERATIONS } from './streams.ts'
import { SUBSCRIPTION_OPERATIONS } from './subscriptions.ts'

export type Schema = Readonly<Record<string, unknown>>

export interface Media {
  readonly schema?: Schema
  example?: unknown
}

export interface Answer {
  readonly description?: string
  readonly $ref?: string
  readonly content?: Readonly<Record<string, Media>>
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

export interface Operation {
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Record<string, Answer>
  operationId?: string
  tags?: readonly string[]
  security?: readonly object[]
}

export interface ApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly object[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly security: readonly object[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
    readonly securitySchemes: object
  }
}

const DESCRIPTION = `Every operation answers HEAD where it has GET, and OPTIONS. Errors are problem details (RFC 9457); for clients of OpenAI and of subscriptions in the
shape that those read. PROTOCOL.md says what a client may rely on.`

export interface DocumentOptions {
  readonly version: string
  /** Whether callers must show a credential. */
  readonly required: boolean
}

/** Makes the document of what the router has. */
export function describeApi(router: Router, { version, required }: DocumentOptions): ApiDocument {
  const info = { title: 'Sluice', version, description: DESCRIPTION.replaceAll('\n', ' ') }
  const byHand = new OpenAPIHono()
  for (const operation of [...STREAM_OPERATIONS, ...SUBSCRIPTION_OPERATIONS]) byHand.openAPIRegistry.registerPath(operation)
  const [routes, others] = [router, byHand].map((one) => plain(one.getOpenAPI31Document({ openapi: '3.1.0', info })))
  const paths = { ...routes?.paths, ...others?.paths }
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) complete(operation, method, path)
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/', description: 'This server.' }],
    tags: GROUPS.map(({ name, description }) => ({ name, description })),
    // An empty requirement: without a secret nobody is asked.
    security: required ? EVERYWHERE : [{}, ...EVERYWHERE],
    paths,
    components: {
      schemas: { ...routes?.components?.schemas, ...others?.components?.schemas },
      responses: SHARED_REFUSALS,
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

/** The generator's object as what it is sent as, to be written into. */
function plain(generated: object): Partial<ApiDocument> {
  return JSON.parse(JSON.stringify(generated), (name, value: unknown) => {
    // The generator leaves the flags of an expression at its end; a schema has the source alone, and always reads it as Unicode.
    const source = name === 'pattern' && typeof value === 'string' ? /^\/?(.+\$)\/[a-z]+$/.exec(value)?.[1] : undefined
    return source ?? value
  }) as Partial<ApiDocument>
}

function complete(operation: Operation, method: string, path: string): void {
  operation.operationId = `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '')}`
  operation.tags = GROUPS.filter(({ paths }) => paths.test(path))
    .slice(0, 1)
    .map(({ name }) => name)
  const security = securityOf(method, path)
  if (security !== undefined) operation.security = security
  const body = operation.requestBody?.content['application/json']
  const example = EXAMPLES[`${method} ${path}`]
  if (body !== undefined && example !== undefined) body.example = example
  addRefusals(operation.responses, method, path, security?.length === 0)
}
