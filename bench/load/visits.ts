/** Readers that come, take the first bytes of a stream and go, one after the other. */
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Place } from '../server/access.ts'
import { nowMicros } from '../stamp.ts'
import { percentile } from '../stats.ts'
import { openConnection } from './connection.ts'

export interface VisitsLoad {
  readonly port: number
  readonly places: readonly Place[]
  readonly forMs: number
}

export interface Visits {
  readonly visits: number
  /** From opening the connection to the first bytes of the body. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const BODY = '\r\n\r\n'
/** Silence after which a visit has failed. */
const TIMEOUT_MS = 5_000

/** @throws when a server refuses, or says nothing for too long. */
export async function visit({ port, places, forMs }: VisitsLoad): Promise<Visits> {
  const until = nowMicros() + forMs * 1e3
  const taken: number[] = []
  while (nowMicros() < until) {
    const place = places[taken.length % places.length]
    if (place === undefined) throw new Error('There is no place to visit.')
    taken.push(await visitOnce(port, place))
    // What the server does for one who goes belongs to that visit, not to the latency of the next.
    await nextTurn()
  }
  const sorted = Float64Array.from(taken).sort()
  return { visits: taken.length, p50Ms: percentile(sorted, 0.5) / 1e3, p99Ms: percentile(sorted, 0.99) / 1e3 }
}

async function visitOnce(port: number, place: Place): Promise<number> {
  const started = nowMicros()
  const arrived = Promise.withResolvers<number>()
  const connection = openConnection(port, place, () => {
    const head = connection.text.indexOf(BODY)
    if (head >= 0 && connection.text.length > head + BODY.length) arrived.resolve(nowMicros())
  })
  const { socket } = connection
  socket.once('close', () => arrived.reject(connection.error ?? new Error('The server closed before the first bytes.')))
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`The server said nothing for ${TIMEOUT_MS} ms.`)))
  try {
    const took = (await arrived.promise) - started
    if (!connection.text.startsWith('HTTP/1.1 200 ')) throw new Error(`A reader was refused: ${connection.text.slice(0, 500)}`)
    return took
  } finally {
    const closed = socket.closed ? undefined : once(socket, 'close')
    socket.destroy()
    await closed
  }
}
