/** Reading a recorded body without a network, for tests. */
import type { SourceEvent } from '../../ports/source.ts'
import { createNormaliser } from './normalise.ts'
import { readEvents } from './sse.ts'

export interface Read {
  readonly events: readonly SourceEvent[]
  readonly error?: unknown
}

/** What a body reads as, with its bytes in pieces of the given sizes (repeated); whole by default. */
export async function readBody(bytes: Uint8Array, sizes: readonly number[] = []): Promise<Read> {
  const read = createNormaliser((text) => text)
  const events: SourceEvent[] = []
  try {
    for await (const wire of readEvents(pieces(bytes, sizes))) {
      const reading = read(wire)
      events.push(...reading.events)
      if (reading.error !== undefined) return { events, error: reading.error }
      if (events.at(-1)?.type === 'finish') return { events }
    }
  } catch (error) {
    return { events, error }
  }
  return { events }
}

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (let turn = 0; from < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length)
    yield bytes.subarray(from, from + size)
    from += size
  }
}
