/**
 * Server-sent events of a response body, as JSON objects.
 *
 * Each event is yielded in the turn in which its bytes arrived; the next bytes are read when the consumer asks. Comments, ids, event
 * names and `[DONE]` are skipped: the type is in the JSON.
 */
import { createParser } from 'eventsource-parser'
import { SluiceError } from '../../core/errors.ts'
import { asObject, type Wire } from './wire.ts'

/** Longest event, in characters. The terminal event repeats the whole response, encrypted reasoning included. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024

/**
 * @throws {SluiceError} `provider` for a frame that is not a JSON object in UTF-8 or is longer than `MAX_EVENT_CHARS`; `connection` for one that the
 * end of the bytes cut off. Errors of `chunks` pass through.
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  maxEventChars = MAX_EVENT_CHARS,
): AsyncGenerator<Wire, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const frames: string[] = []
  let tooLong = false
  const parser = createParser({
    maxBufferSize: maxEventChars,
    onEvent: (event) => {
      if (event.data.length > maxEventChars) tooLong = true
      else frames.push(event.data)
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') tooLong = true
    },
  })

  const takeFrames = function* (atEnd: boolean): Generator<Wire, void, undefined> {
    for (const frame of frames.splice(0)) {
      if (frame !== '[DONE]') yield parseFrame(frame, atEnd)
    }
    if (tooLong) throw new SluiceError('provider', `OpenAI sent an event of more than ${maxEventChars} characters.`)
  }

  for await (const chunk of chunks) {
    parser.feed(decode(() => decoder.decode(chunk, { stream: true }), false))
    yield* takeFrames(false)
  }
  // The last event may lack its blank line; a parser that is only told to stop would lose it.
  parser.feed(`${decode(() => decoder.decode(), true)}\n\n`)
  yield* takeFrames(true)
}

function decode(run: () => string, atEnd: boolean): string {
  try {
    return run()
  } catch (cause) {
    throw atEnd ? cutOff(cause) : new SluiceError('provider', 'OpenAI sent bytes that are not UTF-8.', { cause })
  }
}

function parseFrame(frame: string, atEnd: boolean): Wire {
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch (cause) {
    throw atEnd ? cutOff(cause) : malformed(frame, cause)
  }
  const wire = asObject(value)
  if (wire === undefined) throw malformed(frame, undefined)
  return wire
}

function malformed(frame: string, cause: unknown): SluiceError {
  // The text of the frame may be the answer itself, so only its size is named.
  return new SluiceError('provider', `OpenAI sent an event of ${frame.length} characters that is not a JSON object.`, {
    cause: detailOf(cause),
  })
}

function cutOff(cause: unknown): SluiceError {
  return new SluiceError('connection', 'The response of OpenAI broke off in the middle of an event.', { cause: detailOf(cause) })
}

/** JSON.parse quotes its input in the message; only the kind of error is kept. */
function detailOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.name : undefined
}
