/** One attempt: a source's events become events of the run, as fast as the store takes them. */

import { abortKind } from '../core/abort.ts'
import { SluiceError } from '../core/errors.ts'
import type { FinishReason, PartEvent, Usage } from '../core/event.ts'
import type { Writer } from '../log/writer.ts'
import type { ResumePoint, Source, SourceRequest } from '../ports/source.ts'
import type { Annotator } from './annotate.ts'

export interface Attempt {
  readonly source: Source
  readonly request: SourceRequest
  readonly writer: Writer
  readonly annotator: Annotator
  readonly signal: AbortSignal
  readonly resume?: ResumePoint
  /** Each event that was written. */
  readonly onEvent: (event: PartEvent) => void
  /** What the provider says was used so far. */
  readonly onUsage: (usage: Usage) => void
  /** The provider could not be told to stop; its socket is closed all the same. */
  readonly onCancelFailed: (error: unknown) => void
}

export interface Finished {
  readonly reason: FinishReason
  readonly usage: Usage
}

/**
 * Runs one attempt to the provider's terminal event.
 * @throws what the source or the writer threw, the signal's reason, or `connection` when the source ended without a terminal event.
 */
export async function runAttempt({
  source,
  request,
  writer,
  annotator,
  signal,
  resume,
  onEvent,
  onUsage,
  onCancelFailed,
}: Attempt): Promise<Finished> {
  let responseId: string | undefined
  try {
    for await (const event of source.stream(request, { signal, ...(resume ? { resume } : {}) })) {
      switch (event.type) {
        case 'finish':
          return event
        case 'response':
          responseId = event.responseId
          break
        case 'usage':
          onUsage(event.usage)
          writer.write(event)
          break
        case 'data':
          writer.write(event)
          break
        default:
          for (const annotated of annotator.annotate(event)) {
            writer.write(annotated)
            onEvent(annotated)
          }
      }
      if (writer.full) await writer.flush()
    }
  } catch (thrown) {
    // A handover must not stop the provider: the next owner goes on with that very response.
    const stopped = signal.aborted && abortKind(signal) !== 'handover'
    if (stopped && responseId !== undefined && source.capabilities(request.model).cancel) {
      // Not awaited: the partial is sealed at once, however long the provider takes to hear of it.
      source.cancel(responseId, { signal: AbortSignal.timeout(PROVIDER_CANCEL_MS) }).catch(onCancelFailed)
    }
    throw thrown
  }
  throw new SluiceError('connection', `Source ${source.name} ended its stream without a terminal event.`)
}

/** How long telling the provider to stop may take. */
const PROVIDER_CANCEL_MS = 5_000
