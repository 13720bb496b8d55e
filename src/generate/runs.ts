/** Runs, as the doors (HTTP, CLI) see them: create, look, cancel, recover, drain. */
import { orAbort } from '../core/abort.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { SluiceError, toSluiceError } from '../core/errors.ts'
import { type Answer, EMPTY_ANSWER } from '../core/fold.ts'
import type { Hub } from '../log/hub.ts'
import { type Observer, silent } from '../ports/observer.ts'
import type { Owner, Page, PageRequest, Principal, Records, RunFilter, RunRecord, Transcript } from '../ports/records.ts'
import type { PromptMessage, Source, SourceOptions } from '../ports/source.ts'
import type { Store } from '../ports/store.ts'
import { type ConversationPolicy, DEFAULT_RUN_LIMITS, type RunLimits } from './limits.ts'
import { resolveModel } from './model.ts'
import { newId, readRequest, requestDigest } from './request.ts'
import { createStream, readAnswer } from './run-stream.ts'
import { createWorkers } from './workers.ts'

export interface CreateRunRequest {
  /** A question, or a whole prompt. */
  readonly input: string | readonly PromptMessage[]
  /** `<source>/<model>`; the configured default when absent. */
  readonly model?: string
  readonly conversationId?: string
  /** The input is the whole conversation, as the caller keeps it: earlier messages are not put before it. */
  readonly transcript?: Transcript
  readonly options?: SourceOptions
  /** The same key and request again give the same run. */
  readonly idempotencyKey?: string
}

export interface Runs {
  /**
   * @throws {SluiceError} `invalid-request` (unknown model, empty input), `too-large`, `overloaded` (with `retryAfterMs`), `conflict`
   * (idempotency key used for another request), `not-found` (another owner's conversation), `unavailable` (draining).
   */
  create(principal: Principal, request: CreateRunRequest): Promise<{ readonly run: RunRecord; readonly replayed: boolean }>
  /** @throws {SluiceError} `not-found` when there is none or it is another's. */
  get(principal: Principal, id: string): Promise<RunRecord>
  list(principal: Principal, filter: RunFilter, page: PageRequest): Promise<Page<RunRecord>>
  /** What the run's stream adds up to now. */
  answer(run: RunRecord): Promise<Answer>
  /** Asks for the end of a run. Idempotent; durable when it resolves. `ended` when there was nothing left to stop. */
  cancel(principal: Principal, id: string): Promise<{ readonly run: RunRecord; readonly effect: 'cancelling' | 'ended' }>
  /** Waits until the run has ended and its projections are written. @throws the signal's reason. */
  ended(principal: Principal, id: string, signal: AbortSignal): Promise<RunRecord>
  /** Model ids to offer to people, the default first. */
  readonly models: readonly string[]
  readonly defaultModel: string
  /** False once `drain` was called. */
  readonly accepting: boolean
  /** Queued and running runs of this process. */
  readonly active: { readonly queued: number; readonly running: number }
  /** Takes over what an earlier process left unfinished. Call once, after the folder's lock is held and before serving. */
  recover(): Promise<{ readonly takenOver: number }>
  /** Refuses new runs, waits up to `timeoutMs` for those under way, hands the rest over: they stop without a terminal event and the next process takes them over. */
  drain(timeoutMs: number): Promise<{ readonly handedOver: number }>
}

export interface RunsOptions {
  readonly store: Store
  readonly records: Records
  /** At least one; their names differ. */
  readonly sources: readonly Source[]
  /** The first model of the first source by default. */
  readonly defaultModel?: string
  readonly limits?: Partial<RunLimits>
  /** `cancel` by default. */
  readonly conversationPolicy?: ConversationPolicy
  /** Cancels a run that nobody has read for so long, in milliseconds; 0, the default, never does (SPEC RN2). Needs `hub`. */
  readonly cancelUnreadAfterMs?: number
  /** Knows who reads. */
  readonly hub?: Pick<Hub, 'readers'>
  /** Estimate of the tokens of a text; a quarter of its characters by default. */
  readonly countTokens?: (text: string) => number
  readonly clock?: Clock
  readonly observer?: Observer
}

/** What a client that met a full queue is told to wait, in milliseconds. */
const OVERLOADED_RETRY_MS = 2_000
/** How long a new question waits for the cancelled answer before it to be sealed, in milliseconds. */
const MAKE_WAY_MS = 2_000
/** Characters of a token of English text, about. */
const CHARS_PER_TOKEN = 4

/**
 * Makes the runs of this process. The caller owns the store and the records, and closes them after `drain`.
 * @throws {SluiceError} `configuration` when there is no source, or no default model.
 */
export function createRuns(options: RunsOptions): Runs {
  const { store, records, clock = systemClock, observer = silent, conversationPolicy = 'cancel' } = options
  const limits = { ...DEFAULT_RUN_LIMITS, ...options.limits }
  const sources = new Map(options.sources.map((source) => [source.name, source]))
  const defaultModel = options.defaultModel ?? firstModel(options.sources)
  const workers = createWorkers({
    store,
    records,
    sources,
    clock,
    observer,
    limits,
    maxHistoryTokens: limits.maxHistoryTokens,
    countTokens: options.countTokens ?? ((text) => Math.ceil(text.length / CHARS_PER_TOKEN)),
    readers: (streamId) => options.hub?.readers(streamId) ?? [],
    cancelUnreadAfterMs: options.hub ? (options.cancelUnreadAfterMs ?? 0) : 0,
  })
  let accepting = true

  const notFound = (id: string): SluiceError =>
    new SluiceError('not-found', `There is no run ${id.slice(0, 120)} of this caller.`, { safeMessage: 'There is no such run.' })

  const get = async (principal: Principal, id: string): Promise<RunRecord> => {
    const run = await records.getRun(id, principal)
    if (!run) throw notFound(id)
    return run
  }

  const admit = (owner: Owner): void => {
    if (!accepting)
      throw new SluiceError('unavailable', 'This server is going down and takes no new runs.', { retryAfterMs: OVERLOADED_RETRY_MS })
    const refuse = (what: string): never => {
      throw new SluiceError('overloaded', what, { safeMessage: what, retryAfterMs: OVERLOADED_RETRY_MS })
    }
    const { queued, running } = workers.active
    if (running >= limits.maxConcurrentRuns && queued >= limits.maxQueuedRuns)
      refuse(`All ${limits.maxConcurrentRuns} places are taken and ${limits.maxQueuedRuns} runs wait.`)
    if (workers.activeOf(owner) >= limits.maxRunsPerUser) refuse(`This user has ${limits.maxRunsPerUser} runs that are queued or running.`)
  }

  /** With the policy `cancel`, ends the live answer of a conversation before the next question is written down, so that messages keep their order. */
  const makeWay = async (principal: Principal, conversationId: string): Promise<void> => {
    if (conversationPolicy !== 'cancel') return
    const live = await records.liveRun(conversationId)
    if (!live || live.owner.tenant !== principal.tenant || live.owner.user !== principal.user) return
    await cancel(principal, live.id)
    // Should its end not become durable soon, the new run waits for it where all runs of a conversation do.
    const giveUp = Promise.withResolvers<void>()
    const disarm = clock.setTimer(MAKE_WAY_MS, giveUp.resolve)
    await Promise.race([workers.done(live.id), giveUp.promise])
    disarm()
  }

  const create: Runs['create'] = async (principal, request) => {
    const owner: Owner = { tenant: principal.tenant, user: principal.user }
    const model = request.model ?? defaultModel
    const input = readRequest(request.input, limits.maxPromptBytes)
    const resolved = resolveModel(sources, model)
    resolved.source.capabilities(resolved.model)
    admit(owner)
    const id = newId('run')
    const run: RunRecord = {
      id,
      streamId: `runs/${id}`,
      owner,
      model,
      status: 'queued',
      input,
      options: request.options ?? {},
      ...(request.conversationId === undefined ? {} : { conversationId: request.conversationId }),
      ...(request.transcript === undefined ? {} : { transcript: request.transcript }),
      createdAt: clock.now(),
    }
    using _place = workers.reserve(owner)
    const idempotency = request.idempotencyKey === undefined ? undefined : { key: request.idempotencyKey, digest: await requestDigest(run) }
    if (idempotency) {
      const earlier = await records.findIdempotent(owner, idempotency.key)
      if (earlier) return replay(earlier.digest === idempotency.digest, earlier.run)
    }
    if (run.conversationId !== undefined) await makeWay(principal, run.conversationId)
    const written = await records.createRun(run, idempotency)
    if (written.result !== 'created') return replay(written.result === 'replayed', written.run)
    observer({ type: 'run-created', runId: id, model })
    await prepare(run)
    workers.start(run, false)
    return { run, replayed: false }
  }

  /** Readers may come at once, so the stream is made before the answer is given. Where that fails the run is durable all the same, and its worker tries on. */
  const prepare = async (run: RunRecord): Promise<void> => {
    try {
      await createStream(store, run)
    } catch (thrown) {
      observer({
        type: 'trouble',
        what: `The stream of run ${run.id} cannot be made now; its readers are told to come back`,
        error: toSluiceError(thrown),
      })
    }
  }

  const replay = (same: boolean, run: RunRecord): { run: RunRecord; replayed: true } => {
    if (same) return { run, replayed: true }
    const what = 'This Idempotency-Key was used for another request. Use a new key for a new request.'
    throw new SluiceError('conflict', what, { safeMessage: what })
  }

  const cancel: Runs['cancel'] = async (principal, id) => {
    const run = await records.requestCancel(id, principal, clock.now())
    if (!run) throw notFound(id)
    if (run.endedAt !== undefined) return { run, effect: 'ended' }
    workers.cancel(run)
    return { run, effect: 'cancelling' }
  }

  return {
    create,
    get,
    cancel,
    list: (principal, filter, page) => records.listRuns(principal, filter, page),
    async answer(run) {
      const begun = run.endedAt !== undefined || (await store.head(run.streamId)) !== undefined
      return begun ? readAnswer(store, run.streamId) : EMPTY_ANSWER
    },
    async ended(principal, id, signal) {
      await get(principal, id)
      await orAbort(workers.done(id), signal)
      return get(principal, id)
    },
    defaultModel,
    models: modelIds(options.sources, defaultModel),
    get accepting() {
      return accepting
    },
    get active() {
      return workers.active
    },
    async recover() {
      await records.voidLeases()
      const unfinished = await records.unfinishedRuns()
      for (const run of unfinished) workers.start(run, run.status === 'running')
      return { takenOver: unfinished.length }
    },
    drain(timeoutMs) {
      accepting = false
      return workers.drain(timeoutMs)
    },
  }
}

function firstModel(sources: readonly Source[]): string {
  const source = sources.find(({ models }) => models.length > 0)
  if (!source) throw new SluiceError('configuration', 'No source offers a model. Give createRuns a source, or a defaultModel.')
  return `${source.name}/${source.models[0]}`
}

function modelIds(sources: readonly Source[], first: string): readonly string[] {
  const all = sources.flatMap((source) => source.models.map((model) => `${source.name}/${model}`))
  return [...new Set([first, ...all])]
}
