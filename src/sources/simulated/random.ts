/** Chance that repeats: the same seed gives the same draws. */

export interface Random {
  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number
  /** All items in another order. */
  shuffled<T>(items: readonly T[]): readonly T[]
}

/** Draws from a seed and a name, so that two scenarios with one seed differ. Not for secrets. */
export function createRandom(seed: number, name: string): Random {
  let state = seed | 0
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193)

  // Mulberry32: 32 bits of state, even over its period, and the same on every machine.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))

  return {
    integer,
    shuffled(items) {
      return items
        .map((item) => ({ item, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item)
    },
  }
}
