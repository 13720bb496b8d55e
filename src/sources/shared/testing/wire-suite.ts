/**
 * The suite of a normaliser and the frames below it: the same bytes read the same however they arrive, what is cut or damaged never counts as
 * more than it is.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf, disorder } from '../../../conformance/source/collect.ts'
import { SluiceError } from '../../../core/errors.ts'
import type { Normaliser } from '../reading.ts'
import { asObject, type Wire } from '../wire.ts'
import { deltasOf, invented, isPrefix } from './deltas.ts'
import { type Read, readBody } from './read-body.ts'

export interface WireSample {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface WireUnderTest {
  readonly samples: readonly WireSample[]
  readonly normaliser: () => Normaliser
  /** Whether this is the event after which a response counts as complete. */
  readonly isTerminal: (wire: Wire) => boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const PREFIX = 'data: '

export function wireSuite(name: string, { samples, normaliser, isTerminal }: WireUnderTest): void {
  const read = (bytes: Uint8Array, sizes?: readonly number[]): Promise<Read> => readBody(normaliser(), bytes, sizes)

  describe(`a body of ${name}`, () => {
    it('keeps the order of parts', async () => {
      for (const { name: sample, bytes } of samples) expect(disorder((await read(bytes)).events), sample).toEqual([])
    })

    it('reads the same in any pieces, also through the middle of a character', async () => {
      const wholes = await Promise.all(samples.map(({ bytes }) => read(bytes)))
      const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(fc.nat(samples.length - 1), sizes, async (index, cut) => {
          expect(await read(samples[index]?.bytes ?? new Uint8Array(), cut)).toEqual(wholes[index])
        }),
        { numRuns: 60 },
      )
      expect(await read(samples[0]?.bytes ?? new Uint8Array(), [1])).toEqual(wholes[0])
    })

    it('reads the same with CRLF or CR line ends, comments, a byte order mark and other fields', async () => {
      for (const { name: sample, bytes } of samples) {
        const whole = await read(bytes)
        const text = decoder.decode(bytes)
        const variants = [
          text.replaceAll('\n', '\r\n'),
          text.replaceAll('\n', '\r'),
          text.replaceAll(/^(?=data: )/gm, ': keep-alive\nid: 7\nretry: 10\nwhatever: x\n'),
          text.replaceAll('\n\n', '\n\n: keep-alive\n\n'),
          text.replaceAll(/^data: /gm, 'data:'),
          text.replaceAll(/^event: .*\n/gm, ''),
          `\u{feff}${text}`,
        ]
        for (const variant of variants) expect(await read(encoder.encode(variant), [7]), sample).toEqual(whole)
      }
    })

    it('reads the same without the last blank line', async () => {
      for (const { name: sample, bytes } of samples) {
        const whole = await read(bytes)
        for (const missing of [1, 2]) expect(await read(bytes.subarray(0, -missing)), sample).toEqual(whole)
      }
    })

    // A test for each sample, so that each has the time that it needs.
    for (const { name: sample, bytes } of samples) {
      it(`cut at any byte is no success before its terminal event, and gives only a beginning (${sample})`, async () => {
        const whole = await read(bytes)
        const all = answerOf(whole.events)
        const complete = completeFrom(bytes, isTerminal)
        for (let length = 0; length < bytes.length; length++) {
          const { events, error } = await read(bytes.subarray(0, length))
          const where = `${sample} cut after ${length} bytes`
          if (length < complete && events.some(({ type }) => type === 'finish')) throw new Error(`${where} counts as complete`)
          if (!isPrefix(answerOf(events), all)) throw new Error(`${where} says what the whole does not say`)
          if (error === undefined && events.at(-1)?.type !== 'finish') throw new Error(`${where} ends in silence`)
          if (error !== undefined && (!(error instanceof SluiceError) || error.code !== 'connection'))
            expect(error, where).toEqual(whole.error)
        }
      })

      it(`with one byte flipped or lost never hangs, crashes or invents text (${sample})`, async () => {
        const whole = deltasOf((await read(bytes)).events)
        for (let at = 0; at < bytes.length; at++) {
          for (const [how, damaged] of damages(bytes, at)) {
            const { events, error } = await read(damaged)
            const where = `${sample}, byte ${at} ${how}`
            const news = invented(deltasOf(events), whole)
            if (news.length > 0) throw new Error(`${where} invents ${JSON.stringify(news)}`)
            if (error !== undefined && !(error instanceof SluiceError))
              throw new Error(`${where} crashes: ${String(error)}`, { cause: error })
            if (error === undefined && events.at(-1)?.type !== 'finish') throw new Error(`${where} ends in silence`)
            if (disorder(events).length > 0) throw new Error(`${where} breaks the order: ${disorder(events).join(', ')}`)
          }
        }
      })
    }
  })
}

function damages(bytes: Uint8Array, at: number): readonly (readonly [string, Uint8Array])[] {
  const old = bytes[at] ?? 0
  const lost = new Uint8Array(bytes.length - 1)
  lost.set(bytes.subarray(0, at))
  lost.set(bytes.subarray(at + 1), at)
  // One bit of each end of the byte: a digit or letter becomes its neighbour, and ASCII stops being ASCII.
  return [
    ['flipped (lowest bit)', bytes.with(at, old ^ 1)],
    ['flipped (highest bit)', bytes.with(at, old ^ 0x80)],
    ['lost', lost],
  ]
}

/** The length from which on a cut body holds the whole terminal event. */
function completeFrom(bytes: Uint8Array, isTerminal: (wire: Wire) => boolean): number {
  let end = 0
  for (const line of decoder.decode(bytes).split('\n')) {
    end += encoder.encode(line).length
    if (line.startsWith(`${PREFIX}{`) && isTerminal(asObject(JSON.parse(line.slice(PREFIX.length))) ?? {})) return end
    end += 1
  }
  return bytes.length + 1
}
