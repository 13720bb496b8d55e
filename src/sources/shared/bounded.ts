/** Keeping what a provider sent without keeping megabytes: pictures as what they were, the rest up to a limit, and both said where it was done. */
import { textAt, type Wire } from './wire.ts'

/** Longest JSON of one tool's result or one kept item, in characters. Results of searches are tens of thousands; a log of a program can be anything. */
export const MAX_KEPT_CHARS = 256 * 1024
/** Longest `data:` address that stays: an icon passes, a picture does not. */
const MAX_DATA_URL_CHARS = 2_048

/** The value as it came, when it is small; else what it is, how long it was and how it begins. */
export function bounded(value: unknown): unknown {
  if (value === undefined || value === null) return value
  let json: string
  try {
    json = JSON.stringify(value, withoutDataUrl)
  } catch {
    // JSON that nests deeper than the stack can be parsed but not written.
    return { cut: true, reason: 'It nests too deep to be kept.' }
  }
  if (json.length <= MAX_KEPT_CHARS) return JSON.parse(json)
  return { cut: true, chars: json.length, start: json.slice(0, MAX_KEPT_CHARS).toWellFormed() }
}

/** A whole item, by its type and id also where it is cut. */
export function boundedItem(item: Wire): unknown {
  const kept = bounded(item)
  const isCut = typeof kept === 'object' && kept !== null && 'cut' in kept && item['cut'] === undefined
  return isCut ? { type: textAt(item, 'type'), id: textAt(item, 'id'), ...kept } : kept
}

/** Bytes that a text in base64 stands for. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor((text.length * 3) / 4) - padding)
}

function withoutDataUrl(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= MAX_DATA_URL_CHARS || !value.startsWith('data:')) return value
  const comma = value.indexOf(',')
  const kind = value.slice('data:'.length, comma < 0 || comma > 100 ? 0 : comma)
  return `[not kept: ${base64Bytes(value.slice(comma + 1))} bytes of ${kind === '' ? 'data' : kind}]`
}
