/** A new input from old ones: a few mutations on top of each other, those that fit the shape more often. */
import type { Random } from '../random.ts'
import { bytesOf, type Target, textOf } from '../target.ts'
import { type Material, mutateBytes } from './bytes.ts'
import { mutateFrames, parsed } from './frames.ts'
import { mutateJson, written } from './json.ts'

const MAX_MUTATIONS = 8
/** How often a mutation knows the shape of the input. */
const SHAPED = 0.6

export function mutate(input: Uint8Array, random: Random, material: Material, { shape, maxBytes }: Target): Uint8Array {
  let result = input
  let left = 1 + random.below(random.chance(0.5) ? 2 : MAX_MUTATIONS)
  while (left-- > 0) {
    const shaped = shape !== 'bytes' && random.chance(SHAPED)
    const changed = !shaped
      ? undefined
      : shape === 'frames'
        ? mutateFrames(result, random, material)
        : mutateValue(result, random, material)
    result = changed ?? mutateBytes(result, random, material)
    if (result.length > maxBytes) result = result.slice(0, maxBytes)
  }
  return result
}

function mutateValue(input: Uint8Array, random: Random, { words }: Material): Uint8Array | undefined {
  const json = parsed(textOf(input) ?? '')
  const changed = json === undefined ? undefined : written(mutateJson(json, random, words))
  return changed === undefined ? undefined : bytesOf(changed)
}
