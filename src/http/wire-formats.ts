/**
 * The wire formats of run streams: the default view, and the raw view that gives events as they are stored. Both are pure, so the hub
 * encodes once and all readers of a format share the bytes.
 */
import { shortLivedUtf8 } from '../core/bytes.ts'
import { coalesce } from '../core/coalesce.ts'
import { decodeEvent, type Located, type RunEvent, type UnknownEvent } from '../core/event.ts'
import type { WireFormat } from '../log/hub.ts'
import type { StoredRecord } from '../ports/store.ts'
import { frameOfBytes, framesOf } from './frames.ts'
import { mergeDeltaBytes } from './merged-deltas.ts'

const encoder = new TextEncoder()
const NOTHING = new Uint8Array(0)

/** A comment: proxies and readers see that the connection lives, an EventSource ignores it. */
const HEARTBEAT = encoder.encode(':\n\n')

/**
 * The default view.
 * @param prefix comes before each offset in `id:`; letters, digits, `_`, `-` and `.` only. Formats with different prefixes share no bytes.
 */
export function sseFormat(prefix = ''): WireFormat {
  if (!/^[\w.-]*$/.test(prefix)) throw new RangeError(`Not fit for the id of a frame: ${JSON.stringify(prefix)}`)
  return {
    name: `sse:${prefix}`,
    live(records) {
      let text = ''
      for (const record of records) {
        const id = prefix + record.offset
        text += frameOfBytes(id, record.data) ?? framesOf(id, decodeEvent(record.data))
      }
      return text === '' ? NOTHING : shortLivedUtf8(text)
    },
    past(records) {
      let text = ''
      for (const { offset, event } of coalesce(mergeDeltaBytes(records).map(locate))) text += framesOf(prefix + offset, event)
      return text === '' ? NOTHING : encoder.encode(text)
    },
    heartbeat: HEARTBEAT,
  }
}

/** The raw view: stored bytes are JSON already, so live frames are spliced and not parsed. */
export function rawFormat(): WireFormat {
  return {
    name: 'raw',
    live: splice,
    past(records) {
      const stored = new Map<Located<RunEvent | UnknownEvent>, Uint8Array>()
      for (const record of mergeDeltaBytes(records)) stored.set(locate(record), record.data)
      return splice(
        coalesce([...stored.keys()]).map((item) => ({
          offset: item.offset,
          // What was not merged goes out as it was stored, with whatever a newer writer put in it.
          data: stored.get(item) ?? encoder.encode(JSON.stringify(item.event)),
        })),
      )
    },
    heartbeat: HEARTBEAT,
  }
}

function locate(record: StoredRecord): Located<RunEvent | UnknownEvent> {
  return { offset: record.offset, event: decodeEvent(record.data) }
}

const END = encoder.encode('\n\n')
const NEWLINE = 0x0a
const RETURN = 0x0d

function splice(records: readonly StoredRecord[]): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  for (const { offset, data } of records) {
    const head = encoder.encode(`id: ${offset}\ndata: `)
    const body = oneLine(data)
    parts.push(head, body, END)
    length += head.length + body.length + END.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** JSON may be laid out over lines, a frame's data may not. Our writer never does; the check is one scan in native code. */
function oneLine(json: Uint8Array): Uint8Array {
  if (!json.includes(NEWLINE) && !json.includes(RETURN)) return json
  return encoder.encode(JSON.stringify(decodeEvent(json)))
}
