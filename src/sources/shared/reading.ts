/** What the sources that read a wire have in common: a normaliser turns wire events into ours, one response at a time. */
import type { SluiceError } from '../../core/errors.ts'
import type { SourceEvent } from '../../ports/source.ts'
import type { Wire } from './wire.ts'

/** What one wire event says. After `error` or a `finish` event nothing more may be read. */
export interface Reading {
  readonly events: readonly SourceEvent[]
  readonly error?: SluiceError
}

/**
 * A reader for one response. No input or output: everything that came over the wire goes in, one event at a time, and the same events always read the
 * same. Types and fields that it does not know are skipped or kept as data: providers add some every few weeks.
 */
export interface Normaliser {
  read(wire: Wire): Reading
  /**
   * The end: `[DONE]`, or the bytes ended. Gives what was waiting for it, `finish` last, or nothing when the response is not complete.
   */
  end(): readonly SourceEvent[]
}

/** What says nothing. */
export const NOTHING: Reading = { events: [] }
