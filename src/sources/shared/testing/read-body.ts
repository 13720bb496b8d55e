/** Reading a recorded body without a network, for tests. */
import type { SourceEvent } from '../../../ports/source.ts'
import { readAttempt } from '../attempt.ts'
import type { Normaliser } from '../reading.ts'

export interface Read {
  readonly events: readonly SourceEvent[]
  readonly error?: unknown
}

/** What a body reads as, with its bytes in pieces of the given sizes (repeated); whole by default. */
export async function readBody(normaliser: Normaliser, bytes: Uint8Array, sizes: readonly number[] = []): Promise<Read> {
  const events: SourceEvent[] = []
  const { signal } = new AbortController()
  try {
    for await (const event of readAttempt({ chunks: pieces(bytes, sizes), label: 'The provider', normaliser, signal })) events.push(event)
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
