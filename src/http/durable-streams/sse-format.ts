/** The protocol's server-sent events: each `data` is followed by a `control` that says where the reader is then. */
import type { Offset } from '../../core/offset.ts'
import type { WireFormat } from '../../log/hub.ts'
import type { StoredRecord } from '../../ports/store.ts'
import { bodyOf, isText } from './content.ts'

const encoder = new TextEncoder()
/** A mark at the beginning of a batch is content, like all that follows. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** What ends a line of server-sent events. */
const LINE_END = /\r\n|\n|\r/
const HEARTBEAT = encoder.encode(':\n\n')

/**
 * @param cursor the cursor of the moment.
 * @param echoed the cursor that the reader echoes: readers that echo different ones share no bytes.
 */
export function protocolFormat(contentType: string, cursor: () => number, echoed: string | undefined): WireFormat {
  const control = (at: Offset, state: ReaderState): string => {
    const position = state.streamClosed === true ? {} : { streamCursor: String(cursor()) }
    // The id is a superset: an EventSource that comes back sends it, and is taken up where it was.
    return `id: ${at}\nevent: control\ndata:${JSON.stringify({ streamNextOffset: at, ...position, ...state })}\n\n`
  }
  const data = (records: readonly StoredRecord[]): string => {
    const body = bodyOf(contentType, records)
    const text = isText(contentType) ? decoder.decode(body) : base64(body)
    return `event: data\n${text.split(LINE_END).map(dataLine).join('')}\n`
  }
  const frames = (records: readonly StoredRecord[], state: ReaderState): Uint8Array => {
    const last = records.at(-1)
    return last === undefined ? new Uint8Array(0) : encoder.encode(data(records) + control(last.offset, state))
  }
  return {
    name: `durable-streams:${contentType}:${echoed ?? ''}`,
    live: (records, ended) => frames(records, ended ? ENDED : CAUGHT_UP),
    past: (records, end) => frames(records, end?.ended ? ENDED : end?.atTail ? CAUGHT_UP : {}),
    heartbeat: HEARTBEAT,
    mark: (at, ended) => encoder.encode(control(at, ended ? ENDED : CAUGHT_UP)),
  }
}

interface ReaderState {
  readonly upToDate?: true
  readonly streamClosed?: true
}

const CAUGHT_UP: ReaderState = { upToDate: true }
const ENDED: ReaderState = { upToDate: true, streamClosed: true }

/** A parser takes one space after the colon away, so a line that begins with one gets another. */
function dataLine(line: string): string {
  return `data:${line.startsWith(' ') ? ' ' : ''}${line}\n`
}

/** Bytes that go into one call of `String.fromCharCode`, whose arguments lie on the stack. A multiple of 3, so that no piece is padded. */
const PIECE = 3 * 4096

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PIECE) text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)))
  return text
}
