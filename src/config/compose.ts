/**
 * The composition root: settings to running parts. The only place that names concrete adapters and decides who closes what.
 */
import type { Clock } from '../core/clock.ts'
import { toSluiceError } from '../core/errors.ts'
import { createRuns, type Runs } from '../generate/runs.ts'
import { type App, createApp } from '../http/app.ts'
import type { PageAssets } from '../http/page.ts'
import { createHub, type Hub } from '../log/hub.ts'
import type { Observer } from '../ports/observer.ts'
import type { Records } from '../ports/records.ts'
import type { Source } from '../ports/source.ts'
import type { Store } from '../ports/store.ts'
import { createMemoryRecords } from '../records/memory/records.ts'
import { createSqliteRecords } from '../records/sqlite/records.ts'
import { createOpenAISource } from '../sources/openai/source.ts'
import { createSimulatedSource } from '../sources/simulated/source.ts'
import { type FolderLock, lockFolder } from '../sqlite/lock.ts'
import { createMemoryStore } from '../stores/memory/memory-store.ts'
import { createSqliteStore } from '../stores/sqlite/sqlite-store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Settings } from './settings.ts'
import { countTokens } from './tokens.ts'

export interface ComposeOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly observer: Observer
  readonly metrics?: Metrics
  readonly page?: PageAssets
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
export function compose({ settings, clock, observer, metrics, page }: ComposeOptions): Composition {
  const { store, records, lock } = openStorage(settings, clock, observer)
  const { sources, close: closeSources } = openSources(settings, clock)
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
  let started = false
  const app = createApp({
    runs,
    records,
    store,
    hub,
    clock,
    observer,
    trust: { hosts: settings.allowedHosts, forwarded: false },
    ready: () => started && runs.accepting,
    limits: { maxBodyBytes: settings.maxBodyBytes },
    ...(metrics ? { metrics: metrics.render } : {}),
    ...(page ? { page } : {}),
  })
  const sweeper = startSweeper(store, settings.sweepIntervalMs, clock, observer)

  const stop = async (): Promise<{ readonly handedOver: number }> => {
    started = false
    const drained = await runs.drain(settings.drainTimeoutMs)
    hub.close()
    await sweeper.close()
    await closeSources()
    await records.close()
    await store.close()
    lock?.release()
    return drained
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
      started = true
      return recovered
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

interface Storage {
  readonly store: Store
  readonly records: Records
  readonly lock: FolderLock | undefined
}

function openStorage(settings: Settings, clock: Clock, observer: Observer): Storage {
  if (settings.store === 'memory') {
    return { store: createMemoryStore({ clock, observer }), records: createMemoryRecords({ clock }), lock: undefined }
  }
  const folder = settings.dataDir
  const lock = lockFolder(folder)
  let store: Store | undefined
  try {
    store = createSqliteStore({ folder, clock, observer, lock, synchronous: settings.synchronous })
    const onCheckpointError = (thrown: unknown): void =>
      observer({ type: 'trouble', what: 'A checkpoint of the records', error: toSluiceError(thrown) })
    const records = createSqliteRecords({ folder, clock, synchronous: settings.synchronous, onCheckpointError })
    return { store, records, lock }
  } catch (error) {
    const opened = store
    // The error that matters is the one of opening; closing what did open must not hide it.
    if (opened) opened.close().finally(() => lock.release())
    else lock.release()
    throw error
  }
}

function openSources(settings: Settings, clock: Clock): { readonly sources: readonly Source[]; close(): Promise<void> } {
  const simulated = createSimulatedSource({ clock })
  const { apiKey, baseUrl } = settings.openai
  const openai = apiKey && createOpenAISource({ apiKey: apiKey.reveal(), baseUrl, clock })
  return {
    sources: openai ? [openai, simulated] : [simulated],
    close: async () => openai?.[Symbol.asyncDispose](),
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
