/**
 * The default view (PROTOCOL 4.4): which frames of server-sent events one event of a run becomes. Data is always written by
 * `JSON.stringify`, which escapes line breaks, so no text can end a frame early.
 */
import { isKnownEvent, type RunEvent, type TextMetadata, type UnknownEvent } from '../core/event.ts'
import { type DeltaBytes, headOf, jsonText, readDelta } from './delta-bytes.ts'

/**
 * The frames of one event as text; empty when the default view does not show it.
 * @param id the SSE `id:` of the event. The `error` frame before a `complete` goes without one, so that a reader that breaks between the two
 * comes back from before both and still gets its terminal event.
 */
export function framesOf(id: string, event: RunEvent | UnknownEvent): string {
  if (!isKnownEvent(event)) return ''
  switch (event.type) {
    case 'text-delta':
      return frame(id, 'message', messageData(json(event.text), event))
    case 'reasoning-delta':
      return frame(id, 'reasoning', `{"content":${json(event.text)}}`)
    case 'citation':
      return frame(id, 'citation', JSON.stringify({ id: event.id, url: event.url, title: event.title, quote: event.quote }))
    case 'tool-call-start':
      return frame(id, 'tool', JSON.stringify({ kind: 'start', id: event.id, name: event.name }))
    case 'tool-call-delta':
      return frame(id, 'tool', JSON.stringify({ kind: 'delta', id: event.id, text: event.text }))
    case 'tool-call-end':
      return frame(id, 'tool', JSON.stringify({ kind: 'end', id: event.id, input: event.input }))
    case 'tool-result':
      return frame(id, 'tool', JSON.stringify({ kind: 'result', id: event.id, output: event.output, error: event.error }))
    case 'status':
      return frame(id, 'status', JSON.stringify({ status: event.status, message: event.message }))
    case 'progress': {
      const { outputTokens, tokensPerSecond, elapsedMs, percent } = event
      return frame(id, 'progress', JSON.stringify({ outputTokens, tokensPerSecond, elapsedMs, percent }))
    }
    case 'notice':
      return frame(id, 'error', json(event.error))
    case 'data': {
      const { name, data, id: item, at, metadata } = event
      return frame(id, 'data', JSON.stringify({ name, data, id: item, timestamp: timestamp(at), metadata }))
    }
    case 'run-end': {
      const { outcome, usage, finishReason, error } = event
      const complete = frame(id, 'complete', JSON.stringify({ outcome, usage, finishReason }))
      return error === undefined ? complete : `event: error\ndata: ${JSON.stringify(error)}\n\n${complete}`
    }
    case 'run-start':
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-end':
    case 'usage':
      return ''
    default:
      return event satisfies never
  }
}

function frame(id: string, name: string, data: string): string {
  return `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`
}

/**
 * The frame of a stored text-delta, made without decoding it; `undefined` when the record is anything else, or not as we write it: then
 * `framesOf` the event. The two never differ.
 */
export function frameOfBytes(id: string, record: Uint8Array): string | undefined {
  const head = headOf(record)
  const delta = head?.isText ? readDelta(record, head) : undefined
  if (head === undefined || delta === undefined) return undefined
  const content = jsonText(record, head, delta)
  return content === undefined ? undefined : frame(id, 'message', messageData(content, delta))
}

/**
 * A template costs a third of stringifying the whole object, and this is the hot one.
 * @param content the text as JSON.
 */
function messageData(content: string, { tokens, code, link }: TextMetadata | DeltaBytes): string {
  // A record is bytes that were read back: only a number may go into the frame unescaped.
  const count = Number.isFinite(tokens) ? tokens : 0
  return `{"content":${content},"metadata":{"token_count":${count},"is_code":${code === true},"is_link":${link === true}}}`
}

/** A record that another version wrote may lack a field; the data of its frame is JSON all the same. */
function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

function timestamp(at: unknown): string | undefined {
  if (typeof at !== 'number') return undefined
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
