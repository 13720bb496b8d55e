/**
 * The UI message stream as a wire format. Its frames carry ids, which the stock client ignores and `sluice/ai-sdk` comes back with. Where an
 * event becomes several frames only the last has the id: a reader that breaks between them gets all of them again, and drops what it
 * has of them (a part must not begin or end twice).
 */
import { shortLivedUtf8 } from '../../core/bytes.ts'
import { coalesce } from '../../core/coalesce.ts'
import { decodeEvent, isKnownEvent, type Located, type RunEvent, type UnknownEvent } from '../../core/event.ts'
import type { WireFormat } from '../../log/hub.ts'
import type { RunRecord } from '../../ports/records.ts'
import type { StoredRecord } from '../../ports/store.ts'
import { chunksOf } from './chunks.ts'

type Stored = Located<RunEvent | UnknownEvent>

const encoder = new TextEncoder()
const NOTHING = new Uint8Array(0)
const HEARTBEAT = encoder.encode(':\n\n')
/** What the SDK writes last; without an id, as it is no part of the log. */
const DONE = 'data: [DONE]\n\n'

/** The format of one run. Ids are `<run>.<offset>`, since a chat has many runs. */
export function uiMessageFormat(run: Pick<RunRecord, 'id' | 'transcript'>): WireFormat {
  const messageId = messageIdOf(run)
  const encode = (events: readonly Stored[], utf8: (text: string) => Uint8Array): Uint8Array => {
    let text = ''
    for (const item of events) text += framesOf(item, `${run.id}.${item.offset}`, messageId)
    return text === '' ? NOTHING : utf8(text)
  }
  return {
    name: `ui-message:${run.id}`,
    live: (records) => encode(records.map(locate), shortLivedUtf8),
    past: (records) => encode(coalesce(wanted(records.map(locate)).map(bare)), (text) => encoder.encode(text)),
    heartbeat: HEARTBEAT,
  }
}

/** The id of the message that a run's answer is: the one under which the history keeps it, unless it goes on with one of the client's. */
export function messageIdOf({ id, transcript }: Pick<RunRecord, 'id' | 'transcript'>): string {
  return transcript?.messageId ?? `${id}.assistant`
}

function locate(record: StoredRecord): Stored {
  return { offset: record.offset, event: decodeEvent(record.data) }
}

/** What a late joiner needs: all that is shown, and of what passes by only what nothing has followed. The rest would keep the deltas around it apart. */
function wanted(past: readonly Stored[]): readonly Stored[] {
  const shown = past.filter(({ event }) => isKnownEvent(event) && event.type !== 'usage')
  const last = shown.findLastIndex(({ event }) => !isPassing(event))
  return shown.filter(({ event }, index) => index > last || !isPassing(event))
}

function isPassing({ type }: RunEvent | UnknownEvent): boolean {
  return type === 'status' || type === 'progress'
}

/** Without the facts about a text that this format does not show, which would keep it in pieces. */
function bare(item: Stored): Stored {
  const { event } = item
  if (!isKnownEvent(event) || event.type !== 'text-delta') return item
  return { offset: item.offset, event: { type: 'text-delta', id: event.id, text: event.text, at: event.at } }
}

function framesOf({ offset, event }: Stored, id: string, messageId: string): string {
  const chunks = chunksOf(event, messageId, offset)
  if (chunks.length === 0) return ''
  const frames = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  const text = `${frames.slice(0, -1).join('')}id: ${id}\n${frames.at(-1)}`
  return event.type === 'run-end' ? text + DONE : text
}
