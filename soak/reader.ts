/**
 * One connection of a reader on a bare socket: request, head, chunks, frames; no stream, no JSON. All connections share one buffer, so a
 * reader costs less than what it measures. Needs a system whose reads take a buffer only while they run (not Windows).
 */
import { connect } from 'node:net'
import { nowMicros } from '../bench/stamp.ts'

/** How a connection ended. `whole`: the body ended as HTTP says; that is no success yet, only the terminal event is. */
export type ConnectionEnd = 'whole' | 'broken' | 'cut'

export interface ConnectionHandlers {
  /** The head of the answer is there. */
  readonly onHead: (status: number) => void
  /** One frame with its fields as they stand there; all text is Latin-1 of the UTF-8 bytes. */
  readonly onFrame: (id: string, event: string, data: string, arrivedMicros: number) => void
  /** Once, last. */
  readonly onEnd: (how: ConnectionEnd, error?: Error) => void
}

export interface Connection {
  /** When bytes came last, comments included. */
  readonly lastByteMicros: number
  /** Destroys the socket without a word. */
  cut(): void
  /** Destroys the socket in the middle of the next frame that comes after so many bytes. */
  cutInFrame(afterBytes: number): void
  /** Stops and goes on to read. */
  pause(): void
  resume(): void
}

const BUFFER = Buffer.allocUnsafe(256 * 1024)
const HEAD_END = '\r\n\r\n'

export function openConnection(port: number, path: string, lastEventId: string | undefined, handlers: ConnectionHandlers): Connection {
  /** Bytes that are not taken apart yet: of the head, then of the chunks. */
  let raw = ''
  /** The part of the body whose frames are not whole yet. */
  let body = ''
  let status: number | undefined
  let lastByteMicros = nowMicros()
  let cutAfter = Number.POSITIVE_INFINITY
  let sawEnd = false
  let end: ConnectionEnd | undefined
  let failure: Error | undefined

  const frames = (arrived: number): void => {
    let from = 0
    for (let at = body.indexOf('\n\n'); at >= 0; at = body.indexOf('\n\n', from)) {
      const text = body.slice(from, at)
      from = at + 2
      frame(text, arrived)
      if (end !== undefined) return
    }
    body = body.slice(from)
  }
  const frame = (text: string, arrived: number): void => {
    let id = ''
    let event = ''
    let data: string | undefined
    for (const line of text.split('\n')) {
      if (line.startsWith('data: ')) data = line.slice(6)
      else if (line.startsWith('id: ')) id = line.slice(4)
      else if (line.startsWith('event: ')) event = line.slice(7)
    }
    if (data !== undefined) handlers.onFrame(id, event, data, arrived)
  }
  const chunks = (arrived: number): void => {
    let from = 0
    for (;;) {
      const line = raw.indexOf('\r\n', from)
      if (line < 0) break
      const size = Number.parseInt(raw.slice(from, line), 16)
      const next = line + 2 + size + 2
      if (size === 0) sawEnd = true
      if (sawEnd || raw.length < next) break
      body += raw.slice(line + 2, line + 2 + size)
      from = next
    }
    raw = raw.slice(from)
    frames(arrived)
  }
  const take = (count: number): void => {
    lastByteMicros = nowMicros()
    if (cutAfter !== Number.POSITIVE_INFINITY) {
      cutAfter -= count
      if (cutAfter <= 0) {
        // What is lost here is lost on the way: the first half of it still counts.
        raw += BUFFER.toString('latin1', 0, Math.floor(count / 2))
        if (status !== undefined) chunks(lastByteMicros)
        cut()
        return
      }
    }
    raw += BUFFER.toString('latin1', 0, count)
    if (status === undefined) {
      const at = raw.indexOf(HEAD_END)
      if (at < 0) return
      status = Number(raw.slice(9, 12))
      raw = raw.slice(at + HEAD_END.length)
      handlers.onHead(status)
      if (status !== 200) {
        sawEnd = true
        socket.destroy()
        return
      }
    }
    chunks(lastByteMicros)
    // The connection would be kept for a next request; this reader has none.
    if (sawEnd) socket.destroy()
  }
  const cut = (): void => {
    end ??= 'cut'
    socket.destroy()
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: BUFFER,
      callback(count) {
        if (end === undefined) take(count)
        return true
      },
    },
  })
  socket.on('error', (thrown) => {
    failure = thrown
  })
  socket.on('close', () => {
    end ??= sawEnd ? 'whole' : 'broken'
    handlers.onEnd(end, failure)
  })
  const resume = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n${resume}\r\n`)
  return {
    get lastByteMicros() {
      return lastByteMicros
    },
    cut,
    cutInFrame(afterBytes) {
      cutAfter = afterBytes
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  }
}

const CONTENT = '{"content":"'
const CONTENT_END = '","metadata":{'

/** The text of a `message` frame's data, still escaped as JSON has it. @throws when it is not one. */
export function contentOf(data: string): string {
  const end = data.lastIndexOf(CONTENT_END)
  if (!data.startsWith(CONTENT) || end < 0) throw new Error(`Not the data of a message: ${data.slice(0, 120)}`)
  return data.slice(CONTENT.length, end)
}

/** JSON's escapes and UTF-8 undone. */
export function plainText(latin1: string): string {
  return JSON.parse(`"${Buffer.from(latin1, 'latin1').toString('utf8')}"`) as string
}
