/** The reader of a provider's server-sent events. */
import { SluiceError } from '../../src/core/errors.ts'
import { responsesSamples } from '../../src/simulators/provider/samples/responses.ts'
import { createEventReader } from '../../src/sources/shared/sse.ts'
import type { Wire } from '../../src/sources/shared/wire.ts'
import { cuttings } from '../pieces.ts'
import type { Random } from '../random.ts'
import { referenceFrames } from '../reference-sse.ts'
import { bucket, bytesOf, must, mustBeSame, type Target, textOf } from '../target.ts'

/** What reading gave: data as JSON, and how it ended. */
interface Read {
  readonly frames: readonly unknown[]
  readonly error?: string
}

const DONE = '[DONE]'
const LABEL = 'The provider'

function read(pieces: readonly Uint8Array[], maxEventChars?: number): Read {
  const frames: unknown[] = []
  const onEvent = (wire: Wire): void => void frames.push(wire)
  const reader = createEventReader({
    label: LABEL,
    onEvent,
    onDone: () => frames.push(DONE),
    ...(maxEventChars === undefined ? {} : { maxEventChars }),
  })
  try {
    for (const piece of pieces) reader.feed(piece)
    reader.end()
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    must(!/["{}]/.test(thrown.message), 'an error quotes no frame', () => thrown.message)
    return { frames, error: /more than \d+ characters/.test(thrown.message) ? 'too long' : thrown.code }
  }
  return { frames }
}

/** What the standard says, and what the contract of the reader adds to it. */
function expected(text: string): Read {
  const complete = referenceFrames(text).length
  const frames: unknown[] = []
  // The last event may lack its blank line.
  for (const [index, { data }] of referenceFrames(`${text}\n\n`).entries()) {
    if (data === DONE) {
      frames.push(DONE)
      continue
    }
    let value: unknown
    try {
      value = JSON.parse(data)
    } catch {
      return { frames, error: index < complete ? 'provider' : 'connection' }
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { frames, error: 'provider' }
    frames.push(value)
  }
  return { frames }
}

function checkLimit(input: Uint8Array, text: string, whole: Read, random: Random): string {
  const limit = random.pick([1, 16, 40, 120, 400])
  const longest = Math.max(0, ...referenceFrames(`${text}\n\n`).map(({ chars }) => chars), unframed(text))
  let tooLong = false
  for (const pieces of cuttings(input, random)) {
    const limited = read(pieces, limit)
    mustBeSame(limited.frames, whole.frames.slice(0, limited.frames.length), 'a limit changes no frame that comes before it')
    if (limited.error !== 'too long') mustBeSame(limited, whole, 'a limit that is not reached changes nothing')
    else must(longest > limit, 'a frame within the limit is taken', () => `limit ${limit}, longest ${longest}`)
    tooLong ||= limited.error === 'too long'
    for (const [index, frame] of referenceFrames(`${text}\n\n`).slice(0, limited.frames.length).entries()) {
      must(
        frame.data.length <= limit,
        'a frame beyond the limit is refused',
        () => `frame ${index} of ${frame.data.length}, limit ${limit}`,
      )
    }
  }
  return tooLong ? 'limit reached' : 'limit kept'
}

/** Characters that are no frame but may wait in a buffer: every run of lines without a blank one. */
function unframed(text: string): number {
  return Math.max(0, ...text.split(/(?:\r\n|\n|\r)(?:\r\n|\n|\r)/).map((block) => block.length))
}

export const sse: Target = {
  name: 'sse',
  seeds: () => [
    ...responsesSamples.map(({ bytes }) => bytes),
    ...['data: {}\n\n', 'data: {"a":\ndata: 1}\r\n\r\n', '\ufeff: hi\rdata:{}\r\rdata: [DONE]\n\n', 'data: {"a":"\u{1f600}é"}'].map(
      bytesOf,
    ),
  ],
  dictionary: [
    'data:',
    'data: ',
    'event:',
    'event: x',
    'id:',
    'id: 1',
    'retry: 5',
    ': c',
    DONE,
    'data: {}\n\n',
    'data: [DONE]\n\n',
    '\n\n',
    '\r\n\r\n',
    '\ufeff',
    '\u00ef\u00bb\u00bf',
  ],
  shape: 'frames',
  maxBytes: 16 * 1024,
  run(input, random) {
    const text = textOf(input)
    const reads = cuttings(input, random).map((pieces) => read(pieces))
    const whole = reads[0] ?? { frames: [] }
    if (text === undefined) {
      for (const { error } of reads) must(error !== undefined, 'bytes that are not UTF-8 are an error')
      // How much comes before the error depends on where the bytes are cut; what comes must not.
      const longest = reads.reduce((one, other) => (other.frames.length > one.frames.length ? other : one))
      for (const { frames } of reads)
        mustBeSame(frames, longest.frames.slice(0, frames.length), 'frames before the error are the same in any pieces')
      return { features: ['not UTF-8', whole.error ?? ''] }
    }
    const right = expected(text)
    for (const one of reads) mustBeSame(one, right, 'frames are those of the standard, in any pieces')
    const limit = checkLimit(input, text, whole, random)
    return {
      features: [
        `frames*${bucket(whole.frames.length)}`,
        whole.error ?? 'ended',
        limit,
        text.includes('\r') ? 'CR' : 'LF',
        whole.frames.includes(DONE) ? 'done' : 'open',
      ],
    }
  },
}
