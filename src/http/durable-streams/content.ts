/** What the records of a stream are: JSON messages, or pieces of bytes; and how they become the body of a response. */
import type { StoredRecord } from '../../ports/store.ts'
import { Refusal } from '../problem.ts'
import { bad } from './headers.ts'

export const DEFAULT_CONTENT_TYPE = 'application/octet-stream'

/** Messages of one request: each costs some hundred bytes of memory, however short it is. */
export const MAX_MESSAGES = 50_000

const encoder = new TextEncoder()

/** The type without its parameters, in lower case: what makes two content types the same. */
export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase()
}

export function isJson(contentType: string): boolean {
  return mediaType(contentType) === 'application/json'
}

/** Whether server-sent events can carry the bytes as they are. */
export function isText(contentType: string): boolean {
  return mediaType(contentType).startsWith('text/') || isJson(contentType)
}

/**
 * The records of a request's body. A JSON array is so many messages, anything else one; bytes stay one record.
 * @throws {Refusal} 400 when JSON is promised and it is none.
 */
export function recordsOf(contentType: string, body: Uint8Array): readonly Uint8Array[] {
  return isJson(contentType) ? messagesOf(body) : [body]
}

function messagesOf(body: Uint8Array): readonly Uint8Array[] {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    value = JSON.parse(text)
  } catch {
    throw bad('The body is not valid JSON in UTF-8, which is what this stream holds.')
  }
  if (Array.isArray(value) && value.length > MAX_MESSAGES) {
    throw new Refusal(
      413,
      'too-large',
      `A request appends at most ${MAX_MESSAGES} messages; this one has ${value.length}. Send them in several.`,
    )
  }
  return (Array.isArray(value) ? elementsOf(text) : [text.trim()]).map((message) => encoder.encode(message))
}

/**
 * The source text of each element of a valid JSON array. Cut and not written anew: numbers beyond the precision of a double, and the order of equal keys, stay
 * as they were sent.
 */
function elementsOf(text: string): readonly string[] {
  const elements: string[] = []
  let depth = 0
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '[' || char === '{') {
      depth++
      if (depth === 1) from = at + 1
    } else if (char === ']' || char === '}') {
      depth--
      if (depth === 0) elements.push(text.slice(from, at).trim())
    } else if (char === ',' && depth === 1) {
      elements.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  return elements.length === 1 && elements[0] === '' ? [] : elements
}

const OPEN = encoder.encode('[')
const COMMA = encoder.encode(',')
const CLOSE = encoder.encode(']')

/** The body of a catch-up read: an array of JSON messages, or the bytes one after the other. */
export function bodyOf(contentType: string, records: readonly StoredRecord[]): Uint8Array<ArrayBuffer> {
  if (!isJson(contentType)) return concatenate(records.map(({ data }) => data))
  const parts: Uint8Array[] = [OPEN]
  for (const [index, { data }] of records.entries()) {
    if (index > 0) parts.push(COMMA)
    parts.push(data)
  }
  parts.push(CLOSE)
  return concatenate(parts)
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
