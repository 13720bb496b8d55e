/** Which offsets a stream has. Terms rise seldom, so a stream's offsets are a short list of spans, one per term that wrote. */
import { formatOffset, type Offset, parseOffset, START } from '../../core/offset.ts'

/** Records from `firstSeq` to the next span's were written under `term`. */
export interface TermSpan {
  readonly term: number
  readonly firstSeq: number
  /** The beginning of all its offsets, formatted once: appending is hot. */
  readonly prefix: string
}

const SEQ_DIGITS = 16

export function termSpan(term: number, firstSeq: number): TermSpan {
  return { term, firstSeq, prefix: formatOffset(term, 0).slice(0, -SEQ_DIGITS) }
}

/** The span that a record belongs to; `undefined` for seq 0 and for an empty stream. */
function spanOf(spans: readonly TermSpan[], seq: number): TermSpan | undefined {
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]
    if (span && span.firstSeq <= seq) return span
  }
  return undefined
}

/** The offset after record `seq`, which must exist; `START` for 0. */
export function offsetAt(spans: readonly TermSpan[], seq: number): Offset {
  const span = spanOf(spans, seq)
  return span ? span.prefix + String(seq).padStart(SEQ_DIGITS, '0') : START
}

const COMMON_DIGITS = 3
const COMMON = 10 ** COMMON_DIGITS
const LAST_DIGITS = Array.from({ length: COMMON }, (_, low) => String(low).padStart(COMMON_DIGITS, '0'))

/** As `offsetAt`, for one record after the other: what a thousand offsets have in common is formatted once. */
export function createOffsets(spans: readonly TermSpan[]): (seq: number) => Offset {
  let stem = ''
  let [from, to] = [0, 0]
  return (seq) => {
    const low = seq % COMMON
    if (seq < from || seq >= to) {
      const span = spanOf(spans, seq)
      if (span === undefined) return START
      stem = span.prefix + String((seq - low) / COMMON).padStart(SEQ_DIGITS - COMMON_DIGITS, '0')
      from = Math.max(span.firstSeq, seq - low)
      to = Math.min(spans[spans.indexOf(span) + 1]?.firstSeq ?? Number.POSITIVE_INFINITY, seq - low + COMMON)
    }
    return stem + LAST_DIGITS[low]
  }
}

/** Term under which record `seq` was written; `undefined` when there is no such record. */
export function termAt(spans: readonly TermSpan[], seq: number): number | undefined {
  return spanOf(spans, seq)?.term
}

/**
 * The seq of an offset that the stream has; `undefined` when it has none such: beyond the head, or of another term.
 * @throws {SluiceError} `invalid-request` when `offset` has not the form of one.
 */
export function seqOf(spans: readonly TermSpan[], headSeq: number, offset: Offset): number | undefined {
  if (offset === START) return 0
  const { term, seq } = parseOffset(offset)
  return seq > 0 && seq <= headSeq && termAt(spans, seq) === term ? seq : undefined
}

/** The spans of a fork: those of its source, up to record `seq`. */
export function spansUpTo(spans: readonly TermSpan[], seq: number): TermSpan[] {
  return spans.filter((span) => span.firstSeq <= seq)
}
