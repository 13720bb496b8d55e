/** Streams of this surface: formats that have a memory, one for each reader, and an end that nobody can take for a whole answer. */
import { decodeEvent, type RunEvent, type UnknownEvent } from '../../core/event.ts'
import type { Offset } from '../../core/offset.ts'
import type { WireFormat } from '../../log/hub.ts'
import type { RunRecord } from '../../ports/records.ts'
import type { StoredRecord } from '../../ports/store.ts'
import type { AppDeps } from '../context.ts'
import { streamResponse } from '../stream-plan.ts'
import { DO_NOT_REPEAT } from './errors.ts'

const encoder = new TextEncoder()
const NOTHING = new Uint8Array(0)
const HEARTBEAT = encoder.encode(':\n\n')

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * The format of one reader. What it writes depends on all that it read before, so no two readers may share its bytes: it has a name of its own,
 * and the hub gives it each record once, in order.
 */
function formatOfOne(write: (event: RunEvent | UnknownEvent) => string): WireFormat {
  const encode = (records: readonly StoredRecord[]): Uint8Array => {
    let text = ''
    for (const { data } of records) text += write(decodeEvent(data))
    return text === '' ? NOTHING : encoder.encode(text)
  }
  return { name: `openai:${crypto.randomUUID()}`, live: encode, past: encode, heartbeat: HEARTBEAT }
}

export interface OpenAIStream {
  readonly after: Offset
  /** Frames that go out before those of the log; a comment when there are none, so that the head leaves at once. */
  readonly first: string
  /** The frames of an event; the empty text for none. */
  readonly write: (event: RunEvent | UnknownEvent) => string
}

/** The stream of a run. When this server goes down before the run's end, the last frame is an error, which makes the package throw. */
export function openStream({ hub }: AppDeps, run: RunRecord, { after, first, write }: OpenAIStream): Response {
  const prelude = encoder.encode(first === '' ? ':\n\n' : first)
  const broken = encoder.encode(brokenFrame(run))
  return streamResponse(
    {
      prelude,
      // For whoever ends the stream from outside: these readers take every proper end for the end of the answer.
      onReconnect: 'destroy',
      open: (sink) =>
        hub.join(run.streamId, {
          after,
          kind: 'openai',
          format: formatOfOne(write),
          sink: {
            write: (bytes) => sink.write(bytes),
            end(why) {
              // The error says what happened, and then has to arrive: a socket that is broken off loses what waits in it.
              if (why === 'reconnect') sink.write(broken)
              sink.end('complete')
            },
          },
        }),
    },
    { ...HEADERS, ...DO_NOT_REPEAT },
  )
}

function brokenFrame({ id }: RunRecord): string {
  const message = `The connection ends before the answer does. It goes on as resp_${id}: read the rest with GET /v1/responses/resp_${id}?stream=true&starting_after=<last sequence_number>.`
  const error = { message, type: 'server_error', code: 'unavailable', param: null }
  return `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`
}

/** One frame. */
export function frameOf(data: unknown, type?: string): string {
  return `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(data)}\n\n`
}
