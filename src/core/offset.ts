/**
 * Offsets: opaque, sortable positions in a stream.
 *
 * An offset names the position *after* a record. It is `<term>_<seq>`, each a zero-padded decimal of 16 digits, so
 * that plain string comparison is the order of the log. Seq counts the records of the stream from 1 and never restarts,
 * also not when a new owner raises the term; so a suffix lost in a crash is never re-used under the same offset.
 */
import { SluiceError } from './errors.ts'

/** Position after a record, as text. Compare with `<`, `>` and `===`. */
export type Offset = string & { readonly __offset?: never }

/** What an offset is made of. */
export interface OffsetParts {
  /** Number of the ownership under which the record was written, from 0. */
  readonly term: number
  /** Number of the record in its stream, from 1; 0 only before the first record. */
  readonly seq: number
}

const DIGITS = 16
const PATTERN = /^(\d{16})_(\d{16})$/

/** The position before the first record of any stream. */
export const START: Offset = `${'0'.repeat(DIGITS)}_${'0'.repeat(DIGITS)}`

/** Writes an offset. Term and seq are integers from 0 to `Number.MAX_SAFE_INTEGER`. */
export function formatOffset(term: number, seq: number): Offset {
  return `${pad(term)}_${pad(seq)}`
}

/** Whether `text` has the form of an offset. Says nothing about whether a stream has it. */
export function isOffset(text: string): text is Offset {
  const match = PATTERN.exec(text)
  return match !== null && Number.isSafeInteger(Number(match[1])) && Number.isSafeInteger(Number(match[2]))
}

/**
 * Reads an offset.
 * @throws {SluiceError} `invalid-request` when `text` is not an offset.
 */
export function parseOffset(text: string): OffsetParts {
  if (!isOffset(text)) {
    throw new SluiceError(
      'invalid-request',
      `Not an offset: ${JSON.stringify(text.slice(0, 80))}. Use the id of a frame that this stream sent, unchanged.`,
    )
  }
  return { term: Number(text.slice(0, DIGITS)), seq: Number(text.slice(DIGITS + 1)) }
}

function pad(value: number): string {
  return String(value).padStart(DIGITS, '0')
}
