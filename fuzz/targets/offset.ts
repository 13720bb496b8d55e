/** Offsets: reading, writing, order. */
import { SluiceError } from '../../src/core/errors.ts'
import { formatOffset, isOffset, parseOffset, START } from '../../src/core/offset.ts'
import { createChoices } from '../choices.ts'
import { bytesOf, must, mustBeSame, type Target } from '../target.ts'

/** The form of an offset, told character by character. */
function looksRight(text: string): boolean {
  const digits = (from: number): boolean => [...text.slice(from, from + 16)].every((char) => '0123456789'.includes(char))
  if (text.length !== 33 || text[16] !== '_' || !digits(0) || !digits(17)) return false
  return BigInt(text.slice(0, 16)) <= BigInt(Number.MAX_SAFE_INTEGER) && BigInt(text.slice(17)) <= BigInt(Number.MAX_SAFE_INTEGER)
}

function checkText(text: string): string {
  const right = looksRight(text)
  mustBeSame(isOffset(text), right, 'exactly what has the form is an offset')
  try {
    const { term, seq } = parseOffset(text)
    must(right, 'what has not the form is refused', () => JSON.stringify(text))
    must(formatOffset(term, seq) === text, 'an offset is written as it was read', () => text)
    return 'offset'
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    mustBeSame(thrown.code, 'invalid-request', 'a malformed offset is an invalid request')
    must(!right, 'what has the form is accepted', () => text)
    return 'refused'
  }
}

export const offset: Target = {
  name: 'offset',
  seeds: () =>
    [
      START,
      formatOffset(1, 2),
      formatOffset(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      '9007199254740992_0000000000000000',
      '1_1',
    ].map(bytesOf),
  dictionary: ['0', '_', '9007199254740991', '9007199254740992', '0000000000000000', '\n', '\u0660'],
  shape: 'bytes',
  maxBytes: 128,
  run(input) {
    const how = checkText(new TextDecoder().decode(input))
    const choices = createChoices(input)
    const [a, b, c, d] = [choices.integer(), choices.integer(), choices.integer(), choices.integer()]
    const [one, other] = [formatOffset(a, b), formatOffset(c, d)]
    checkText(one)
    checkText(other)
    mustBeSame(parseOffset(one), { term: a, seq: b }, 'an offset is read as it was written')
    const order = a === c ? Math.sign(b - d) : Math.sign(a - c)
    mustBeSame(one < other ? -1 : one > other ? 1 : 0, order, 'offsets sort as text in the order of the log')
    return { features: [how, `order ${order}`, String(input.length > 33)] }
  },
}
