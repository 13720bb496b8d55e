/**
 * Stream plans: a route answers a stream with a portable `Response` that also carries how to open the stream. The Node adapter recognises
 * the plan and writes to the socket; everywhere else the body is an ordinary web stream, made lazily from the same plan.
 */
import { SluiceError } from '../core/errors.ts'
import type { ByteSink, Reader } from '../log/hub.ts'

export interface StreamPlan {
  /** First bytes of the body; they leave together with the head. */
  readonly prelude: Uint8Array
  /** Joins the stream. Called at most once, when somebody really reads. */
  open(sink: ByteSink): Reader
  /**
   * How the body ends for a reader that should come back. `end`, the default: well formed, for readers that know the end of a stream by what
   * is in it. `destroy`: broken off, for readers that take any proper end of the body for the end of the stream.
   */
  readonly onReconnect?: 'end' | 'destroy'
}

/** Bytes that wait in the web stream of one reader before the sink says stop. */
export const WEB_STREAM_MAX_QUEUED_BYTES = 64 * 1024

/** Keyed by the body, which stays the same object when a framework wraps the response anew to change headers. */
const plans = new WeakMap<ReadableStream, StreamPlan>()

/** A response whose body is the stream of `plan`. */
export function streamResponse(plan: StreamPlan, headers: Readonly<Record<string, string>>): Response {
  const body = webStream(plan)
  plans.set(body, plan)
  return new Response(body, { headers })
}

/** The plan that a response carries, if it does. Who takes it must leave the body alone. */
export function planOf(response: Response): StreamPlan | undefined {
  return response.body === null ? undefined : plans.get(response.body)
}

function comeBack(): SluiceError {
  return new SluiceError('unavailable', 'The server lets go of this stream before its end. Come back with the last id that was read.')
}

function webStream(plan: StreamPlan): ReadableStream<Uint8Array> {
  let reader: Reader | undefined
  let blocked = false
  let over = false
  const leave = (): void => {
    over = true
    reader?.leave()
  }
  const open = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    controller.enqueue(plan.prelude)
    reader = plan.open({
      write(bytes) {
        if (over) return false
        controller.enqueue(bytes)
        blocked = -(controller.desiredSize ?? 0) >= WEB_STREAM_MAX_QUEUED_BYTES
        return !blocked
      },
      end(why) {
        if (over) return
        over = true
        if (why === 'reconnect' && plan.onReconnect === 'destroy') controller.error(comeBack())
        else controller.close()
      },
    })
  }
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (!reader) open(controller)
        else if (blocked) {
          blocked = false
          reader.drained()
        }
      },
      cancel: leave,
    },
    // No high-water mark: nothing opens before the first read, so an unread body (HEAD, a failed middleware) costs nothing.
    { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
  )
}
