/**
 * One reader on a bare socket. All readers share one buffer and no stream stands between it and them, so a reader costs less than what it
 * measures. Needs a system whose reads take a buffer only while they run (not Windows).
 */
import { connect, type Socket } from 'node:net'
import type { Place } from '../server/access.ts'
import { nowMicros, STAMP_DIGITS } from '../stamp.ts'

export interface Connection {
  readonly socket: Socket
  /** What came since `listen`; at first since the start. */
  readonly text: string
  readonly error: Error | undefined
  /** Keeps what comes as text. */
  listen(): void
  /** Only counts bytes. */
  count(): void
  /** Gives the stamp and the time of arrival of every event. */
  time(onEvent: (stampMicros: number, arrivedMicros: number) => void): void
}

const BUFFER = Buffer.allocUnsafe(256 * 1024)
const MARK = '"content":"'
const QUOTE = '"'.charCodeAt(0)

export function openConnection(port: number, { path, authorization }: Place, onBytes: (count: number) => void): Connection {
  let text = ''
  let error: Error | undefined
  let take: (count: number) => void
  const keep = (count: number): void => {
    text += BUFFER.toString('latin1', 0, count)
  }
  take = keep
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: BUFFER,
      callback(count) {
        take(count)
        onBytes(count)
        return true
      },
    },
  })
  socket.on('error', (thrown) => {
    error = thrown
  })
  const credential = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n${credential}\r\n`)
  return {
    socket,
    get text() {
      return text
    },
    get error() {
      return error
    },
    listen() {
      text = ''
      take = keep
    },
    count() {
      text = ''
      take = () => {}
    },
    time(onEvent) {
      text = ''
      take = (count) => {
        const arrived = nowMicros()
        keep(count)
        // Frames that are cut wait for their rest.
        const end = text.lastIndexOf('\n\n') + 2
        if (end < 2) return
        for (let at = text.indexOf(MARK); at >= 0 && at < end; at = text.indexOf(MARK, at)) {
          // Events that waited for the same commit are one frame, with one stamp after the other.
          for (at += MARK.length; text.charCodeAt(at) !== QUOTE; at += STAMP_DIGITS)
            onEvent(Number(text.slice(at, at + STAMP_DIGITS)), arrived)
        }
        text = text.slice(end)
      }
    },
  }
}
