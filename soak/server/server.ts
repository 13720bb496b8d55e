/** The server under test, with its restarts: when it was away, so that what its readers met then can be told from what was wrong. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Child, startChild } from '../../bench/child.ts'
import { nowMicros } from '../../bench/stamp.ts'
import type { KeeperCalls } from './keeper.ts'

/** From the signal until the new process served, in microseconds of `nowMicros`. */
export interface Absence {
  readonly signal: NodeJS.Signals
  readonly fromMicros: number
  untilMicros: number
}

export interface SoakServer {
  readonly url: string
  readonly port: number
  readonly logFile: string
  /** Of the present process. */
  readonly pid: number
  /** Number of the present process, from 0. */
  readonly life: number
  readonly absences: readonly Absence[]
  start(): Promise<void>
  /** Ends the process and starts the next one on the same data and port. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Whether the server was going, away or just back at that time. */
  wasAway(micros: number): boolean
  /** Whether an absence lies, at least in part, between two times. */
  wasAwayBetween(fromMicros: number, untilMicros: number): boolean
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
  /** Lets go of everything, whatever state it is in. */
  close(): Promise<void>
}

const KEEPER = new URL('./keeper.ts', import.meta.url)
/** Readers come back within this time after a start, and until then the new process is busy with them. */
const SETTLE_MICROS = 3e6

export async function createSoakServer(folder: string, env: Readonly<Record<string, string>>): Promise<SoakServer> {
  const port = await freePort()
  const logFile = join(folder, 'server.log')
  const keeper: Child<KeeperCalls> = startChild(KEEPER)
  const absences: Absence[] = []
  let life = -1
  let pid = 0
  const start = async (): Promise<void> => {
    const begun = await keeper.call('start', {
      folder,
      logFile,
      env: { PORT: String(port), SLUICE_DATA_DIR: join(folder, 'data'), ...env },
    })
    pid = begun.pid
    life++
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logFile,
    get pid() {
      return pid
    },
    get life() {
      return life
    },
    absences,
    start,
    async restart(signal) {
      const absence: Absence = { signal, fromMicros: nowMicros(), untilMicros: Number.POSITIVE_INFINITY }
      absences.push(absence)
      await keeper.call('end', { signal })
      await start()
      absence.untilMicros = nowMicros()
    },
    wasAway: (micros) => absences.some(({ fromMicros, untilMicros }) => micros >= fromMicros && micros <= untilMicros + SETTLE_MICROS),
    wasAwayBetween: (from, until) =>
      absences.some(({ fromMicros, untilMicros }) => until >= fromMicros && from <= untilMicros + SETTLE_MICROS),
    stop: () => keeper.call('end', { signal: 'SIGTERM' }),
    close: () => keeper.stop(),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('No port was bound.')
  return address.port
}
