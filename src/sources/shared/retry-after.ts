/** How long a provider asks us to wait, in whichever of its forms it says so. */

/** What we ask of a response's headers. */
export interface HeaderReader {
  get(name: string): string | null
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/g
const NUMBER = /^\d+(?:\.\d+)?$/
/** Rate limit errors inside a stream have no headers; the sentence is the only place that names the wait. */
const SENTENCE = /try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i

/** Milliseconds of a duration as Go prints it (`6m0s`, `1.5s`, `6ms`), rounded up; `undefined` when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0)
  return finite(totalMs)
}

/**
 * Milliseconds to wait as the headers say: `retry-after-ms`, then `retry-after` (seconds, a duration or an HTTP-date). Any length is
 * returned; who waits decides what is too long.
 * @param nowMs milliseconds since 1970, for dates; a date that has passed is 0.
 */
export function retryAfterMs(headers: HeaderReader, nowMs: number): number | undefined {
  const ms = headers.get('retry-after-ms')?.trim()
  if (ms !== undefined && NUMBER.test(ms)) return finite(Number(ms))
  const value = headers.get('retry-after')?.trim()
  return value === undefined ? undefined : parseRetryAfter(value, nowMs)
}

/** Milliseconds to wait as a sentence says, such as "Please try again in 1.2s." */
export function retryAfterMsFromSentence(message: string): number | undefined {
  const duration = SENTENCE.exec(message)?.[1]
  return duration === undefined ? undefined : parseDuration(duration.toLowerCase())
}

function parseRetryAfter(value: string, nowMs: number): number | undefined {
  if (NUMBER.test(value)) return finite(Number(value) * 1_000)
  const duration = parseDuration(value)
  if (duration !== undefined) return duration
  // Date.parse takes almost anything for a date; an HTTP-date names a day and a time.
  const date = /[a-z]{3}.*\d\d:\d\d/i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** Rounded up; more digits than a number can hold name no wait. */
function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.ceil(ms) : undefined
}
