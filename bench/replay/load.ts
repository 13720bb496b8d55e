/** Late joiners in a process of their own: each asks for one stream, reads it to its end, and makes room for the next. */
import { connect } from 'node:net'
import { createParser } from 'eventsource-parser'
import { answerCalls } from '../child.ts'
import { nowMicros } from '../stamp.ts'

interface Where {
  readonly port: number
  readonly paths: readonly string[]
}

/** Shared by all readers, which only count; see load/connection.ts. */
const BUFFER = Buffer.allocUnsafe(1024 * 1024)
/** The terminal event is looked for in so many of the last bytes. */
const TAIL_BYTES = 1_024
const TERMINAL = /^event: complete$|"type":"run-end"/m

/** Reads one stream to its end; the bytes. @throws when its terminal event is not there. */
function readStream(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    let tail = ''
    const onread = {
      buffer: BUFFER,
      callback(count: number) {
        bytes += count
        tail = (count < TAIL_BYTES ? tail : '') + BUFFER.toString('latin1', Math.max(0, count - TAIL_BYTES), count)
        return true
      },
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
    socket.once('error', reject)
    socket.once('close', () => {
      if (TERMINAL.test(tail)) resolve(bytes)
      else reject(new Error(`${path} ended without its terminal event, after ${bytes} bytes: ${tail.slice(-200)}`))
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n`)
  })
}

const calls = {
  /** UTF-16 units of the text of a stream, read once as a client does. */
  async chars({ port, paths }: Where) {
    let chars = 0
    const parser = createParser({
      onEvent({ data }) {
        const { content, type, text } = JSON.parse(data) as { readonly content?: string; readonly type?: string; readonly text?: string }
        chars += content?.length ?? (type === 'text-delta' ? (text?.length ?? 0) : 0)
      },
    })
    parser.feed(await (await fetch(`http://127.0.0.1:${port}${paths[0]}`)).text())
    return chars
  },
  /** Reads streams, so many at once, until the time is over; those under way are read to their end. */
  async drain({ port, paths, atOnce, forMs }: Where & { readonly atOnce: number; readonly forMs: number }) {
    const start = nowMicros()
    const until = start + forMs * 1e3
    let [streams, bytes] = [0, 0]
    let next = 0
    const one = async (): Promise<void> => {
      while (nowMicros() < until) {
        const count = await readStream(port, paths[next++ % paths.length] ?? '')
        bytes += count
        streams++
      }
    }
    await Promise.all(Array.from({ length: atOnce }, one))
    return { streams, bytes, seconds: (nowMicros() - start) / 1e6 }
  },
}

export type LateCalls = typeof calls

answerCalls(calls, async () => {})
