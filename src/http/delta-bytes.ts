/**
 * Deltas as stored bytes. Nearly all records of a stream are deltas, and those lie there as `encodeEvent` writes them:
 *
 *     {"type":"text-delta","id":"p","text":"...","tokens":1,"code":true,"link":true,"at":1700000000000}
 *
 * with tokens, code and link left out where they say nothing. Such a record can be merged, or become a frame, without being decoded, because
 * its text is escaped already. Whatever is laid out otherwise is left to the decoder, and so is what is no JSON.
 */

/** What deltas of one part have in common: the record up to the first byte of the text. */
export interface DeltaHead {
  readonly bytes: Uint8Array
  readonly isText: boolean
}

/** A delta behind its head. */
export interface DeltaBytes {
  /** Where the text ends: the index of the quote. */
  readonly textEnd: number
  /** Index of what follows the tokens. */
  readonly rest: number
  readonly tokens: number | undefined
  readonly code: true | undefined
  readonly link: true | undefined
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const TEXT_DELTA = bytesOf('{"type":"text-delta","id":"')
/** These have no other fields than `at`. */
const PLAIN_DELTAS = [bytesOf('{"type":"reasoning-delta","id":"'), bytesOf('{"type":"tool-call-delta","id":"')]
const TEXT_FIELD = bytesOf('","text":"')
const TOKENS_FIELD = bytesOf(',"tokens":')
const CODE_FIELD = bytesOf(',"code":true')
const LINK_FIELD = bytesOf(',"link":true')
const AT_FIELD = bytesOf(',"at":')

/** Digits of a count of tokens: more are not ours. */
const MAX_TOKEN_DIGITS = 9
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 0x7d
const ZERO = 0x30
const SPACE = 0x20
const CONTINUATION = 0x80
const MAX_ASCII = 0x7f
/** What may follow a backslash. Not `u`: two halves of a pair that meet become one character, which is the decoder's business. */
const ESCAPES: readonly boolean[] = Array.from({ length: 256 }, (_, byte) => '"\\bfnrt'.includes(String.fromCharCode(byte)))

/** The head of a record; `undefined` when its id is not plain, or it is not a delta as we write them. */
export function headOf(data: Uint8Array): DeltaHead | undefined {
  const isText = has(data, 0, TEXT_DELTA)
  const start = isText ? TEXT_DELTA : PLAIN_DELTAS.find((plain) => has(data, 0, plain))
  if (start === undefined) return undefined
  const idEnd = endOfString(data, start.length)
  for (let at = start.length; at < idEnd; at++) if ((data[at] ?? 0) > MAX_ASCII) return undefined
  return has(data, idEnd, TEXT_FIELD) ? { bytes: data.subarray(0, idEnd + TEXT_FIELD.length), isText } : undefined
}

/** Takes a record apart; `undefined` when it has another head, or is not a delta as we write them. */
export function readDelta(data: Uint8Array, { bytes: head, isText }: DeltaHead): DeltaBytes | undefined {
  if (!has(data, 0, head)) return undefined
  const textEnd = endOfString(data, head.length)
  let rest = textEnd + 1
  let tokens: number | undefined
  if (has(data, rest, TOKENS_FIELD)) {
    const from = rest + TOKENS_FIELD.length
    rest = endOfInteger(data, from)
    if (rest - from > MAX_TOKEN_DIGITS) return undefined
    tokens = 0
    for (let at = from; at < rest; at++) tokens = tokens * 10 + (data[at] ?? 0) - ZERO
  }
  const code = has(data, rest, CODE_FIELD)
  const afterCode = code ? rest + CODE_FIELD.length : rest
  const link = has(data, afterCode, LINK_FIELD)
  const afterLink = link ? afterCode + LINK_FIELD.length : afterCode
  if (!isText && (tokens !== undefined || code || link)) return undefined
  if (!has(data, afterLink, AT_FIELD)) return undefined
  const end = endOfInteger(data, afterLink + AT_FIELD.length)
  if (data[end] !== BRACE || end + 1 !== data.length) return undefined
  return { textEnd, rest, tokens, code: code || undefined, link: link || undefined }
}

/** The text as JSON, quotes included; `undefined` when it is not UTF-8. */
export function jsonText(data: Uint8Array, { bytes: head }: DeltaHead, { textEnd }: DeltaBytes): string | undefined {
  try {
    return decoder.decode(data.subarray(head.length - 1, textEnd + 1))
  } catch {
    return undefined
  }
}

function has(data: Uint8Array, at: number, what: Uint8Array): boolean {
  for (let index = 0; index < what.length; index++) if (data[at + index] !== what[index]) return false
  return true
}

/** The quote that ends the string whose first byte is at `from`; beyond the record when it has anything but what `JSON.stringify` writes. */
function endOfString(data: Uint8Array, from: number): number {
  const none = data.length
  // The middle of a character: cut in two, it is not UTF-8, and must not become so by merging.
  if (((data[from] ?? 0) & 0xc0) === CONTINUATION) return none
  for (let at = from; at < none; at++) {
    const byte = data[at] ?? 0
    if (byte === QUOTE) return at
    if (byte < SPACE) return none
    if (byte === BACKSLASH && !ESCAPES[data[++at] ?? 0]) return none
  }
  return none
}

/** The end of an integer as JSON writes it; beyond the record when there is none. */
function endOfInteger(data: Uint8Array, from: number): number {
  if (data[from] === ZERO) return from + 1
  let at = from
  while (isDigit(data[at] ?? 0)) at++
  return at === from ? data.length : at
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte < ZERO + 10
}
