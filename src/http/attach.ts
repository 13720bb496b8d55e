/** Attaches a reader to the stream of a run: checks its position first, since a stream that has begun cannot say 410. */
import { SluiceError } from '../core/errors.ts'
import { isOffset, type Offset, START } from '../core/offset.ts'
import type { WireFormat } from '../log/hub.ts'
import type { RunRecord } from '../ports/records.ts'
import type { AppDeps } from './context.ts'
import { Refusal } from './problem.ts'
import { streamResponse } from './stream-plan.ts'

/** How long an EventSource waits before it comes back, in milliseconds. */
const RETRY_MS = 1_000

/** Proxies must pass every frame on at once: nginx buffers without the last one, others compress without `no-transform`. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

export interface AttachOptions {
  readonly after: Offset
  readonly kind: string
  readonly format: WireFormat
  /** Id that the reader has from the first byte on, so that it can come back even if it never saw an event. */
  readonly firstId?: string
}

/**
 * The stream of a run after a position, or 204 when the reader has everything.
 * @throws {Refusal} 410 when the stream does not have the position.
 */
export async function attach({ store, hub }: AppDeps, run: RunRecord, options: AttachOptions): Promise<Response> {
  const { after, kind, format, firstId } = options
  if (await hasEverything(store, run, after)) return new Response(null, { status: 204 })
  const prelude = new TextEncoder().encode(`retry: ${RETRY_MS}\n${firstId === undefined ? '' : `id: ${firstId}\n`}\n`)
  return streamResponse({ prelude, open: (sink) => hub.join(run.streamId, { after, kind, format, sink }) }, STREAM_HEADERS)
}

/**
 * Whether a stream is over and nothing follows a position.
 * @throws {Refusal} 410 when the stream does not have the position.
 */
export async function hasEverything(store: AppDeps['store'], run: RunRecord, after: Offset): Promise<boolean> {
  try {
    if (after === START) {
      // Every stream has its beginning, so the head says enough: most readers come here, and a read would unpack a whole block for them twice.
      const head = await store.head(run.streamId)
      if (head === undefined) throw new SluiceError('not-found', `There is no stream ${run.streamId}.`)
      return head.closed && head.head === START
    }
    const { records, atTail, closed } = await store.read(run.streamId, after, { maxRecords: 1 })
    return closed && atTail && records.length === 0
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'not-found' && run.endedAt === undefined) {
      throw new SluiceError('unavailable', `The stream of run ${run.id} could not be made yet.`, { retryAfterMs: RETRY_MS, cause: error })
    }
    // An ended run had a stream, so one that is not there has been removed: for the reader both are a lost position.
    if (error instanceof SluiceError && (error.code === 'gone' || error.code === 'not-found')) {
      throw new Refusal(410, 'gone', 'This position of the stream is not, or no longer, kept. Read the run again from the beginning.', {
        cause: error,
      })
    }
    throw error
  }
}

/**
 * A position that a client sent; the beginning when it sent none.
 * @throws {Refusal} 400 when it is not one.
 */
export function positionOf(sent: string | undefined): Offset {
  if (sent === undefined || sent === '') return START
  if (!isOffset(sent))
    throw new Refusal(400, 'invalid-request', 'This is not a position of a stream. Send the id of a frame back unchanged.')
  return sent
}
