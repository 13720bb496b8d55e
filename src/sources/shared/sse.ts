/**
 * Server-sent events of a response body, as JSON objects. Comments, ids and event names are skipped: the type is in the JSON.
 */
import { createParser } from 'eventsource-parser'
import { SluiceError } from '../../core/errors.ts'
import { asObject, type Wire } from './wire.ts'

/** Longest event, in characters. The terminal event of some APIs repeats the whole response, encrypted reasoning included. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024

/** What ends a stream of some APIs, in place of JSON. */
const DONE = '[DONE]'

export interface EventReader {
  /**
   * More bytes, cut anywhere. What they complete goes to the handlers before this returns.
   * @throws {SluiceError} `provider` for a frame that is not a JSON object in UTF-8 or is longer than `maxEventChars`. Bytes that are not
   * UTF-8 void the whole chunk that they came in.
   */
  feed(chunk: Uint8Array): void
  /**
   * The end of the bytes; the last event may lack its blank line.
   * @throws {SluiceError} `connection` for a frame that the end cut off, else as `feed`.
   */
  end(): void
}

export interface EventReaderOptions {
  /** The provider's name, for errors. */
  readonly label: string
  readonly onEvent: (wire: Wire) => void
  /** `[DONE]` came. */
  readonly onDone: () => void
  readonly maxEventChars?: number
}

export function createEventReader({ label, onEvent, onDone, maxEventChars = MAX_EVENT_CHARS }: EventReaderOptions): EventReader {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let atEnd = false
  const tooLong = (): SluiceError => new SluiceError('provider', `${label} sent an event of more than ${maxEventChars} characters.`)
  // What is thrown in a handler of the parser comes out of its `feed`.
  const parser = createParser({
    maxBufferSize: maxEventChars,
    onEvent({ data }) {
      if (data.length > maxEventChars) throw tooLong()
      if (data === DONE) onDone()
      else onEvent(parseFrame(data))
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw tooLong()
    },
  })
  // The decoder takes the one byte order mark away. The parser would take a second, and text that looks like the bytes of one; after a comment it does not.
  parser.feed(':\n')

  const parseFrame = (frame: string): Wire => {
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
  // The text of the frame may be the answer itself, so only its size is named.
  const malformed = (frame: string, cause: unknown): SluiceError =>
    new SluiceError('provider', `${label} sent an event of ${frame.length} characters that is not a JSON object.`, { cause: kindOf(cause) })
  const cutOff = (cause: unknown): SluiceError =>
    new SluiceError('connection', `The response of ${label} broke off in the middle of an event.`, { cause: kindOf(cause) })

  const decode = (run: () => string): string => {
    try {
      return run()
    } catch (cause) {
      throw atEnd ? cutOff(cause) : new SluiceError('provider', `${label} sent bytes that are not UTF-8.`, { cause: kindOf(cause) })
    }
  }

  return {
    feed(chunk) {
      parser.feed(decode(() => decoder.decode(chunk, { stream: true })))
    },
    end() {
      atEnd = true
      // A parser that is only told to stop would lose an event without its blank line.
      parser.feed(`${decode(() => decoder.decode())}\n\n`)
    },
  }
}

/** JSON.parse quotes its input in the message; only the kind of error is kept. */
function kindOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.name : undefined
}
