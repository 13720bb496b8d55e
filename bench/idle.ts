/** What a reader costs that only waits. */
import { setTimeout as wait } from 'node:timers/promises'
import { withPair } from './pair.ts'
import { type BenchOptions, figure, interleave, type Section } from './section.ts'
import type { ContenderName } from './server/main.ts'
import { median } from './stats.ts'

const NAMES: readonly ContenderName[] = ['sluice sqlite', 'rawsock', 'raw', 'better-sse']
/** The first readers pay for what all share: compiled code, and the heap's first pages. */
const FIRST = 2_000
const MORE = 3_000
const MAX_KIB = 15
const SETTLE_MS = 300

export async function idle(options: BenchOptions): Promise<Section> {
  const results = await interleave(NAMES, options.quick ? 1 : 3, (name, round) => {
    options.progress(`idle readers, ${name}, round ${round + 1}`)
    return measureIdle({ name, first: FIRST, more: MORE })
  })
  const middle = (name: ContenderName): number => median(results.get(name) ?? [])
  return {
    name: 'idle',
    title: 'Memory of an idle reader',
    note: `Resident memory of the server after garbage collection: growth from ${FIRST} to ${FIRST + MORE} connected readers, for each.`,
    head: ['server', 'KiB per reader', 'x raw'],
    rows: NAMES.map((name) => [name, figure(middle(name)), figure(middle(name) / middle('raw'))]),
    verdicts: [{ what: 'Idle reader: resident memory', measured: middle('sluice sqlite'), limit: MAX_KIB, wanted: 'at most', unit: 'KiB' }],
    samples: Object.fromEntries(results),
  }
}

export interface IdleLoad {
  readonly name: ContenderName
  readonly first: number
  readonly more: number
}

/** KiB of the server's resident memory for each of the readers that come after the first. */
export function measureIdle({ name, first, more }: IdleLoad): Promise<number> {
  return withPair({ name, streams: 1 }, async (pair) => {
    const settled = async (readers: number): Promise<number> => {
      await pair.connect(readers)
      await pair.reach()
      await wait(SETTLE_MS)
      return pair.server.call('memory', null)
    }
    const before = await settled(first)
    return ((await settled(more)) - before) / more / 1024
  })
}
