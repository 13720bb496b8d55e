/** Structured values from bytes: each decision takes the next byte, so that mutations of bytes are mutations of the structure. */

export interface Choices {
  /** Whether bytes are left. Without any, every decision is its first one. */
  readonly left: boolean
  /** An integer from 0 to below `limit`, up to 256. */
  below(limit: number): number
  chance(): boolean
  pick<T>(items: readonly [T, ...T[]]): T
  /** An integer of up to 53 bits. */
  integer(): number
  /** Text of UTF-16 units: mostly what the bytes say, now and then something awkward. May hold half a surrogate pair. */
  text(maxUnits?: number): string
}

const AWKWARD = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\u0000',
  '\u2028',
  '\ufeff',
  '\ud83d',
  '\ude00',
  '\u{1f600}',
  'data: x\n\n',
  '"',
  '\\',
  '`',
  '~~~',
]
const EDGES = [0, 1, 9, 10, 255, 2 ** 31, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]
const MAX_TEXT_UNITS = 24

export function createChoices(bytes: Uint8Array): Choices {
  let at = 0
  const byte = (): number => bytes[at++] ?? 0
  const below = (limit: number): number => byte() % limit
  return {
    get left() {
      return at < bytes.length
    },
    below,
    chance: () => byte() % 2 === 1,
    pick: (items) => items[below(items.length)] ?? items[0],
    integer() {
      const kind = byte()
      if (kind < 64) return EDGES[kind % EDGES.length] ?? 0
      let value = 0
      for (let count = kind % 7; count > 0; count--) value = value * 256 + byte()
      return value % (Number.MAX_SAFE_INTEGER + 1)
    },
    text(maxUnits = MAX_TEXT_UNITS) {
      let text = ''
      for (let count = below(maxUnits + 1); count > 0; count--) {
        const unit = byte()
        text += unit < 128 ? String.fromCharCode(unit) : (AWKWARD[unit % AWKWARD.length] ?? '')
      }
      return text
    },
  }
}
