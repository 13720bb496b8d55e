/** Bytes cut into chunks, as a network does. */
import type { Random } from './random.ts'

/** Up to here an input is also fed byte by byte. */
const MAX_SINGLE_BYTES = 1_500

/** Ways to cut `bytes`: whole, byte by byte when it is short, and at random. */
export function cuttings(bytes: Uint8Array, random: Random): readonly (readonly Uint8Array[])[] {
  const single = bytes.length <= MAX_SINGLE_BYTES ? [cut(bytes, () => 1)] : []
  const longest = random.pick([2, 3, 7, 64, 1_000])
  return [[bytes], ...single, cut(bytes, () => 1 + random.below(longest))]
}

function cut(bytes: Uint8Array, size: () => number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  let from = 0
  while (from < bytes.length) {
    const to = from + size()
    pieces.push(bytes.subarray(from, to))
    from = to
  }
  return pieces
}
