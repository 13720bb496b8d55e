/** A reader of the long stream: keeps no text, but its length and a running checksum. */
import { crc32 } from 'node:zlib'
import { contentOf, openConnection } from '../reader.ts'

export interface Digest {
  readonly chars: number
  readonly crc: number
  readonly lastId: string
}

export interface LongReader {
  /** Characters so far. */
  readonly chars: number
  /** Resolves when it has the terminal event, and when it was cut. @throws when the connection breaks or an id goes back. */
  readonly done: Promise<Digest & { readonly complete: boolean }>
  cut(): void
}

export interface LongReaderOptions {
  readonly port: number
  readonly path: string
  /** Goes on after what an earlier reader had. */
  readonly from?: Digest
  /** Reads for `readMs`, then not at all for `restMs`, and so on. */
  readonly slow?: { readonly readMs: number; readonly restMs: number }
}

export function readLong({ port, path, from, slow }: LongReaderOptions): LongReader {
  let { chars, crc, lastId } = from ?? { chars: 0, crc: 0, lastId: '' }
  let complete = false
  let problem: string | undefined
  const done = Promise.withResolvers<Digest & { readonly complete: boolean }>()
  const connection = openConnection(port, path, from?.lastId, {
    onHead(status) {
      if (status !== 200) problem = `the server answered ${status}`
    },
    onFrame(id, event, data) {
      if (id !== '') {
        if (id <= lastId) problem ??= `after ${lastId} came ${id}`
        lastId = id
      }
      if (event === 'complete') complete = true
      if (event !== 'message') return
      // Digits and spaces: nothing in it is escaped.
      const text = contentOf(data)
      crc = crc32(text, crc)
      chars += text.length
    },
    onEnd(how) {
      clearInterval(rests)
      if (problem === undefined && (complete || how === 'cut')) done.resolve({ chars, crc, lastId, complete })
      else
        done.reject(new Error(`A reader of ${path} at ${lastId}: ${problem ?? `the connection ended (${how}) before the terminal event`}.`))
    },
  })
  const rests =
    slow &&
    setInterval(() => {
      connection.pause()
      setTimeout(() => connection.resume(), slow.restMs)
    }, slow.readMs + slow.restMs)
  return {
    get chars() {
      return chars
    },
    done: done.promise,
    cut: connection.cut,
  }
}
