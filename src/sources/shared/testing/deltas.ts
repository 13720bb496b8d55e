/** Comparing what two readings said, for tests that damage the bytes. */
import type { Answer } from '../../../core/fold.ts'
import type { SourceEvent } from '../../../ports/source.ts'

/** Characters by which one damaged byte can change the text of one event: a whole escape sequence. */
const MAX_CHANGED_CHARS = 12
/** Events that one damaged byte can touch: a lost line end joins two. */
const MAX_CHANGED_EVENTS = 2

/** Whether each part of `part` is the beginning of that part of `whole`. */
export function isPrefix(part: Answer, whole: Answer): boolean {
  return part.parts.every((one, index) => {
    const other = whole.parts[index]
    if (other?.kind !== one.kind || other.id !== one.id) return false
    return one.kind === 'tool'
      ? other.kind === 'tool' && other.input.startsWith(one.input)
      : other.kind !== 'tool' && other.text.startsWith(one.text)
  })
}

/** The pieces of text, reasoning and arguments, in the order in which they came. */
export function deltasOf(events: readonly SourceEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type.endsWith('-delta') && 'text' in event ? [event.text] : []))
}

/** The pieces of `damaged` that one damaged byte in the bytes of `whole` does not explain. Empty when nothing was invented. */
export function invented(damaged: readonly string[], whole: readonly string[]): readonly string[] {
  const strange = outsideOf(damaged, whole)
  const text = whole.join('')
  const unlike = strange.filter(
    (piece) => !text.includes(piece) && !whole.some((original) => isAlike(piece, original) || isLess(piece, original)),
  )
  return strange.length > MAX_CHANGED_EVENTS ? strange : unlike
}

/** The items of `some` that are not part of its longest common subsequence with `all`. */
function outsideOf(some: readonly string[], all: readonly string[]): readonly string[] {
  // lengths[i][j]: length of that subsequence of some[i..] and all[j..].
  const lengths = Array.from({ length: some.length + 1 }, () => new Uint32Array(all.length + 1))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = some.length - 1; i >= 0; i--) {
    for (let j = all.length - 1; j >= 0; j--) {
      const row = lengths[i]
      if (row) row[j] = some[i] === all[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const outside: string[] = []
  let j = 0
  for (const [i, piece] of some.entries()) {
    while (j < all.length && piece !== all[j] && at(i, j + 1) === at(i, j)) j++
    if (j < all.length && piece === all[j]) j++
    else outside.push(piece)
  }
  return outside
}

/** Whether a text is an object of JSON that lacks fields of another and has no other: the name of a field was damaged. */
function isLess(piece: string, original: string): boolean {
  if (!piece.startsWith('{') || !original.startsWith('{')) return false
  try {
    const whole = new Map(Object.entries(JSON.parse(original)).map(([name, value]) => [name, JSON.stringify(value)]))
    return Object.entries(JSON.parse(piece)).every(([name, value]) => whole.get(name) === JSON.stringify(value))
  } catch {
    return false
  }
}

/** Whether two texts differ in one short place only. */
function isAlike(one: string, other: string): boolean {
  const most = Math.min(one.length, other.length)
  let start = 0
  while (start < most && one[start] === other[start]) start++
  let end = 0
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end++
  return Math.max(one.length, other.length) - start - end <= MAX_CHANGED_CHARS
}
