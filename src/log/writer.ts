/**
 * The writer: the one owner of a run's stream for one term.
 *
 * The first event leaves at once. While its commit is under way later ones gather, and deltas of one part merge; so the log holds fewer
 * and larger records exactly when the store is slower than the model, with no timer and no delay of its own. An append that
 * fails because the store cannot write now is repeated under the same seq, which the store recognises, until it succeeds or the
 * signal aborts.
 */
import { abortError } from '../core/abort.ts'
import { type BackoffPolicy, backoffDelayMs } from '../core/backoff.ts'
import { type Clock, sleep } from '../core/clock.ts'
import { mergeDeltas } from '../core/coalesce.ts'
import { SluiceError, toSluiceError } from '../core/errors.ts'
import { encodeEvent, type RunEvent, type RunEventBody } from '../core/event.ts'
import type { Observer } from '../ports/observer.ts'
import type { AppendResult, Store } from '../ports/store.ts'

export interface WriterOptions {
  readonly store: Store
  readonly streamId: string
  /** From `Store.fence`. */
  readonly term: number
  /** Seq of the newest record that the stream has. */
  readonly seq: number
  readonly clock: Clock
  readonly observer: Observer
  /** Ends the waiting for a store that cannot write; its reason is what the calls reject with. Not the run's cancel: a cancelled run still writes its end. */
  readonly signal: AbortSignal
}

export interface Writer {
  /** Adds an event. @throws what the writer failed with earlier, at once. */
  write(body: RunEventBody): void
  /** Whether so much waits for the store that the caller should `await flush()` before it reads on. */
  readonly full: boolean
  /** Resolves when everything written so far is durable. */
  flush(): Promise<void>
  /** Writes the terminal event and closes the stream; resolves when that is durable. */
  end(body: Extract<RunEventBody, { type: 'run-end' }>): Promise<void>
}

/** Events that may wait for a commit before the source is held. Deltas merge, so this bounds parts and not text. */
const MAX_WAITING_EVENTS = 1_000
/** Characters of text that may wait for a commit before the source is held. */
const MAX_WAITING_CHARS = 1 << 20
const RETRY: BackoffPolicy = { baseMs: 50, maxMs: 5_000, factor: 2, jitter: 'full' }

export function createWriter(options: WriterOptions): Writer {
  const { store, streamId, term, clock, observer, signal } = options
  let seq = options.seq
  let waiting: RunEvent[] = []
  let waitingChars = 0
  let sending: Promise<void> | undefined
  let failure: SluiceError | Error | undefined

  const append = async (records: readonly Uint8Array[], close: boolean): Promise<void> => {
    const result = await appendUntilPossible(records, close)
    if (result.result === 'fenced' || result.result === 'gap' || result.result === 'closed') {
      observer({ type: 'fenced-write', streamId })
      throw new SluiceError(
        'fenced',
        `Stream ${streamId} has another owner: an append of term ${term} at seq ${seq + 1} was refused (${result.result}).`,
      )
    }
    if (result.result === 'mismatch')
      throw new SluiceError('server', `Stream ${streamId} refused an append: ${result.what} does not match.`)
    seq += records.length
  }

  const appendUntilPossible = async (records: readonly Uint8Array[], close: boolean): Promise<AppendResult> => {
    for (let retry = 1; ; retry++) {
      if (signal.aborted) throw abortError(signal)
      try {
        return await store.append(streamId, records, { owner: { term, seq: seq + 1 }, close })
      } catch (thrown) {
        const error = toSluiceError(thrown, `Appending to stream ${streamId} failed`)
        if (!error.retryable && error.code !== 'storage-read-only') throw error
        if (retry === 1) observer({ type: 'trouble', what: `Stream ${streamId} cannot be written; its run waits and tries again`, error })
        await sleep(clock, backoffDelayMs(RETRY, retry), signal)
      }
    }
  }

  const sendAll = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const batch = waiting
        waiting = []
        waitingChars = 0
        await append(batch.map(encodeEvent), batch.at(-1)?.type === 'run-end')
      }
    } catch (thrown) {
      failure = thrown instanceof Error ? thrown : toSluiceError(thrown)
      throw failure
    } finally {
      sending = undefined
    }
  }

  const start = (): Promise<void> => {
    if (sending === undefined && waiting.length > 0) {
      sending = sendAll()
      // Callers learn of a failure from `flush`, `end` or the next `write`; without this it would also be an unhandled rejection.
      sending.catch(() => {})
    }
    return sending ?? Promise.resolve()
  }

  const add = (body: RunEventBody): void => {
    if (failure) throw failure
    const event: RunEvent = { ...body, at: clock.now() }
    const last = waiting.at(-1)
    const merged = last && mergeDeltas(last, event)
    if (merged) waiting[waiting.length - 1] = merged
    else waiting.push(event)
    if ('text' in event) waitingChars += event.text.length
  }

  const flush = async (): Promise<void> => {
    if (failure) throw failure
    while (sending !== undefined || waiting.length > 0) await start()
  }

  return {
    write(body) {
      add(body)
      start()
    },
    get full() {
      return waiting.length >= MAX_WAITING_EVENTS || waitingChars >= MAX_WAITING_CHARS
    },
    flush,
    async end(body) {
      add(body)
      await flush()
    },
  }
}
