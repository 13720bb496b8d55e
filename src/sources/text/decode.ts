/** Chunks of text or of UTF-8 as text in which no character is cut in two. */
import { SluiceError } from '../../core/errors.ts'
import { describe } from '../shared/describe.ts'

export interface ChunkReader {
  /** The text of one chunk; what it has only a part of waits for the next. @throws {SluiceError} `provider` for anything but text and UTF-8. */
  read(chunk: unknown): string
  /** What waited. @throws {SluiceError} `provider` when that is no whole character of UTF-8. */
  end(): string
}

/** @param what who sends the chunks, as the start of a sentence. */
export function createChunkReader(what: string): ChunkReader {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  /** The first half of a character outside of the basic plane, whose second half is in the next chunk. */
  let half = ''

  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (cause) {
      throw new SluiceError('provider', `${what} sent bytes that are not UTF-8. Decode them before they are streamed.`, { cause })
    }
  }

  return {
    read(chunk) {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
        throw new SluiceError('provider', `${what} sent ${describe(chunk)}. Stream strings, or bytes (Uint8Array) of UTF-8.`)
      }
      // Half a character in bytes cannot go on in a string: it fails as what it is.
      const text = half + (typeof chunk === 'string' ? decode() + chunk : decode(chunk))
      half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? ''
      return text.slice(0, text.length - half.length)
    },
    end() {
      const rest = half + decode()
      half = ''
      return rest
    },
  }
}
