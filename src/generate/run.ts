/**
 * The production of one run by one owner: fence the stream, generate, write the terminal event, project it.
 *
 * The terminal event in the stream is the commit point. Whatever happens before it is repeated or sealed by the next owner;
 * whatever happens after it is only projection, repaired at start.
 */
import { abortError, abortKind } from '../core/abort.ts'
import { type BackoffPolicy, backoffDelayMs } from '../core/backoff.ts'
import { type Clock, sleep } from '../core/clock.ts'
import { publicError, SluiceError, toSluiceError } from '../core/errors.ts'
import type { Outcome, RunEventBody, Usage } from '../core/event.ts'
import { type Answer, answerText, applyEvent } from '../core/fold.ts'
import { parseOffset } from '../core/offset.ts'
import { createWriter, type Writer } from '../log/writer.ts'
import type { Observer } from '../ports/observer.ts'
import type { Records, RunEnd, RunRecord } from '../ports/records.ts'
import type { ResumePoint, Source } from '../ports/source.ts'
import type { Store } from '../ports/store.ts'
import { type Annotator, createAnnotator } from './annotate.ts'
import { runAttempt } from './attempt.ts'
import { resolveModel } from './model.ts'
import { buildPrompt } from './prompt.ts'
import { ownStream, readAnswer } from './run-stream.ts'

/** What producing runs needs. */
export interface RunContext {
  readonly store: Store
  readonly records: Records
  readonly sources: ReadonlyMap<string, Source>
  readonly clock: Clock
  readonly observer: Observer
  /** Estimate of the tokens of a text. */
  readonly countTokens: (text: string) => number
  readonly maxHistoryTokens: number
  /** Aborts when this process must let go of everything, also of a store that cannot be written. */
  readonly shutdown: AbortSignal
}

type RunEndBody = Extract<RunEventBody, { type: 'run-end' }>

/** How the work on a run came to its end here. */
export type Production =
  /** The run has ended and is projected. */
  | { readonly result: 'ended'; readonly outcome: Outcome }
  /** Another owner goes on. */
  | { readonly result: 'handed-over' }

/**
 * Produces a run to its end. Never rejects for what a provider does; rejects when the store or the records fail for good, and then the
 * next owner takes over.
 * @param signal stops the work; its reason (`AbortReason`) says whether the run ends (`cancel`, `deadline`) or is handed over.
 * @param takeover whether an earlier owner may have begun.
 */
export async function produce(context: RunContext, run: RunRecord, signal: AbortSignal, takeover: boolean): Promise<Production> {
  const { store, clock, observer } = context
  const { term, head, closed } = await ownStream(store, run)
  const past = await readAnswer(store, run.streamId)
  if (closed || past.outcome !== undefined) return project(context, run, past)

  const writer = createWriter({
    store,
    streamId: run.streamId,
    term,
    seq: parseOffset(head).seq,
    clock,
    observer,
    signal: context.shutdown,
  })
  const annotator = createAnnotator(context.countTokens, past)
  let answer = past
  const add = (event: RunEventBody): void => {
    answer = applyEvent(answer, { ...event, at: clock.now() })
  }
  try {
    const last = await generate({ context, run, signal, takeover, past, writer, annotator, add })
    if (last === undefined) {
      await writer.flush()
      return { result: 'handed-over' }
    }
    const end: RunEndBody = { ...last, ...openParts(answer) }
    await writer.end(end)
    add(end)
  } catch (thrown) {
    if ((thrown instanceof SluiceError && thrown.code === 'fenced') || abortKind(context.shutdown) === 'handover')
      return { result: 'handed-over' }
    throw thrown
  }
  return project(context, run, answer)
}

/** What the answer leaves open, for the terminal event: whoever shows single events has to close it. */
function openParts({ parts }: Answer): Pick<RunEndBody, 'open'> {
  const open = parts
    .filter(({ done }) => !done)
    .map(({ kind, id, ...part }) => ({ kind, id, ...('name' in part ? { name: part.name } : {}) }))
  return open.length === 0 ? {} : { open }
}

interface Generation {
  readonly context: RunContext
  readonly run: RunRecord
  readonly signal: AbortSignal
  readonly takeover: boolean
  readonly past: Answer
  readonly writer: Writer
  readonly annotator: Annotator
  readonly add: (event: RunEventBody) => void
}

/** Generates; the terminal event to write, or nothing when the run is handed over. */
async function generate({ context, run, signal, takeover, past, writer, annotator, add }: Generation): Promise<RunEndBody | undefined> {
  let reported = past.usage
  const usageSoFar = (): Usage => knownUsage(reported, annotator.outputTokens)
  const began = takeover && (past.parts.length > 0 || past.status?.status !== 'queued')
  try {
    if (signal.aborted) throw abortError(signal)
    // Here and not before: a source that this process no longer has must end the run, not leave its readers waiting.
    const { source, model } = resolveModel(context.sources, run.model)
    if (began && source.capabilities(model).resume !== 'position') {
      const error = new SluiceError(
        'server',
        `Run ${run.id} was in progress when its process died, and ${run.model} cannot continue an answer exactly.`,
        {
          safeMessage: 'The server was restarted while this answer was being written.',
        },
      )
      return { type: 'run-end', outcome: 'interrupted', error: publicError(error), usage: usageSoFar() }
    }
    writer.write(
      began
        ? { type: 'status', status: 'resumed', message: 'Going on where it stopped' }
        : { type: 'status', status: 'started', message: 'Thinking' },
    )
    const messages = await buildPrompt(context.records, run, context.countTokens, context)
    const finished = await runAttempt({
      source,
      request: { model, messages, options: run.options },
      writer,
      annotator,
      signal,
      ...(began ? { resume: resumePoint(past) } : {}),
      onEvent: firstText(context, run, add),
      onUsage: (usage) => {
        reported = usage
      },
      onCancelFailed: (error) =>
        context.observer({ type: 'trouble', what: `The provider of run ${run.id} could not be told to stop`, error: toSluiceError(error) }),
    })
    // A source counts its own attempt; what an earlier owner's attempt wrote is only known from the log.
    const usage: Usage = began ? { ...finished.usage, outputTokens: annotator.outputTokens, basis: 'estimated' } : finished.usage
    return { type: 'run-end', outcome: 'completed', finishReason: finished.reason, usage }
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'fenced') throw thrown
    return stopped(context, run, signal, thrown, usageSoFar(), annotator.outputTokens > 0)
  }
}

/** What was used by an attempt that did not come to its end: as the provider reported it, where it counted the output too. */
function knownUsage(reported: Usage | undefined, outputTokens: number): Usage {
  if (reported?.outputTokens !== undefined) return reported
  return outputTokens > 0 ? { ...reported, outputTokens, basis: 'estimated' } : (reported ?? { basis: 'unknown' })
}

/** The terminal event of work that did not reach the provider's; nothing for a handover. */
function stopped(
  context: RunContext,
  run: RunRecord,
  signal: AbortSignal,
  thrown: unknown,
  usage: Usage,
  hasOutput: boolean,
): RunEndBody | undefined {
  const kind = abortKind(signal)
  if (kind === 'handover') return undefined
  if (kind === 'cancel') return { type: 'run-end', outcome: 'cancelled', usage }
  const error =
    kind === 'deadline'
      ? new SluiceError('timeout', `Run ${run.id} took longer than a run may take.`)
      : toSluiceError(thrown, `Run ${run.id} failed`)
  context.observer({ type: 'trouble', what: `Run ${run.id} of ${run.model} stopped before its end`, error })
  return { type: 'run-end', outcome: hasOutput && error.retryable ? 'interrupted' : 'failed', error: publicError(error), usage }
}

/** Folds what was written, and reports the first text. */
function firstText(context: RunContext, run: RunRecord, add: (event: RunEventBody) => void): (event: RunEventBody) => void {
  let seen = false
  return (event) => {
    add(event)
    if (seen || event.type !== 'text-delta') return
    seen = true
    context.observer({ type: 'first-text', runId: run.id, model: run.model, afterMs: context.clock.now() - run.createdAt })
  }
}

function resumePoint(answer: Answer): ResumePoint {
  return { answer }
}

const PROJECTION_RETRY: BackoffPolicy = { baseMs: 100, maxMs: 10_000, factor: 2, jitter: 'full' }

/** Carries the end of a stream into the records. A failure is repeated until it succeeds or this process goes down; the next start repairs it then. */
async function project(context: RunContext, run: RunRecord, answer: Answer): Promise<Production> {
  const outcome = answer.outcome
  if (outcome === undefined) throw new SluiceError('storage-corrupt', `Stream ${run.streamId} is closed but has no terminal event.`)
  const end: RunEnd = {
    outcome,
    endedAt: context.clock.now(),
    ...(answer.finishReason === undefined ? {} : { finishReason: answer.finishReason }),
    ...(answer.error === undefined ? {} : { error: answer.error }),
    usage: answer.usage ?? { basis: 'unknown' },
    text: answerText(answer),
  }
  for (let retry = 1; ; retry++) {
    try {
      await context.records.endRun(run.id, end)
      return { result: 'ended', outcome }
    } catch (thrown) {
      if (context.shutdown.aborted) throw thrown
      const error = toSluiceError(thrown, `Projecting run ${run.id} failed`)
      if (retry === 1)
        context.observer({
          type: 'trouble',
          what: `The end of run ${run.id} is durable, but its row cannot be written; trying again`,
          error,
        })
      await sleep(context.clock, backoffDelayMs(PROJECTION_RETRY, retry), context.shutdown)
    }
  }
}
