/** What all routes share: the dependencies, the bounds and the type of the router. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Clock } from '../core/clock.ts'
import type { Runs } from '../generate/runs.ts'
import type { Hub } from '../log/hub.ts'
import type { Observer } from '../ports/observer.ts'
import type { Records } from '../ports/records.ts'
import type { Store } from '../ports/store.ts'
import type { Auth } from './auth/auth.ts'
import type { Authenticate, Caller } from './auth/caller.ts'
import type { Webhooks } from './durable-streams/webhooks.ts'
import type { PageAssets } from './page.ts'
import type { TrustSettings } from './trust.ts'

/** Bounds of the HTTP door. */
export interface HttpLimits {
  /** Bytes of a request body. Default 8 MiB. */
  readonly maxBodyBytes: number
  /** Characters of a request's address. Default 16,384. */
  readonly maxUrlLength: number
  /** How long a long poll waits, in milliseconds. Default 20,000. */
  readonly longPollTimeoutMs: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = { maxBodyBytes: 8 * 1024 * 1024, maxUrlLength: 16 * 1024, longPollTimeoutMs: 20_000 }

export interface AppDeps {
  readonly runs: Runs
  readonly records: Records
  readonly store: Store
  readonly hub: Hub
  readonly clock: Clock
  readonly observer: Observer
  readonly trust: TrustSettings
  /** Finds out who calls. Default: `auth` does; without it everyone is the one local principal, which is only right where nobody else can call. */
  readonly authenticate?: Authenticate
  /** Keys, sessions and grants; without it their addresses do not exist. Who made it closes it. */
  readonly auth?: Auth
  /** Whether the server has started and is not going down. */
  readonly ready: () => boolean
  /** Prometheus text; without it `/metrics` does not exist. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>
  /** The built page; without it a plain one says how to build it. */
  readonly page?: PageAssets
  readonly limits?: Partial<HttpLimits>
  /** Of the program, for its description; `unknown` by default. */
  readonly version?: string
  /** The way out to receivers of webhooks; without it there are no webhook subscriptions. */
  readonly webhooks?: Webhooks
}

export interface AppEnv {
  Variables: { requestId: string; caller: Caller }
}

export type Router = OpenAPIHono<AppEnv>
