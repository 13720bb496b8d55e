/** The server under test, in a process of its own, so that its CPU time and memory are nobody else's. */
import { setTimeout as wait } from 'node:timers/promises'
import { answerCalls } from '../child.ts'
import { type Profiled, profiled } from '../profile.ts'
import { stamp } from '../stamp.ts'
import { cpuMicros } from '../stats.ts'
import type { Place } from './access.ts'
import { type Acks, openAcks } from './acks.ts'
import type { Contender, ContenderFactory } from './contender.ts'
import { driveFanOut, drivePaced, type FanOutLoad, type PacedLoad } from './drive.ts'
import { createRaw, createRawsock, createRawsockPerTurn } from './node-http.ts'

/** Each loads what it needs only, so that a baseline does not carry the memory of the others. */
const CONTENDERS = {
  'sluice sqlite': async (streams, folder) => (await import('./sluice.ts')).createSluice('sqlite', streams, folder),
  'sluice memory': async (streams, folder) => (await import('./sluice.ts')).createSluice('memory', streams, folder),
  'sluice, API key': async (streams, folder) => (await import('./sluice.ts')).createSluice('sqlite', streams, folder, 'key'),
  'sluice, stream token': async (streams, folder) => (await import('./sluice.ts')).createSluice('sqlite', streams, folder, 'token'),
  rawsock: createRawsock,
  'rawsock per turn': createRawsockPerTurn,
  raw: createRaw,
  'better-sse': async (streams) => (await import('./better-sse.ts')).createBetterSse(streams),
} as const satisfies Record<string, ContenderFactory>

export type ContenderName = keyof typeof CONTENDERS

let open: { readonly contender: Contender; readonly acks: Acks } | undefined

function opened(): { readonly contender: Contender; readonly acks: Acks } {
  if (!open) throw new Error('The server is not open.')
  return open
}

const calls = {
  async open({ name, streams, folder }: { readonly name: ContenderName; readonly streams: number; readonly folder: string }) {
    const contender = await CONTENDERS[name](streams, folder)
    const acks = await openAcks()
    open = { contender, acks }
    return { port: contender.port, ackPort: acks.port }
  },
  /** The places of so many readers of each stream. */
  async places({ streams, perStream }: { readonly streams: number; readonly perStream: number }) {
    const { contender } = opened()
    const places: Place[] = []
    for (let stream = 0; stream < streams; stream++) {
      for (let reader = 0; reader < perStream; reader++) places.push((await contender.place?.(stream)) ?? { path: contender.path(stream) })
    }
    return places
  },
  /** One event to every stream. */
  async write({ streams }: { readonly streams: number }) {
    const { contender } = opened()
    for (let stream = 0; stream < streams; stream++) contender.write(stream, stamp())
    for (let stream = 0; stream < streams; stream++) await contender.written(stream)
  },
  fanOut(load: FanOutLoad & Profiled) {
    const { contender, acks } = opened()
    return profiled(load.profile, () => driveFanOut(contender, acks, load))
  },
  paced: (load: PacedLoad & Profiled) => profiled(load.profile, () => drivePaced(opened().contender, load)),
  /** Microseconds of CPU while somebody else's load runs for so long. */
  async during({ forMs, profile }: { readonly forMs: number } & Profiled) {
    return profiled(profile, async () => {
      const before = cpuMicros()
      await wait(forMs)
      return cpuMicros() - before
    })
  },
  /** Bytes of memory in use, once what is not needed has been collected. */
  async memory(_: null) {
    for (let round = 0; round < 3; round++) {
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      await wait(50)
    }
    return process.memoryUsage.rss()
  },
}

export type ServerCalls = typeof calls

answerCalls(calls, async () => {
  open?.acks.close()
  await open?.contender.close()
})
