/**
 * Cursors: a number that readers echo, so that a cache may give one response to all who wait and still never gives a reader the
 * response that it has had. It counts intervals of 20 s since 9 October 2024, and always exceeds what the reader sent.
 */
const EPOCH_MS = Date.UTC(2024, 9, 9)
const INTERVAL_MS = 20_000
/** Steps by which a reader's own cursor is exceeded at most: spreads readers that came in the same interval. */
const MAX_JITTER = 180

/** @param echoed what the reader sent; anything but a number counts as nothing. */
export function nextCursor(nowMs: number, echoed: string | undefined): number {
  const theirs = cursorOf(echoed)
  return isBehind(nowMs, echoed) ? intervalAt(nowMs) : theirs + 1 + Math.floor(Math.random() * MAX_JITTER)
}

/** Whether the cursor of the moment exceeds what the reader sent, so that this reader may share the bytes of all others. */
export function isBehind(nowMs: number, echoed: string | undefined): boolean {
  return cursorOf(echoed) < intervalAt(nowMs)
}

function intervalAt(nowMs: number): number {
  return Math.floor((nowMs - EPOCH_MS) / INTERVAL_MS)
}

function cursorOf(echoed: string | undefined): number {
  return echoed !== undefined && /^\d{1,15}$/.test(echoed) ? Number(echoed) : -1
}
