/** Mutations of plain bytes. */
import type { Random } from '../random.ts'

export interface Material {
  /** Another input of the corpus. */
  readonly other: Uint8Array
  /** Words of the format, and what came out of earlier inputs. */
  readonly words: readonly string[]
}

type Mutation = (input: Uint8Array, random: Random, material: Material) => Uint8Array

const encoder = new TextEncoder()
/** What trips parsers of any text. */
const AWKWARD = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\r\r',
  '\ufeff',
  '\u0000',
  '\u2028',
  '"',
  '\\',
  '\\u0000',
  '\\ud83d',
  '\\u2028',
  '{',
  '}',
  '[',
  ']',
  '0',
  '-1',
  '1e999',
  'null',
]
const AWKWARD_BYTES = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x3a, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xf0, 0xff]
const MAX_PIECE_BYTES = 64

/** Bytes with `removed` of them at `at` replaced. */
export function replaced(input: Uint8Array, at: number, removed: number, piece: Uint8Array): Uint8Array {
  const result = new Uint8Array(input.length - removed + piece.length)
  result.set(input.subarray(0, at))
  result.set(piece, at)
  result.set(input.subarray(at + removed), at + piece.length)
  return result
}

const range = (input: Uint8Array, random: Random): readonly [number, number] => {
  const at = random.below(input.length + 1)
  const longest = random.chance(0.2) ? input.length - at : Math.min(MAX_PIECE_BYTES, input.length - at)
  return [at, random.below(longest + 1)]
}

const word = (random: Random, { words }: Material): Uint8Array =>
  encoder.encode(random.pick(random.chance(0.3) || words.length === 0 ? AWKWARD : words))

const MUTATIONS: readonly Mutation[] = [
  function flipBit(input, random) {
    const at = random.below(input.length)
    return input.length === 0 ? input : input.with(at, (input[at] ?? 0) ^ (1 << random.below(8)))
  },
  function setByte(input, random) {
    const byte = random.chance(0.5) ? random.pick(AWKWARD_BYTES) : random.below(256)
    return input.length === 0 ? input : input.with(random.below(input.length), byte)
  },
  function insertBytes(input, random) {
    const piece = Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256))
    return replaced(input, random.below(input.length + 1), 0, piece)
  },
  function remove(input, random) {
    return replaced(input, ...range(input, random), new Uint8Array(0))
  },
  function duplicate(input, random) {
    const [at, length] = range(input, random)
    return replaced(input, random.chance(0.5) ? at : random.below(input.length + 1), 0, input.slice(at, at + length))
  },
  function move(input, random) {
    const [at, length] = range(input, random)
    const rest = replaced(input, at, length, new Uint8Array(0))
    return replaced(rest, random.below(rest.length + 1), 0, input.slice(at, at + length))
  },
  function cut(input, random) {
    return input.slice(0, random.below(input.length + 1))
  },
  function splice(input, random, { other }) {
    const head = input.subarray(0, random.below(input.length + 1))
    return replaced(head, head.length, 0, other.subarray(random.below(other.length + 1)))
  },
  function borrow(input, random, { other }) {
    const [at, length] = range(other, random)
    return replaced(input, random.below(input.length + 1), 0, other.slice(at, at + length))
  },
  function insertWord(input, random, material) {
    return replaced(input, random.below(input.length + 1), 0, word(random, material))
  },
  function overwriteWithWord(input, random, material) {
    const piece = word(random, material)
    const at = random.below(input.length + 1)
    return replaced(input, at, Math.min(piece.length, input.length - at), piece)
  },
  function repeatWord(input, random, material) {
    const text = word(random, material)
    const times = 2 ** (1 + random.below(8))
    const many = new Uint8Array(text.length * times)
    for (let index = 0; index < times; index++) many.set(text, index * text.length)
    return replaced(input, random.below(input.length + 1), 0, many)
  },
  function otherLineEnds(input, random) {
    const end = random.pick(['\r\n', '\r', '\n'])
    const share = random.pick([0.1, 0.5, 1])
    const pieces: number[] = []
    for (const byte of input) {
      if (byte === 0x0a && random.chance(share)) pieces.push(...encoder.encode(end))
      else pieces.push(byte)
    }
    return Uint8Array.from(pieces)
  },
  function changeNumber(input, random) {
    const digits = [...input.keys()].filter((at) => isDigit(input[at]) && !isDigit(input[at - 1]))
    if (digits.length === 0) return input
    const at = random.pick(digits)
    let length = 1
    while (isDigit(input[at + length])) length++
    const number = random.pick([
      '0',
      '1',
      '2',
      '7',
      '255',
      '4294967296',
      '9007199254740991',
      '9007199254740992',
      '9'.repeat(400),
      '-1',
      '1.5',
      '1e308',
      '1e999',
    ])
    return replaced(input, at, length, encoder.encode(number))
  },
]

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/** One mutation of bytes. */
export function mutateBytes(input: Uint8Array, random: Random, material: Material): Uint8Array {
  return random.pick(MUTATIONS)(input, random, material)
}
