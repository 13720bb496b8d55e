/**
 * The composition root: settings to running parts. The only place that names concrete adapters and decides who closes what.
 */
import type { Clock } from '../core/clock.ts'
import { type SluiceError, toSluiceError } from '../core/errors.ts'
import { createMemoryCredentials } from '../credentials/memory/credentials.ts'
import { createSqliteCredentials } from '../credentials/sqlite/credentials.ts'
import { createRuns, type Runs } from '../generate/runs.ts'
import { type App, createApp } from '../http/app.ts'
import { createAuth } from '../http/auth/auth.ts'
import type { PageAssets } from '../http/page.ts'
import { createHub, type Hub } from '../log/hub.ts'
import type { Credentials } from '../ports/credentials.ts'
import type { Observer } from '../ports/observer.ts'
import type { Records } from '../ports/records.ts'
import type { Store } from '../ports/store.ts'
import { createMemoryRecords } from '../records/memory/records.ts'
import { createSqliteRecords } from '../records/sqlite/records.ts'
import { lockFolder } from '../sqlite/lock.ts'
import { createMemoryStore } from '../stores/memory/memory-store.ts'
import { createSqliteStore } from '../stores/sqlite/sqlite-store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Settings } from './settings.ts'
import { openSources } from './sources.ts'
import { countTokens } from './tokens.ts'
import { createWebhooks, isLoopback } from './webhooks.ts'

export interface ComposeOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly observer: Observer
  readonly metrics?: Metrics
  readonly page?: PageAssets
  /** Of the program, as its description says it. */
  readonly version?: string
}

/** A server without its socket. */
export interface Composition {
  readonly app: App
  readonly runs: Runs
  readonly hub: Hub
  readonly store: Store
  readonly records: Records
  /** Takes over what an earlier process left and turns ready. */
  start(): Promise<{ readonly takenOver: number }>
  /**
   * Turns not ready, refuses new runs, lets those under way finish for a while, hands the rest over, sends readers away, and gives the data
   * folder free. May be called again.
   */
  stop(): Promise<{ readonly handedOver: number }>
}

/** @throws {SluiceError} `storage-*` or `configuration` when the data folder or a source cannot be used; nothing stays open then. */
export function compose(options: ComposeOptions): Composition {
  const resources = new AsyncDisposableStack()
  try {
    return assemble(options, resources)
  } catch (error) {
    // The error that matters is the one of assembling; closing what did open must not hide it.
    resources.disposeAsync().catch(() => {})
    throw error
  }
}

/** Whoever opens a resource pushes how to close it: what was opened last is closed first. */
function assemble({ settings, clock, observer, metrics, page, version }: ComposeOptions, resources: AsyncDisposableStack): Composition {
  const { store, records, credentials } = openStorage(settings, clock, observer, resources)
  const sources = openSources(settings, clock, resources)
  const hub = createHub({ store, clock, observer })
  const runs = createRuns({
    store,
    records,
    sources,
    clock,
    observer,
    countTokens,
    limits: settings.limits,
    conversationPolicy: settings.conversationPolicy,
    defaultModel: settings.defaultModel,
    hub,
    cancelUnreadAfterMs: settings.cancelUnreadAfterMs,
  })
  const auth = createAuth({
    credentials,
    clock,
    observer,
    ...(settings.secret === undefined ? {} : { secret: settings.secret.reveal() }),
    trustedProxies: settings.trustedProxies,
    ratePerKey: settings.rateLimits.perKey,
    ratePerAddress: settings.rateLimits.perAddress,
  })
  resources.defer(() => auth.close())
  let started = false
  const app = createApp({
    runs,
    records,
    store,
    hub,
    clock,
    observer,
    trust: { hosts: settings.allowedHosts, forwarded: settings.secret !== undefined, origins: settings.allowedOrigins },
    auth,
    ready: () => started && runs.accepting,
    limits: { maxBodyBytes: settings.maxBodyBytes, longPollTimeoutMs: settings.longPollTimeoutMs },
    webhooks: resources.use(createWebhooks({ loopback: settings.secret === undefined && isLoopback(settings.host) })),
    ...(metrics ? { metrics: metrics.render } : {}),
    ...(page ? { page } : {}),
    ...(version === undefined ? {} : { version }),
  })
  resources.defer(() => app.close())
  const sweeper = startSweeper(store, settings.sweepIntervalMs, clock, observer)
  resources.defer(sweeper.close)
  resources.defer(() => hub.close())

  const stop = async (): Promise<{ readonly handedOver: number }> => {
    started = false
    try {
      return await runs.drain(settings.drainTimeoutMs)
    } finally {
      await resources.disposeAsync()
    }
  }
  let stopping: ReturnType<typeof stop> | undefined

  return {
    app,
    runs,
    hub,
    store,
    records,
    async start() {
      const recovered = await runs.recover()
      await app.start()
      started = true
      return recovered
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

function openStorage(
  settings: Settings,
  clock: Clock,
  observer: Observer,
  resources: AsyncDisposableStack,
): { readonly store: Store; readonly records: Records; readonly credentials: Credentials } {
  const kept = <T extends { close(): Promise<void> }>(resource: T): T => {
    resources.defer(() => resource.close())
    return resource
  }
  if (settings.store === 'memory') {
    return {
      store: kept(createMemoryStore({ clock, observer })),
      records: kept(createMemoryRecords({ clock })),
      credentials: kept(createMemoryCredentials()),
    }
  }
  const { dataDir: folder, synchronous } = settings
  const lock = lockFolder(folder)
  resources.defer(() => lock.release())
  const onCheckpointError = (error: SluiceError): void => observer({ type: 'trouble', what: 'A checkpoint of the records', error })
  return {
    store: kept(createSqliteStore({ folder, clock, observer, lock, synchronous })),
    records: kept(createSqliteRecords({ folder, clock, synchronous, onCheckpointError })),
    credentials: kept(createSqliteCredentials({ folder })),
  }
}

/** Sweeps now and then, one sweep at a time. */
function startSweeper(store: Store, intervalMs: number, clock: Clock, observer: Observer): { close(): Promise<void> } {
  const stop = new AbortController()
  let sweeping = Promise.resolve()
  let disarm = (): void => {}
  const sweep = async (): Promise<void> => {
    try {
      const swept = await store.sweep({ signal: stop.signal })
      observer({ type: 'swept', ...swept })
    } catch (thrown) {
      if (!stop.signal.aborted)
        observer({ type: 'trouble', what: 'Sweeping the store failed; it is tried again', error: toSluiceError(thrown) })
    }
    if (!stop.signal.aborted) arm()
  }
  const arm = (): void => {
    disarm = clock.setTimer(intervalMs, () => {
      sweeping = sweep()
    })
  }
  arm()
  return {
    async close() {
      stop.abort()
      disarm()
      await sweeping
    },
  }
}
