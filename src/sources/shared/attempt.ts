/** One attempt, read to its end: bytes in, source events out (the promises of `ports/source.ts`). */
import { SluiceError } from '../../core/errors.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { oneByOne } from './one-by-one.ts'
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
 * The events of each chunk in the turn in which it came; reads on when the consumer has taken them. Ends right after `finish`.
 * @throws {SluiceError} what the normaliser or the frames say, after the events that came before it; `connection` for an end without the provider's
 * terminal event. The signal's reason when it aborts. Errors of `chunks` pass through.
 */
export function readAttempt(attempt: AttemptBytes): AsyncIterableIterator<SourceEvent, void, undefined> {
  return oneByOne(readBatches(attempt), attempt.signal)
}

/** The events of each chunk that has any. */
async function* readBatches({ chunks, label, normaliser }: AttemptBytes): AsyncGenerator<readonly SourceEvent[], void, undefined> {
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
    const batch = read(() => reader.feed(chunk))
    if (batch.length > 0) yield batch
    if (error !== undefined) throw error
    if (over) return
  }
  const last = read(() => {
    reader.end()
    finish()
  })
  if (last.length > 0) yield last
  if (error !== undefined) throw error
}
