/** Answers as UI message streams: who reads them, and which ended ones somebody still waits for. */
import type { RunRecord } from '../../ports/records.ts'
import { hasEverything } from '../attach.ts'
import type { AppDeps } from '../context.ts'
import { streamResponse } from '../stream-plan.ts'
import { uiMessageFormat } from './format.ts'

/**
 * How long after its end an answer that no reader was sent to the end is still replayed, in milliseconds. Whoever lost the connection while
 * it was written would otherwise take what came so far for the whole.
 */
const REPLAY_WINDOW_MS = 300_000

/**
 * Ended answers that were handed whole to some reader's connection; the oldest goes first, and is then replayed once more at worst. Whether the reader
 * got the last of it nobody knows here: one that lost its network in that moment comes back with `Last-Event-ID`, if it can.
 */
const MAX_DELIVERED = 10_000

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-vercel-ai-ui-message-stream': 'v1',
} as const

export interface AnswerStreams {
  /**
   * The answer of a run after a position, or 204 when the reader has everything.
   * @throws {Refusal} 410 when the stream does not have the position.
   */
  follow(run: RunRecord, after: string): Promise<Response>
  /** Whether somebody who comes without a position should get this run: it is live, or just ended and nobody got it to its end. */
  isWanted(run: RunRecord): boolean
}

export function answerStreams({ store, hub, clock }: AppDeps): AnswerStreams {
  const delivered = new Set<string>()

  const wasDelivered = (runId: string): void => {
    delivered.delete(runId)
    delivered.add(runId)
    for (const oldest of delivered) {
      if (delivered.size <= MAX_DELIVERED) break
      delivered.delete(oldest)
    }
  }

  return {
    async follow(run, after) {
      if (await hasEverything(store, run, after)) return new Response(null, { status: 204 })
      const format = uiMessageFormat(run)
      // An id of its own from the first byte on, so that a reader can come back to this run even if it never saw a chunk.
      const prelude = new TextEncoder().encode(`id: ${run.id}.${after}\n\n`)
      return streamResponse(
        {
          prelude,
          // The client takes every proper end for the end of the answer and says nothing of what is missing.
          onReconnect: 'destroy',
          open: (sink) =>
            hub.join(run.streamId, {
              after,
              kind: 'ai-sdk',
              format,
              sink: {
                write: (bytes) => sink.write(bytes),
                end(why) {
                  if (why === 'complete') wasDelivered(run.id)
                  sink.end(why)
                },
              },
            }),
        },
        HEADERS,
      )
    },

    isWanted(run) {
      if (run.endedAt === undefined) return true
      // Who stopped an answer has seen as much of it as was wanted.
      return run.status !== 'cancelled' && !delivered.has(run.id) && clock.now() - run.endedAt < REPLAY_WINDOW_MS
    },
  }
}
