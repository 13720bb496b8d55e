/** What is fuzzed: a piece of Sluice, the inputs to begin with, and what must hold for every input. */
import type { Random } from './random.ts'

/** What one input showed. */
export interface Outcome {
  /**
   * What happened, in a few words each: event types with bucketed counts, an error's code. An input whose set of features, or one of whose features, is
   * new joins the corpus; so few enough that they can run out, and nothing that counts without bound.
   */
  readonly features: readonly string[]
  /** Texts that came out, such as ids: later inputs of this target may send them back in. */
  readonly echoes?: readonly string[]
}

export interface Target {
  readonly name: string
  /** Inputs of the repository's own to begin with. */
  readonly seeds: () => readonly Uint8Array[]
  /** Words of the format, inserted and put in the place of others. */
  readonly dictionary: readonly string[]
  /** How the input is built, which says what mutations beyond those of bytes fit: frames of server-sent events with JSON, one JSON value, or neither. */
  readonly shape: 'frames' | 'json' | 'bytes'
  /** Longest input that mutations make. */
  readonly maxBytes: number
  /**
   * Runs one input and throws when something that must hold does not. The same input must do the same every time: `random` is seeded from the input, so
   * that a file alone is enough to reproduce a failure.
   */
  readonly run: (input: Uint8Array, random: Random) => Outcome | Promise<Outcome>
}

/** Something that must hold and did not. */
export class Broken extends Error {
  /** The rule, in fixed words: failures with the same rule count as one. */
  readonly rule: string

  constructor(rule: string, detail: string) {
    super(detail === '' ? rule : `${rule}: ${detail}`)
    this.name = 'Broken'
    this.rule = rule
  }
}

const MAX_DETAIL_CHARS = 600

/**
 * @param detail what was seen instead; only asked for when `holds` is false.
 * @throws {Broken}
 */
export function must(holds: boolean, rule: string, detail: () => string = () => ''): asserts holds {
  if (!holds) throw new Broken(rule, detail().slice(0, MAX_DETAIL_CHARS))
}

/** What is nested deeper than the stack: it can be parsed and not written. */
const TOO_DEEP = 'nested deeper than can be written'

/** Whether a value cannot be written as JSON, because it is nested deeper than the stack. */
export function isTooDeep(value: unknown): boolean {
  return jsonOf(value) === TOO_DEEP
}

/** A value as JSON with its keys in order. */
function jsonOf(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_key, item: unknown) =>
        isPlain(item) ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1))) : item,
      ) ?? 'undefined'
    )
  } catch (thrown) {
    if (thrown instanceof RangeError) return TOO_DEEP
    throw thrown
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws when two values are not the same JSON, in whatever order their keys are. */
export function mustBeSame(actual: unknown, expected: unknown, rule: string): void {
  const [left, right] = [jsonOf(actual), jsonOf(expected)]
  if (left === right) return
  let at = 0
  while (left[at] === right[at]) at++
  const from = Math.max(0, at - 40)
  throw new Broken(rule, `from character ${at}: ${left.slice(from, at + 120)} instead of ${right.slice(from, at + 120)}`)
}

/** A count as a feature: 0, 1, 2, 3, then powers of two. */
export function bucket(count: number): string {
  return count <= 3 ? String(count) : `${2 ** Math.floor(Math.log2(count))}+`
}

/** How often each name occurs, as features. */
export function counted(names: Iterable<string>): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${name}*${bucket(count)}`)
}

const encoder = new TextEncoder()

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The bytes as text, or nothing when they are not UTF-8. A byte order mark stays. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Not UTF-8 is an answer here, not a failure.
    return undefined
  }
}
