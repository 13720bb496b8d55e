/** What is compared: a server that sends events to its readers as server-sent events. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { formatOffset } from '../../src/core/offset.ts'
import { framesOf } from '../../src/http/frames.ts'
import type { Place } from './access.ts'

export interface Contender {
  readonly port: number
  /** Where the events of a stream are read. */
  path(stream: number): string
  /** Where one more reader of a stream reads and what it shows, for contenders who want to see something. */
  place?(stream: number): Promise<Place>
  /** Adds an event with this text to a stream. */
  write(stream: number, text: string): void
  /** Resolves when the bytes of everything written so far have been given to the sockets, in another turn of the event loop. */
  written(stream: number): Promise<void>
  close(): Promise<void>
}

/** Makes a contender with so many streams. `folder` is empty and is removed afterwards by somebody else. */
export type ContenderFactory = (streams: number, folder: string) => Promise<Contender>

/** What our default view makes of an event, so that every contender sends the same bytes. */
export function frameText(seq: number, text: string): string {
  return framesOf(formatOffset(1, seq), { type: 'text-delta', id: 'text', text, tokens: 1, at: 0 })
}

/** For contenders that write to their sockets at once. */
export async function turn(): Promise<void> {
  await nextTurn()
}
