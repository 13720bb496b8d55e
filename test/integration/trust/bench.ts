/** A server that asks for credentials, in this process; and callers who have some. */

import { SluiceError } from '../../../src/core/errors.ts'
import { createFakeClock } from '../../../src/core/testing/fake-clock.ts'
import { createMemoryCredentials } from '../../../src/credentials/memory/credentials.ts'
import type { AppDeps } from '../../../src/http/app.ts'
import { type Auth, type AuthOptions, createAuth } from '../../../src/http/auth/auth.ts'
import { createSigner } from '../../../src/http/auth/signing.ts'
import type { Observation } from '../../../src/ports/observer.ts'
import { post, type Setup, setup } from '../http/harness.ts'

export const SECRET = 'a secret of tests that is long enough'.replaceAll(' ', '-')

export interface TrustBench extends Setup {
  readonly auth: Auth
  /** Asks the application, as a web handler. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** What an operator's pass looks like now. */
  operator(): Promise<Record<string, string>>
  /** Makes a key. */
  key(body: Readonly<Record<string, unknown>>): Promise<{ readonly id: string; readonly key: string }>
}

export function bearer(text: string): Record<string, string> {
  return { authorization: `Bearer ${text}` }
}

export function trustBench(change: Partial<AuthOptions> & { readonly deps?: Partial<AppDeps> } = {}): TrustBench {
  const { deps, ...options } = change
  const clock = createFakeClock(Date.parse('2026-03-01T00:00:00Z'))
  const observed: Observation[] = []
  const auth = createAuth({
    credentials: createMemoryCredentials(),
    clock,
    observer: (one) => void observed.push(one),
    secret: SECRET,
    ...options,
  })
  const base = setup({ clock, auth, trust: { hosts: [], forwarded: true, origins: ['https://app.example'] }, ...deps })
  const ask: TrustBench['ask'] = (path, init) => base.app.fetch(new Request(`http://localhost${path}`, init))
  const operator: TrustBench['operator'] = async () => {
    const issuedAt = clock.now()
    return bearer(await createSigner(SECRET).sign('operator', { subject: 'operator', issuedAt, expiresAt: issuedAt + 60_000 }))
  }
  return {
    ...base,
    clock,
    auth,
    ask,
    operator,
    async key(body) {
      const response = await ask('/v1/keys', post(body, await operator()))
      if (response.status !== 201) throw new SluiceError('server', `No key was made: ${await response.text()}`)
      return (await response.json()) as { id: string; key: string }
    },
    async close() {
      auth.close()
      await base.close()
    },
  }
}

/** Starts a run and gives its id. */
export async function startRun({ ask }: TrustBench, key: string, input = 'Q'): Promise<string> {
  const response = await ask('/v1/runs', post({ input }, bearer(key)))
  return ((await response.json()) as { id: string }).id
}
