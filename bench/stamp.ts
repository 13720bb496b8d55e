/** Times that travel inside events: microseconds of the machine's monotonic clock, which all its processes share, in 16 digits. */

export const STAMP_DIGITS = 16

/** Microseconds since an arbitrary moment that is the same for all processes of this machine (on Linux: its start). */
export function nowMicros(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}

/** The present time as text. */
export function stamp(): string {
  return String(Math.floor(nowMicros())).padStart(STAMP_DIGITS, '0')
}
