/** One attempt, read to its end: bytes in, source events out (the promises of `ports/source.ts`). */
import { abortError } from '../../core/abort.ts'
import { SluiceError } from '../../core/errors.ts'
import type { SourceEvent } from '../../ports/source.ts'
import type { Normaliser } from './reading.ts'
import { createEventReader } from './sse.ts'

export interface AttemptBytes {
  readonly chunks: AsyncIterable<Uint8Array>
  /** The provider's name, for errors. */
  readonly label: string
  readonly normaliser: Normaliser
  readonly signal: AbortSignal
}

/**
 * Yields the events of each chunk in the turn in which it came, and reads on when the consumer asks. Ends right after `finish`.
 * @throws {SluiceError} what the normaliser or the frames say, after the events that came before it; `connection` for an end without the provider's
 * terminal event. The signal's reason when it aborts. Errors of `chunks` pass through.
 */
export async function* readAttempt({ chunks, label, normaliser, signal }: AttemptBytes): AsyncGenerator<SourceEvent, void, undefined> {
  let events: SourceEvent[] = []
  let error: unknown
  let over = false
  const reader = createEventReader({
    label,
    onEvent(wire) {
      if (over) return
      const reading = normaliser.read(wire)
      events.push(...reading.events)
      error = reading.error
      over = error !== undefined || reading.events.at(-1)?.type === 'finish'
    },
    onDone: () => finish(),
  })
  const finish = (): void => {
    if (over) return
    over = true
    const last = normaliser.end()
    events.push(...last)
    if (last.at(-1)?.type !== 'finish') {
      error = new SluiceError('connection', `The response of ${label} ended without its terminal event, so it is not complete.`)
    }
  }
  /** Runs a piece of reading, whose failure comes after what it had read already. */
  const read = (run: () => void): readonly SourceEvent[] => {
    events = []
    try {
      run()
    } catch (thrown) {
      if (!over) error = thrown
      over = true
    }
    return events
  }

  for await (const chunk of chunks) {
    for (const event of read(() => reader.feed(chunk))) {
      // The consumer may have aborted while it had the last event: what is already parsed must not come after that.
      if (signal.aborted) throw abortError(signal)
      yield event
    }
    if (error !== undefined) throw error
    if (over) return
  }
  const end = (): void => {
    reader.end()
    finish()
  }
  for (const event of read(end)) {
    if (signal.aborted) throw abortError(signal)
    yield event
  }
  if (error !== undefined) throw error
}
