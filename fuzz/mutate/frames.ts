/** Mutations of a body of server-sent events: whole frames, their fields, and the JSON in their data. */
import type { Random } from '../random.ts'
import { bytesOf, textOf } from '../target.ts'
import type { Material } from './bytes.ts'
import { mutateJson, written } from './json.ts'

const DATA = /^data: ?(?=[{[])/
const NOISE = [
  ': keep-alive',
  'event: ping',
  'id: 7',
  'retry: 10',
  'data',
  'data:',
  'data: [DONE]',
  'data: {}',
  'event',
  'whatever: x',
  ' data: {}',
  'data : {}',
]

/** One mutation of frames; nothing when the input holds none. */
export function mutateFrames(input: Uint8Array, random: Random, { other, words }: Material): Uint8Array | undefined {
  const frames = framesIn(input)
  if (frames === undefined) return undefined
  const at = random.below(frames.length)
  const frame = frames[at] ?? ''
  switch (random.below(9)) {
    case 0:
      frames.splice(at, 1)
      break
    case 1:
      frames.splice(random.below(frames.length + 1), 0, frame)
      break
    case 2:
      frames.splice(at, 1)
      frames.splice(random.below(frames.length + 1), 0, frame)
      break
    case 3: {
      const donors = framesIn(other) ?? frames
      frames.splice(random.below(frames.length + 1), 0, random.pick(donors))
      break
    }
    case 4:
      frames[at] = withNoise(frame, random)
      break
    default:
      frames[at] = withOtherJson(frame, random, words)
  }
  return bytesOf(frames.join('\n\n'))
}

function framesIn(bytes: Uint8Array): string[] | undefined {
  const text = textOf(bytes)
  return text?.includes('data:') ? text.split('\n\n') : undefined
}

function withNoise(frame: string, random: Random): string {
  const lines = frame.split('\n')
  if (random.chance(0.3)) lines.splice(random.below(lines.length), 1)
  else lines.splice(random.below(lines.length + 1), 0, random.pick(NOISE))
  return lines.join('\n')
}

function withOtherJson(frame: string, random: Random, words: readonly string[]): string {
  const lines = frame.split('\n')
  const at = lines.findIndex((line) => DATA.test(line))
  const json = parsed((lines[at] ?? '').replace(DATA, ''))
  if (json === undefined) return frame
  const changed = written(mutateJson(json, random, words))
  if (changed === undefined) return frame
  lines[at] = `data: ${changed}`
  return lines.join('\n')
}

/** JSON that may be damaged already. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
