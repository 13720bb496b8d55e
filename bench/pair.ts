/** A server under test and its load generator, started for one measurement and gone after it. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './child.ts'
import type { LoadCalls } from './load/main.ts'
import type { Place } from './server/access.ts'
import type { ContenderName, ServerCalls } from './server/main.ts'

export interface Pair {
  readonly server: Child<ServerCalls>
  readonly load: Child<LoadCalls>
  /** Of the server. */
  readonly port: number
  /** Places of so many readers of every stream. */
  places(perStream: number): Promise<readonly Place[]>
  /** Adds so many readers to every stream. */
  connect(perStream: number): Promise<void>
  /** Sends one event to every stream and waits until all readers have it: then they are live. */
  reach(): Promise<void>
  /** Bytes that one event is on the wire of one reader. @throws when they are not the same for all. */
  frameBytes(): Promise<number>
}

export interface PairOptions {
  readonly name: ContenderName
  readonly streams: number
}

const SERVER = new URL('./server/main.ts', import.meta.url)
const LOAD = new URL('./load/main.ts', import.meta.url)
/** Beside the sources and not in the system's folder for temporary files, which may be memory: a store needs a disk. */
const SCRATCH = fileURLToPath(new URL('./.sluice', import.meta.url))

/** Gives `run` an empty folder on a disk and removes it afterwards. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(SCRATCH, { recursive: true })
  const folder = await mkdtemp(join(SCRATCH, 'run-'))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function withPair<T>({ name, streams }: PairOptions, run: (pair: Pair) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const server = startChild<ServerCalls>(SERVER, ['--expose-gc'])
    const load = startChild<LoadCalls>(LOAD)
    try {
      const where = await server.call('open', { name, streams, folder })
      const places = (perStream: number): Promise<readonly Place[]> => server.call('places', { streams, perStream })
      const probe = async (): Promise<readonly number[]> => {
        await load.call('listen', null)
        await server.call('write', { streams })
        return (await load.call('heard', null)).lengths
      }
      return await run({
        server,
        load,
        port: where.port,
        places,
        async connect(perStream) {
          await load.call('connect', { ...where, places: await places(perStream) })
        },
        async reach() {
          await probe()
        },
        async frameBytes() {
          const [bytes, ...others] = await probe()
          if (bytes === undefined || others.length > 0)
            throw new Error(`Readers of ${name} got different bytes: ${bytes}, ${others.join(', ')}.`)
          return bytes
        },
      })
    } finally {
      await load.stop()
      await server.stop()
    }
  })
}
