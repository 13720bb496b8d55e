/** Mutations of one JSON value: fields change, vanish, become another type, move and repeat. */
import type { Random } from '../random.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One of every type, and the edges of each. */
const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  ' ',
  '\u0000',
  '\ud83d',
  '\n\n',
  '\u2028',
  [],
  [null],
  {},
  { type: 'text' },
  // Cannot be made text.
  { toString: 1 },
  'x'.repeat(600),
]
const KEYS = ['type', 'id', 'index', 'text', '__proto__', 'constructor', 'toString', 'length', '']
/** Deeper than the stack of `JSON.stringify` and of naive recursion, so it is only ever written as text, in the place of its mark. */
const DEEP = 6_000
const DEEP_MARK = '\u0001deep\u0001'
const DEEP_TEXT = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`
const MAX_DEPTH = 24
/** Fields nested deeper than this all have one name. */
const MAX_FIELD_CHARS = 400

/** A copy of `value` with one change at a random place. */
export function mutateJson(value: unknown, random: Random, words: readonly string[]): unknown {
  const strings = stringsOf(value).map(({ text }) => text)
  return change(value as Json, random, [...words, ...strings], MAX_DEPTH)
}

function change(value: Json, random: Random, words: readonly string[], depth: number): Json {
  const inner = entriesOf(value)
  if (inner.length > 0 && depth > 0 && !random.chance(0.15)) {
    const [key, item] = random.pick(inner)
    switch (random.below(6)) {
      case 0:
        return rebuilt(
          value,
          inner.filter(([other]) => other !== key),
        )
      case 1:
        return rebuilt(value, [...inner, [isList(value) ? String(inner.length) : newKey(random, words), item]])
      default:
        return rebuilt(
          value,
          inner.map(([other, old]) => (other === key ? [other, change(item, random, words, depth - 1)] : [other, old])),
        )
    }
  }
  return replacement(value, random, words)
}

function replacement(value: Json, random: Random, words: readonly string[]): Json {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.pick(VALUES)
    case 2:
    case 3:
      return words.length === 0 ? '' : random.pick(words)
    case 4:
      return typeof value === 'number' ? value + random.pick([-1, 1]) : typeof value === 'string' ? edited(value, random, words) : value
    case 5:
      return [value, value]
    case 6:
      return { [newKey(random, words)]: value }
    default:
      return random.chance(0.05) ? DEEP_MARK : value
  }
}

function edited(text: string, random: Random, words: readonly string[]): string {
  const at = random.below(text.length + 1)
  const piece = random.chance(0.5) && words.length > 0 ? random.pick(words) : random.pick(['\n', '"', '\ud83d', '\u0000', 'é', '-0', '@'])
  return random.chance(0.3) ? text.slice(0, at) : text.slice(0, at) + piece + text.slice(at)
}

function newKey(random: Random, words: readonly string[]): string {
  return random.pick(words.length === 0 || random.chance(0.5) ? KEYS : words)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function entriesOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function rebuilt(value: Json, entries: readonly (readonly [string, Json])[]): Json {
  return isList(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries)
}

export interface FoundString {
  /** Names of the fields on the way to it; places in lists do not count. */
  readonly field: string
  readonly text: string
}

/** All strings of a value in order, not those of its keys. Does not recurse: inputs may be nested deeper than the stack. */
export function stringsOf(value: unknown): FoundString[] {
  const strings: FoundString[] = []
  const waiting: (readonly [field: string, value: unknown])[] = [['', value]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [field, item] = next
    if (typeof item === 'string') strings.push({ field, text: item })
    else if (Array.isArray(item)) for (const inner of item.toReversed()) waiting.push([field, inner])
    else if (typeof item === 'object' && item !== null) {
      for (const [key, inner] of Object.entries(item).reverse())
        waiting.push([field.length < MAX_FIELD_CHARS ? `${field}.${key}` : field, inner])
    }
  }
  return strings
}

/** The text of a mutated value; nothing when it is nested deeper than can be written. */
export function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)?.replaceAll(JSON.stringify(DEEP_MARK), DEEP_TEXT)
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}
