/** A record of a run's stream that another version, or nobody, wrote: any bytes. */
import { coalesce } from '../../src/core/coalesce.ts'
import { SluiceError } from '../../src/core/errors.ts'
import { decodeEvent, isKnownEvent, type RunEvent } from '../../src/core/event.ts'
import { fold } from '../../src/core/fold.ts'
import { formatOffset } from '../../src/core/offset.ts'
import { rawFormat, sseFormat } from '../../src/http/wire-formats.ts'
import { createChoices } from '../choices.ts'
import { parsed } from '../mutate/frames.ts'
import { referenceFrames } from '../reference-sse.ts'
import { runStreamFrom } from '../run-stream.ts'
import { bytesOf, isTooDeep, must, mustBeSame, type Target } from '../target.ts'

const OFFSETS = [formatOffset(1, 1), formatOffset(1, 2)]
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): ReturnType<typeof decodeEvent> | undefined {
  try {
    return decodeEvent(bytes)
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    mustBeSame(thrown.code, 'storage-corrupt', 'a record that is no event is corrupt storage')
    return undefined
  }
}

export const record: Target = {
  name: 'record',
  seeds: () => {
    const everything = runStreamFrom(createChoices(Uint8Array.from({ length: 400 }, (_, index) => (index * 37 + 11) % 128)))
    return [...everything.map(({ event }) => JSON.stringify(event)), '{\n"type":"x",\r\n"at":1}', '\ufeff{"type":"x"}', 'null', '{}'].map(
      bytesOf,
    )
  },
  dictionary: [
    '"type":',
    '"text-delta"',
    '"run-end"',
    '"data"',
    '"at":',
    'null',
    '\n',
    '\r\n\r\n',
    '\ufeff',
    '"__proto__":',
    '{}',
    '[]',
    '1e999',
  ],
  shape: 'json',
  maxBytes: 16 * 1024,
  run(input) {
    const event = decode(input)
    if (event === undefined) return { features: ['corrupt'] }
    // Nobody can have written it.
    if (isTooDeep(event)) return { features: ['too deep'] }
    // Fields are trusted to be of their type, as far as adding texts up goes: a check in every fold of every delta would cost readers more than it gives.
    if (['text', 'input'].some((field) => typeof event[field as keyof typeof event] === 'object')) return { features: ['a text is none'] }
    const located = OFFSETS.map((offset) => ({ offset, event }))
    fold(located.map((item) => item.event))
    fold(coalesce(located).map((item) => item.event))
    const records = OFFSETS.map((offset) => ({ offset, data: input }))
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)
    const raw = referenceFrames(decoder.decode(rawFormat().live(records)))
    mustBeSame(
      raw.map(({ id }) => id),
      OFFSETS,
      'a record is one frame of the raw view',
    )
    for (const { data } of raw) mustBeSame(parsed(data), parsed(text), 'a record is JSON in the raw view, unchanged')
    const past = referenceFrames(decoder.decode(rawFormat().past(records)))
    must(
      past.every(({ data }) => parsed(data) !== undefined),
      'the raw past is JSON',
      () => JSON.stringify(past),
    )
    for (const format of [sseFormat().live, sseFormat().past]) {
      const frames = referenceFrames(decoder.decode(format(records)))
      must(
        frames.every(({ id }) => id === undefined || OFFSETS.includes(id)),
        'a record cannot write ids',
        () => JSON.stringify(frames),
      )
      must(
        frames.every(({ data }) => parsed(data) !== undefined),
        'the data of every frame is JSON',
        () => JSON.stringify(frames),
      )
    }
    const known = isKnownEvent(event) ? (event as RunEvent).type : 'unknown'
    return { features: [known, raw.length > 0 && input.includes(0x0a) ? 'lines' : 'line', Object.keys(event).length > 3 ? 'more' : 'few'] }
  },
}
