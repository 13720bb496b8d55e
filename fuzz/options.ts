/** The command line of `npm run fuzz`. */
import { parseArgs } from 'node:util'
import type { Target } from './target.ts'

export interface Options {
  readonly minutes: number
  readonly targets: readonly Target[]
  readonly seed: number
  /** Run this one file and nothing else. */
  readonly input: string | undefined
  readonly save: boolean
  readonly fixtures: boolean
}

export const USAGE = `npm run fuzz -- [--minutes N] [--target a,b] [--seed N] [--save] [--fixtures]
npm run fuzz -- --target a --input FILE
  --minutes   time for all targets together; 1 by default
  --target    names of targets, with commas; all by default
  --seed      number that everything is decided by; a random one by default
  --input     runs one file through one target and says what happened
  --save      adds inputs that showed something new to fuzz/corpus
  --fixtures  also begins with the recordings of SLUICE_FIXTURES; not with --save, since they stay out of the repository`

/** @throws {TypeError} what is wrong with the arguments, for the person who gave them. */
export function readOptions(args: readonly string[], all: readonly Target[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      target: { type: 'string' },
      seed: { type: 'string' },
      input: { type: 'string' },
      save: { type: 'boolean', default: false },
      fixtures: { type: 'boolean', default: false },
    },
  })
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) throw new TypeError(`--minutes must be a number above 0, not ${values.minutes}.`)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new TypeError(`--seed must be a whole number below 2^32, not ${values.seed}.`)
  if (values.save && values.fixtures)
    throw new TypeError('--save and --fixtures exclude each other: recordings stay out of the repository.')
  const names = values.target?.split(',') ?? all.map(({ name }) => name)
  const targets = names.map((name) => {
    const target = all.find((one) => one.name === name)
    if (target === undefined) throw new TypeError(`There is no target ${name}. There are: ${all.map((one) => one.name).join(', ')}.`)
    return target
  })
  if (values.input !== undefined && targets.length !== 1) throw new TypeError('--input needs the one --target that it is for.')
  return { minutes, targets, seed, input: values.input, save: values.save, fixtures: values.fixtures }
}
