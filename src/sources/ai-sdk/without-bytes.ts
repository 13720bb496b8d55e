/** Files stay out of the log: they are megabytes of base64, and every reader of the stream would get them. */
import { asObject } from '../shared/wire.ts'

/** Base64 up to this is kept: signatures, encrypted results and small icons are what it is. */
const MAX_BASE64_CHARS = 64 * 1_024
/** Levels of nesting that are looked at; JSON of a provider has fewer. */
const MAX_DEPTH = 64
const BASE64 = /^(?:data:[^,]{0,200},)?[\w+/=-]+$/

/**
 * A copy of what came, fit for JSON: `{omittedBytes}` stands for bytes, and for base64 longer than `MAX_BASE64_CHARS`. The `data` of a file is left out
 * whatever its size.
 */
export function withoutBytes(value: unknown, depth = 0): unknown {
  if (value instanceof Uint8Array) return { omittedBytes: value.byteLength }
  if (typeof value === 'string') return value.length > MAX_BASE64_CHARS && BASE64.test(value) ? omitted(value) : value
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof URL) return value.href
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return null
  if (Array.isArray(value)) return value.map((item) => withoutBytes(item, depth + 1))
  const { type } = value as { type?: unknown }
  const isFile = type === 'file' || type === 'reasoning-file'
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isFile && key === 'data' ? fileData(item) : withoutBytes(item, depth + 1)]),
  )
}

/** `data` of a file: base64 or bytes until v3, since then `{type: 'data', data}` or `{type: 'url', url}`. */
function fileData(data: unknown): unknown {
  const inner = asObject(data)
  const bytes = inner !== undefined && inner['type'] === 'data' ? inner['data'] : data
  return typeof bytes === 'string' ? omitted(bytes) : withoutBytes(bytes)
}

function omitted(base64: string): { readonly omittedBytes: number } {
  const start = base64.startsWith('data:') ? base64.indexOf(',') + 1 : 0
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return { omittedBytes: Math.floor(((base64.length - start - padding) * 3) / 4) }
}
