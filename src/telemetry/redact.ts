/** Turns anything into plain data that may be logged: no secrets, errors with their causes, and a bounded size. */
import { SluiceError } from '../core/errors.ts'
import { isSecretName, REDACTED, type Scrubber } from './secrets.ts'

/** Levels of nesting that are shown, causes of errors included. */
export const MAX_DEPTH = 6
/** Entries of one array or object that are shown. */
export const MAX_ENTRIES = 100
/** Characters of one text that are shown. */
export const MAX_TEXT_CHARACTERS = 8192

/** `value` as plain data, redacted. Never throws, ends for any value, and calls no more of it than getters and `toJSON`. */
export function redact(value: unknown, scrub: Scrubber, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return text(value, scrub)
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      return undefined
    case 'object':
      break
    default:
      return value
  }
  if (value === null) return null
  if (depth >= MAX_DEPTH) return '[deeper]'
  try {
    return redactObject(value, scrub, depth)
  } catch (error) {
    return `[unreadable: ${text(String(error), scrub)}]`
  }
}

function redactObject(value: object, scrub: Scrubber, depth: number): unknown {
  if (value instanceof Error) return redactError(value, scrub, depth)
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => redact(item, scrub, depth + 1))
  if (value instanceof URL) return text(value.href, scrub)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Set) return redact([...value], scrub, depth)
  if (value instanceof Map || value instanceof Headers) return redactEntries([...value.entries()], scrub, depth)
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), scrub, depth + 1)
  return redactEntries(Object.entries(value), scrub, depth)
}

function redactEntries(entries: readonly (readonly [unknown, unknown])[], scrub: Scrubber, depth: number): Record<string, unknown> {
  const shown = entries.slice(0, MAX_ENTRIES).map(([key, item]) => {
    const name = text(String(key), scrub)
    return [name, isSecretName(String(key)) ? REDACTED : redact(item, scrub, depth + 1)] as const
  })
  return Object.fromEntries(shown)
}

/** Only what errors are known to have: libraries hang whole requests, with their headers, on theirs. */
function redactError(error: Error, scrub: Scrubber, depth: number): Record<string, unknown> {
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined
  const status = 'status' in error && typeof error.status === 'number' ? error.status : undefined
  return {
    type: text(String(error.name), scrub),
    message: text(String(error.message), scrub),
    ...(code === undefined ? {} : { code: redact(code, scrub) }),
    ...(status === undefined ? {} : { status }),
    ...(error instanceof SluiceError ? { retryable: error.retryable, retryAfterMs: error.retryAfterMs } : {}),
    ...(error.stack === undefined ? {} : { stack: text(String(error.stack), scrub) }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, scrub, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redact(error.errors, scrub, depth + 1) } : {}),
  }
}

function text(value: string, scrub: Scrubber): string {
  const cut = value.length > MAX_TEXT_CHARACTERS ? `${value.slice(0, MAX_TEXT_CHARACTERS)}…` : value
  return scrub.text(cut)
}
