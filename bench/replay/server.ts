/** A server of the past, in a process of its own. */
import { answerCalls } from '../child.ts'
import { type Profiled, profiled } from '../profile.ts'
import { nowMicros } from '../stamp.ts'
import { cpuMicros } from '../stats.ts'
import type { Replayed } from './places.ts'

/** Something that answers a GET with the whole past of a stream and ends the response. */
export interface PastServer {
  readonly port: number
  path(stream: number): string
  close(): Promise<void>
}

export type PastServerFactory = (replayed: Replayed) => Promise<PastServer>

/** Each loads what it needs only. */
const SERVERS = {
  'sluice, default view': async (replayed) => (await import('./sluice.ts')).createSluicePast('default', replayed),
  'sluice, raw view': async (replayed) => (await import('./sluice.ts')).createSluicePast('raw', replayed),
  'file in wire form': async (replayed) => (await import('./node-http.ts')).createWireFiles(replayed),
  'res.write per stored event': async (replayed) => (await import('./node-http.ts')).createWritePerEvent(replayed),
  'encode and write each event': async (replayed) => (await import('./node-http.ts')).createEncodePerEvent(replayed),
} as const satisfies Record<string, PastServerFactory>

export type PastServerName = keyof typeof SERVERS

let open: PastServer | undefined

const calls = {
  async open({ name, ...replayed }: Replayed & { readonly name: PastServerName }) {
    const server = await SERVERS[name](replayed)
    open = server
    return { port: server.port, paths: Array.from({ length: replayed.streams }, (_, stream) => server.path(stream)) }
  },
  /** Microseconds of CPU since the start. */
  cpu: async (_: null) => cpuMicros(),
  /** Holds a profile open for a while. */
  profile: ({ forMs, profile }: Profiled & { readonly forMs: number }) =>
    profiled(profile, () => new Promise<void>((resolve) => setTimeout(resolve, forMs))),
  /** Reads sealed streams from the store as the hub does for a late joiner, page by page, and throws the records away. */
  async readStore({ folder, streams, events, forMs, profile }: Replayed & Profiled & { readonly forMs: number }) {
    const { readSealed } = await import('./sluice.ts')
    await readSealed({ folder, streams, events }, forMs / 2)
    const [cpu, start] = [cpuMicros(), nowMicros()]
    const read = await profiled(profile, () => readSealed({ folder, streams, events }, forMs))
    return { events: read, cpuMicros: cpuMicros() - cpu, seconds: (nowMicros() - start) / 1e6 }
  },
}

export type PastCalls = typeof calls

answerCalls(calls, async () => {
  await open?.close()
})
