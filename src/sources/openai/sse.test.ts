import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf } from '../../conformance/source/collect.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Answer } from '../../core/fold.ts'
import { samples } from '../../simulators/provider/samples.ts'
import { readEvents } from './sse.ts'
import { readBody } from './testing.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function isPrefix(part: Answer, whole: Answer): boolean {
  return part.parts.every((one, index) => {
    const other = whole.parts[index]
    if (other?.kind !== one.kind || other.id !== one.id) return false
    return one.kind === 'tool'
      ? other.kind === 'tool' && other.input.startsWith(one.input)
      : other.kind !== 'tool' && other.text.startsWith(one.text)
  })
}

describe('a body', () => {
  it('reads the same in any pieces, also through the middle of a character', async () => {
    const wholes = await Promise.all(samples.map((sample) => readBody(sample.bytes)))
    const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.nat(samples.length - 1), sizes, async (index, cut) => {
        expect(await readBody(samples[index]?.bytes ?? new Uint8Array(), cut)).toEqual(wholes[index])
      }),
      { numRuns: 60 },
    )
    const text = samples.find(({ name }) => name === 'sample-text')
    expect(await readBody(text?.bytes ?? new Uint8Array(), [1])).toEqual(wholes[0])
  })

  it('reads the same with CRLF or CR line ends, comments, a byte order mark and other fields', async () => {
    for (const sample of samples) {
      const whole = await readBody(sample.bytes)
      const text = decoder.decode(sample.bytes)
      const variants = [
        text.replaceAll('\n', '\r\n'),
        text.replaceAll('\n', '\r'),
        text.replaceAll('event: ', ': keep-alive\n\nid: 7\nretry: 10\nwhatever: x\nevent: '),
        `\u{feff}${text}`,
        `${text}data: [DONE]\n\n`,
        text.replaceAll(/^event: .*\n/gm, ''),
      ]
      for (const variant of variants) expect(await readBody(encoder.encode(variant), [7])).toEqual(whole)
    }
  })

  it('cut at any byte is never a success and gives only a beginning', async () => {
    for (const sample of samples) {
      const whole = await readBody(sample.bytes)
      const all = answerOf(whole.events)
      // The last two bytes are the blank line; everything is there without it.
      for (let length = 0; length < sample.bytes.length - 2; length++) {
        const { events, error } = await readBody(sample.bytes.subarray(0, length))
        if (events.some(({ type }) => type === 'finish')) throw new Error(`${sample.name} cut after ${length} bytes counts as complete`)
        if (!isPrefix(answerOf(events), all)) throw new Error(`${sample.name} cut after ${length} bytes says what the whole does not say`)
        if (error !== undefined && error instanceof SluiceError && error.code !== 'connection') expect(error).toEqual(whole.error)
      }
    }
  })

  it('that ends without the last blank line keeps its last event', async () => {
    for (const sample of samples) {
      for (const missing of [1, 2]) expect(await readBody(sample.bytes.subarray(0, -missing))).toEqual(await readBody(sample.bytes))
    }
  })
})

describe('a bad frame', () => {
  const read = async (text: string | Uint8Array, maxEventChars?: number): Promise<unknown> => {
    const bytes = typeof text === 'string' ? encoder.encode(text) : text
    const chunks = async function* () {
      yield bytes
    }
    const seen: unknown[] = []
    try {
      for await (const event of readEvents(chunks(), maxEventChars)) seen.push(event)
    } catch (error) {
      return error
    }
    return seen
  }

  it('that is not a JSON object is a provider error, and its text is not in the message', async () => {
    for (const frame of ['{"type":', 'secret words', '7', 'null', '[]', '"text"']) {
      const error = await read(`data: ${frame}\n\n`)
      expect(error).toMatchObject({ code: 'provider' })
      expect(String(error)).not.toContain('secret')
    }
  })

  it('that the end of the bytes cut off is a connection error', async () => {
    expect(await read('data: {"type":"resp')).toMatchObject({ code: 'connection' })
    expect(await read(encoder.encode('data: {"type":"é').subarray(0, -1))).toMatchObject({ code: 'connection' })
  })

  it('that is not UTF-8 is a provider error', async () => {
    expect(await read(Uint8Array.of(100, 97, 116, 97, 58, 0xff, 10, 10))).toMatchObject({ code: 'provider' })
  })

  it('that is too long is a provider error, however it is split', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(200) })
    expect(await read(`data: ${long}\n\n`, 100)).toMatchObject({ code: 'provider' })
    expect(await read(`data: ${long}`, 100)).toMatchObject({ code: 'provider' })
    expect(await read(`data: ${'x'.repeat(60)}\ndata: ${'x'.repeat(60)}`, 100)).toMatchObject({ code: 'provider' })
    expect(await read(`data: {}\n\n`, 100)).toEqual([{}])
  })
})
