/** A normaliser and the reader of one attempt around it: whatever a provider sends. */
import { disorder, openParts } from '../../src/conformance/source/collect.ts'
import { SluiceError } from '../../src/core/errors.ts'
import type { SourceEvent } from '../../src/ports/source.ts'
import type { Recording } from '../../src/simulators/provider/recordings.ts'
import { readAttempt } from '../../src/sources/shared/attempt.ts'
import type { Normaliser } from '../../src/sources/shared/reading.ts'
import { parsed } from '../mutate/frames.ts'
import { stringsOf } from '../mutate/json.ts'
import { cuttings } from '../pieces.ts'
import { referenceFrames } from '../reference-sse.ts'
import { Broken, bucket, counted, must, mustBeSame, type Target, textOf } from '../target.ts'

export interface NormaliserUnderTest {
  readonly name: string
  readonly create: (redact: (text: string) => string) => Normaliser
  readonly samples: readonly Recording[]
  readonly dictionary: readonly string[]
}

interface Read {
  readonly events: readonly SourceEvent[]
  readonly error?: string
}

/** Characters that all events may have for each one of the input, and beyond that. */
const MAX_GROWTH = 8
const SPARE_CHARS = 4_000
/** Words that we put into ids; all else in them is a number or comes from the provider. */
const ID_WORDS = new Set(['text', 'reasoning', 'summary', 'refusal', 'thinking', 'tool', 'call', 'content', 'citation', ''])
/** What we say where the provider gives no reason. */
const OWN_SENTENCES = new Set(['The tool failed and gave no reason.'])
/** What is kept is named by this where the provider named no type. */
const OWN_NAMES = new Set(['annotation', 'block', 'stop_details'])

/** Every chunk must be used up before the next is asked for. */
async function read({ create }: NormaliserUnderTest, pieces: readonly Uint8Array[]): Promise<Read> {
  const events: SourceEvent[] = []
  const { signal } = new AbortController()
  try {
    for await (const event of readAttempt({ chunks: streamOf(pieces), label: 'The provider', normaliser: create((text) => text), signal }))
      events.push(event)
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    must(Number.isFinite(thrown.retryAfterMs ?? 0) && (thrown.retryAfterMs ?? 0) >= 0, 'a wait is a length of time', () =>
      String(thrown.retryAfterMs),
    )
    must(thrown.message.length < 4_000, 'the message of an error is bounded', () => `${thrown.message.length} characters`)
    return { events, error: `${thrown.code}: ${thrown.message}` }
  }
  return { events }
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

function checkEnd({ events, error }: Read): void {
  const finishes = events.filter(({ type }) => type === 'finish').length
  if (error === undefined)
    must(finishes === 1 && events.at(-1)?.type === 'finish', 'an attempt without an error ends with its one finish', () => typesOf(events))
  else must(finishes === 0, 'an attempt that fails has no finish', () => `${error} after ${typesOf(events)}`)
  const wrong = disorder(events)
  must(wrong.length === 0, 'parts are in order', () => wrong.join(', '))
  if (error === undefined) {
    const open = openParts(events)
    must(open.length === 0, 'a finished attempt has no open part', () => open.join(', '))
  }
}

function typesOf(events: readonly SourceEvent[]): string {
  return events.map(({ type }) => type).join(' ')
}

interface Said {
  readonly strings: ReadonlySet<string>
  /** The strings of each field one after the other, since a text may be put together from pieces. */
  readonly texts: string
  /** The provider's JSON itself. */
  readonly json: string
}

/** What the provider can have said. */
function sayings(text: string): Said {
  const values = referenceFrames(`${text}\n\n`).map(({ data }) => parsed(data))
  const strings = values.flatMap(stringsOf)
  const byField = Map.groupBy(strings, ({ field }) => field)
  const texts = [...byField.values()].map((all) => all.map((one) => one.text).join('')).join('\u0001\u0000')
  return { strings: new Set(strings.map((one) => one.text)), texts, json: safeJson(values) }
}

function safeJson(values: readonly unknown[]): string {
  try {
    return values.map((value) => JSON.stringify(value)).join('\n')
  } catch (thrown) {
    // Nested deeper than the stack: nobody can have written it out.
    if (thrown instanceof RangeError) return ''
    throw thrown
  }
}

function checkWords(events: readonly SourceEvent[], text: string): void {
  const said = sayings(text)
  const isSaid = (piece: string): boolean => said.strings.has(piece) || said.texts.includes(piece)
  const sums = new Map<string, string>()
  for (const event of events) {
    for (const [field, value] of Object.entries(event)) {
      if (typeof value !== 'string' || field === 'type' || (event.type === 'finish' && field === 'reason')) continue
      if (field === 'id') {
        for (const word of value.split(/[-@:_.#]/))
          must(ID_WORDS.has(word) || /^\d+$/.test(word) || isSaid(word), 'no id is invented', () => value)
        continue
      }
      if (event.type.endsWith('-delta') && field === 'text' && 'id' in event)
        sums.set(`${event.type} ${event.id}`, `${sums.get(`${event.type} ${event.id}`) ?? ''}${value}`)
      if (field === 'name') {
        // `<source>.<type>` of what we have no word for, `<server>.<tool>` of a tool that lies elsewhere.
        const own = event.type === 'data' ? value.slice(value.indexOf('.') + 1) : value
        must(OWN_NAMES.has(own) || own.split('.').every(isSaid), 'no name is invented', () => value)
        continue
      }
      if (event.type === 'tool-result' && OWN_SENTENCES.has(value)) continue
      // A call's whole input may be the sum of its pieces; a provider's own call has an object, written out, for its input.
      const whole = event.type === 'tool-call-end' && field === 'input' && sums.get(`tool-call-delta ${event.id}`) === value
      must(
        whole || isSaid(value) || said.json.includes(value) || isMadeOf(value, isSaid),
        'nothing is invented',
        () => `${event.type}.${field}: ${value}`,
      )
    }
  }
}

/** Some inputs are written around what the provider sent, as JSON: then every string in it was said. */
function isMadeOf(value: string, isSaid: (piece: string) => boolean): boolean {
  const json = /^[{[]/.test(value) ? parsed(value) : undefined
  return json !== undefined && stringsOf(json).every(({ text }) => isSaid(text))
}

function checkSize(events: readonly SourceEvent[], input: Uint8Array): void {
  let chars = 0
  try {
    for (const event of events) chars += JSON.stringify(event).length
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    throw new Broken('every event can be written as JSON', thrown.message)
  }
  must(
    chars <= input.length * MAX_GROWTH + SPARE_CHARS,
    'what comes out is linear in what came in',
    () => `${chars} characters from ${input.length} bytes`,
  )
}

export function normaliserTarget(tested: NormaliserUnderTest): Target {
  return {
    name: tested.name,
    seeds: () => tested.samples.map(({ bytes }) => bytes),
    dictionary: [
      ...tested.dictionary,
      'data: ',
      '[DONE]',
      '\n\n',
      '"type":',
      '"error":',
      'null',
      '{}',
      '[]',
      '""',
      '@',
      '-0',
      'call@tool-0',
      'x@tool-1',
    ],
    shape: 'frames',
    maxBytes: 24 * 1024,
    async run(input, random) {
      const cuts = cuttings(input, random)
      const text = textOf(input)
      const whole = await read(tested, cuts[0] ?? [])
      for (const pieces of cuts.slice(1)) {
        const one = await read(tested, pieces)
        if (text !== undefined) mustBeSame(one, whole, 'a body reads the same in any pieces')
        else checkEnd(one)
      }
      checkEnd(whole)
      checkSize(whole.events, input)
      if (text !== undefined) checkWords(whole.events, text)
      const last = whole.events.at(-1)
      return {
        features: [
          ...counted(whole.events.map(({ type }) => type)),
          last?.type === 'finish'
            ? `finish ${last.reason} ${last.usage.basis} ${Object.keys(last.usage).length}`
            : `failed ${whole.error?.split(':', 1)[0]}`,
          `fields ${bucket(new Set(whole.events.flatMap((event) => Object.keys(event))).size)}`,
        ],
        echoes: whole.events.flatMap((event) => ('id' in event && typeof event.id === 'string' ? [event.id] : [])).slice(0, 4),
      }
    },
  }
}
