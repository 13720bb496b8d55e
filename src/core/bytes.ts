/**
 * Bytes that live shortly, from a common slab. An event becomes bytes three times on its way (record, frame, chunk), and a buffer of
 * its own for each makes the garbage collector's pauses several times as long. A view keeps its whole slab, so this is
 * for bytes that are handed on and forgotten, not for what is kept.
 */

/** Bytes of a slab. */
const SLAB_BYTES = 64 * 1024
/** Longer ones get a buffer of their own: they are few, and would waste the rest of a slab. */
const MAX_SHARED_BYTES = 4 * 1024
/** Bytes in UTF-8 that one UTF-16 unit can become. */
const MAX_BYTES_PER_UNIT = 3

const encoder = new TextEncoder()
let slab = new Uint8Array(0)
let used = 0

/** Bytes to be filled at once by the caller; what is in them before is not zero. */
export function shortLivedBytes(size: number): Uint8Array<ArrayBuffer> {
  if (size > MAX_SHARED_BYTES) return new Uint8Array(size)
  if (size > slab.length - used) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 0
  }
  used += size
  return slab.subarray(used - size, used)
}

/** A text in UTF-8. */
export function shortLivedUtf8(text: string): Uint8Array<ArrayBuffer> {
  const most = text.length * MAX_BYTES_PER_UNIT
  if (most > MAX_SHARED_BYTES) return encoder.encode(text)
  const bytes = shortLivedBytes(most)
  const { written } = encoder.encodeInto(text, bytes)
  used -= most - written
  return bytes.subarray(0, written)
}
