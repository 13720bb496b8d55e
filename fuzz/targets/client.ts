/** The client's reader against any server: one connection, and following to the end. */
import { connectEvents, type LocatedEvent } from '../../src/client/connection.ts'
import { quietEnvironment } from '../../src/client/environment.ts'
import { followStream } from '../../src/client/follow.ts'
import { defaultPolicy } from '../../src/client/policy.ts'
import { SluiceError } from '../../src/core/errors.ts'
import { isOffset, START } from '../../src/core/offset.ts'
import { createFakeClock } from '../../src/core/testing/fake-clock.ts'
import { rawFormat } from '../../src/http/wire-formats.ts'
import { createChoices } from '../choices.ts'
import { parsed } from '../mutate/frames.ts'
import { cuttings } from '../pieces.ts'
import { referenceFrames } from '../reference-sse.ts'
import { runStreamFrom } from '../run-stream.ts'
import { bucket, bytesOf, must, mustBeSame, type Target } from '../target.ts'

const URL = 'http://sluice.test/events'

interface Read {
  readonly events: readonly LocatedEvent[]
  readonly error?: string
}

function answer(pieces: readonly Uint8Array[]): Response {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[at++]
      if (piece === undefined) controller.close()
      // A stream takes its chunks over.
      else controller.enqueue(piece.slice())
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

async function connect(pieces: readonly Uint8Array[]): Promise<Read> {
  const events: LocatedEvent[] = []
  try {
    const connected = await connectEvents({
      fetch: async () => answer(pieces),
      url: URL,
      headers: {},
      after: START,
      signal: new AbortController().signal,
      now: () => 0,
    })
    must(connected.kind === 'opened', 'an answer with events is opened')
    for await (const batch of connected.batches) events.push(...batch)
  } catch (thrown) {
    return { events, error: codeOf(thrown) }
  }
  return { events }
}

/** One connection and no retry: whatever comes, following has ended when the bytes have. */
async function follow(pieces: readonly Uint8Array[]): Promise<Read> {
  const events: LocatedEvent[] = []
  const clock = createFakeClock()
  const policy = { ...defaultPolicy, maxRetries: 0 }
  const host = {
    fetch: async () => answer(pieces),
    headers: async () => ({}),
    policy,
    clock,
    environment: quietEnvironment,
    random: () => 0,
  }
  try {
    await followStream(host, URL, { onEvent: (located) => void events.push(located) })
  } catch (thrown) {
    return { events, error: codeOf(thrown) }
  }
  mustBeSame(clock.pending, 0, 'a reader that ended has no timer')
  return { events }
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof SluiceError) return thrown.code
  throw thrown
}

/** What the frames up to the first that is not of this protocol say. */
function expected(text: string): Read {
  const events: LocatedEvent[] = []
  for (const { id, data } of referenceFrames(text)) {
    const event = parsed(data)
    const type = typeof event === 'object' && event !== null && !Array.isArray(event) && 'type' in event ? event.type : undefined
    if (id === undefined || !isOffset(id) || typeof type !== 'string') return { events, error: 'server' }
    events.push({ offset: id, event: event as LocatedEvent['event'] })
  }
  return { events }
}

function checkFollowed({ events, error }: Read, right: Read): void {
  for (const [index, { offset }] of events.entries())
    must(offset > (events[index - 1]?.offset ?? START), 'offsets rise, each event comes once')
  const rising: LocatedEvent[] = []
  for (const located of right.events) if (located.offset > (rising.at(-1)?.offset ?? START)) rising.push(located)
  const end = rising.findIndex(({ event }) => event.type === 'run-end')
  if (end >= 0) {
    mustBeSame({ events, error }, { events: rising.slice(0, end + 1) }, 'following ends with the terminal event')
  } else {
    mustBeSame(events, rising.slice(0, events.length), 'following hands on what came')
    must(error !== undefined, 'a stream without its terminal event is no success')
  }
}

const DICTIONARY = [
  'id: ',
  'data: ',
  `id: ${START}`,
  'id: 0000000000000001_0000000000000001',
  'id: 0000000000000002_0000000000000009',
  'data: {"type":"run-end"}',
  '"type":"text-delta"',
  'retry: 9',
  ':\n\n',
  '\ufeff',
  '\r\n',
]

export const client: Target = {
  name: 'client',
  seeds: () =>
    [11, 23, 37].flatMap((step) => {
      const stream = runStreamFrom(createChoices(Uint8Array.from({ length: 90 }, (_, index) => (index * step + 5) % 128)))
      const body = rawFormat().live(stream.map(({ offset, event }) => ({ offset, data: bytesOf(JSON.stringify(event)) })))
      return [body, Uint8Array.from([...bytesOf('retry: 1000\n\n:\n\n'), ...body])]
    }),
  dictionary: DICTIONARY,
  shape: 'frames',
  maxBytes: 8 * 1024,
  async run(input, random) {
    // Bytes that are not UTF-8 read as U+FFFD here, in whichever pieces they come.
    const right = expected(new TextDecoder('utf-8', { ignoreBOM: true }).decode(input))
    // A stream of single bytes is slow; short ones are enough for it.
    const cuts = cuttings(input, random).filter((pieces) => pieces.length < 300)
    for (const pieces of cuts) {
      const one = await connect(pieces)
      must(one.error === right.error, 'a connection fails exactly when the bytes are wrong', () => `${one.error} instead of ${right.error}`)
      // A batch with a bad frame is lost whole.
      if (one.error === undefined) mustBeSame(one.events, right.events, 'frames are those of the standard, in any pieces')
      else mustBeSame(one.events, right.events.slice(0, one.events.length), 'frames before an error are those of the standard')
    }
    const followed = await follow(cuts.at(-1) ?? [])
    if (right.error === undefined) checkFollowed(followed, right)
    return {
      features: [
        `events*${bucket(right.events.length)}`,
        `followed*${bucket(followed.events.length)}`,
        right.error ?? 'right',
        followed.error ?? 'ended',
      ],
    }
  },
}
