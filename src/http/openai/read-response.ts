/** Reading responses from the log: whole, or from a number on. */
import { SluiceError } from '../../core/errors.ts'
import { decodeEvent } from '../../core/event.ts'
import { type Offset, START } from '../../core/offset.ts'
import type { RunRecord } from '../../ports/records.ts'
import type { Store, StoredRecord } from '../../ports/store.ts'
import { Refusal } from '../problem.ts'
import { badField } from './errors.ts'
import type { Json } from './json.ts'
import { type ResponseEvent, type ResponseReading, readResponse } from './response-events.ts'

/** What the log of a run adds up to now. */
export async function responseOf(store: Store, run: RunRecord): Promise<Json> {
  const reading = readResponse(run)
  for await (const { data } of records(store, run)) reading.take(decodeEvent(data))
  return reading.response
}

/** A place in the events of a response. */
export interface ResponsePlace {
  /** Has taken everything up to `after`. */
  readonly reading: ResponseReading
  readonly after: Offset
  /** Events after the place of the record at `after`, which lies across it. */
  readonly rest: readonly ResponseEvent[]
}

/**
 * The place after an event. Counting is the only way there, and costs what reading the log costs.
 * @throws {Refusal} 400 for a number that has not been given yet, 410 when the log is no longer kept.
 */
export async function placeAfter(store: Store, run: RunRecord, startingAfter: number | undefined): Promise<ResponsePlace> {
  const reading = readResponse(run)
  let after: Offset = START
  for await (const record of records(store, run)) {
    if (startingAfter === undefined) return { reading, after, rest: [] }
    const events = reading.take(decodeEvent(record.data))
    after = record.offset
    if (reading.next > startingAfter) return { reading, after, rest: events.filter((event) => event.sequence_number > startingAfter) }
  }
  if (startingAfter !== undefined && startingAfter >= reading.next) {
    throw badField('starting_after', `This response has no event ${startingAfter} yet: its last one is ${reading.next - 1}.`)
  }
  return { reading, after, rest: [] }
}

/** How long a client waits for a stream that could not be made yet, in milliseconds. */
const NOT_YET_RETRY_MS = 1_000

async function* records(store: Store, run: RunRecord): AsyncGenerator<StoredRecord, void, undefined> {
  let after: Offset = START
  try {
    for (;;) {
      const page = await store.read(run.streamId, after)
      yield* page.records
      if (page.atTail) return
      after = page.next
    }
  } catch (error) {
    if (!(error instanceof SluiceError) || (error.code !== 'not-found' && error.code !== 'gone')) throw error
    if (run.endedAt === undefined && error.code === 'not-found') {
      throw new SluiceError('unavailable', `The stream of run ${run.id} could not be made yet.`, {
        retryAfterMs: NOT_YET_RETRY_MS,
        cause: error,
      })
    }
    throw new Refusal(410, 'gone', 'The events of this response are no longer kept.', { cause: error })
  }
}
