/** What can go wrong with a response's body, as a plan of steps over its bytes. Pure. */

export interface Faults {
  /** Ends the body after so many bytes; see `cut`. */
  readonly cutAfter?: number
  /** How it ends: `eof` is a clean end (default), `reset` destroys the socket. */
  readonly cut?: 'eof' | 'reset'
  /** Falls silent after so many bytes, until the client leaves. */
  readonly stallAfter?: number
  /** Sends so many bytes, waits `tickMs` (default 10), and so on. */
  readonly bytesPerTick?: number
  readonly tickMs?: number
  /** Sizes of the pieces in which the body is written, repeated from the start when they are used up; each at least 1. */
  readonly chunkSizes?: readonly number[]
  /** Inverts the lowest bit of the byte at this position. */
  readonly flipByteAt?: number
}

export type Step =
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'stall' }
  | { readonly do: 'end' }
  | { readonly do: 'reset' }

const DEFAULT_TICK_MS = 10

/** The steps that send `body` with its faults. The last one is `stall`, `end` or `reset`. */
export function planBody(body: Uint8Array, faults: Faults): readonly Step[] {
  const stall = faults.stallAfter !== undefined && faults.stallAfter < (faults.cutAfter ?? Number.POSITIVE_INFINITY)
  const length = Math.min((stall ? faults.stallAfter : faults.cutAfter) ?? body.length, body.length)
  const cut = faults.cutAfter !== undefined && faults.cutAfter < body.length
  const bytes = flipped(body, faults.flipByteAt).subarray(0, length)
  const steps: Step[] = []
  for (const piece of pieces(bytes, faults.bytesPerTick === undefined ? (faults.chunkSizes ?? []) : [faults.bytesPerTick])) {
    if (faults.bytesPerTick !== undefined && steps.length > 0) steps.push({ do: 'wait', ms: faults.tickMs ?? DEFAULT_TICK_MS })
    steps.push({ do: 'write', bytes: piece })
  }
  return [...steps, { do: stall ? 'stall' : cut && faults.cut === 'reset' ? 'reset' : 'end' }]
}

function flipped(body: Uint8Array, at: number | undefined): Uint8Array {
  const old = at === undefined ? undefined : body[at]
  return at === undefined || old === undefined ? body : body.with(at, old ^ 1)
}

function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let from = 0
  for (let turn = 0; from < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length)
    yield bytes.subarray(from, from + size)
    from += size
  }
}
