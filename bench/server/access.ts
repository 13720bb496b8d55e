/** How readers of a server with a secret come in: all with one API key, or each with a stream token of its own. */
import { createSigner } from '../../src/http/auth/signing.ts'

/** `open`: the server has no secret. */
export type Access = 'open' | 'key' | 'token'

/** Where one reader reads, and what it shows. */
export interface Place {
  readonly path: string
  /** Value of the header of this name. */
  readonly authorization?: string
}

/** Requests in a minute that are let through: as many as the settings allow, so that they are counted and none is refused. */
const REQUESTS_PER_MINUTE = '1000000'
const OPERATOR_PASS_MS = 30_000

/** The settings of a server with a secret. It is that of one measurement. */
export function guardedEnvironment(secret: string) {
  return {
    SLUICE_SECRET: secret,
    SLUICE_RATE_LIMIT_PER_KEY: REQUESTS_PER_MINUTE,
    SLUICE_RATE_LIMIT_PER_ADDRESS: REQUESTS_PER_MINUTE,
  }
}

/**
 * Makes the places of readers, through the server's own HTTP API but without a socket.
 * @throws when the server refuses.
 */
export async function createPlaces(
  handle: (request: Request) => Promise<Response>,
  access: Exclude<Access, 'open'>,
  secret: string,
): Promise<(runId: string, path: string) => Promise<Place>> {
  const post = async (path: string, credential: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
    const response = await handle(new Request(`http://127.0.0.1${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
    if (response.status !== 201) throw new Error(`POST ${path} was answered with ${response.status}: ${await response.text()}`)
    return (await response.json()) as Readonly<Record<string, unknown>>
  }
  const now = Date.now()
  const pass = await createSigner(secret).sign('operator', { subject: 'operator', issuedAt: now, expiresAt: now + OPERATOR_PASS_MS })
  const { key } = await post('/v1/keys', pass, { name: 'bench', tenant: 'local', user: 'local' })
  if (access === 'key') return async (_, path) => ({ path, authorization: `Bearer ${key}` })
  return async (runId, path) => {
    const { token } = await post(`/v1/runs/${runId}/tokens`, `${key}`, {})
    return { path: `${path}?token=${token}` }
  }
}
