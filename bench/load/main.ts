/** The load generator, in a process of its own: many readers on bare sockets. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { answerCalls } from '../child.ts'
import type { Place } from '../server/access.ts'
import { cpuMicros } from '../stats.ts'
import { type Connection, openConnection } from './connection.ts'
import { createLatencies, type Latencies } from './latencies.ts'
import { type VisitsLoad, visit } from './visits.ts'

/** Connections that are opened at once: less than any backlog. */
const OPENING_AT_ONCE = 50
const MAX_WAIT_MS = 20_000
const POLL_MS = 5
/** What keeps an idle connection alive. */
const COMMENT = ':\n\n'
/** What is less than a step is told after this time. */
const LAST_ACK_MS = 2

const connections: Connection[] = []
let ackSocket: Socket | undefined
let total = 0
let ackEvery = Number.POSITIVE_INFINITY
let acked = 0
let lastAck: NodeJS.Timeout | undefined
let latencies: Latencies | undefined
let cpuAtBegin = 0
/** Events that did not come after the one before them. */
let disordered = 0

function onBytes(count: number): void {
  total += count
  if (total - acked >= ackEvery) acknowledge()
  else lastAck ??= setTimeout(acknowledge, LAST_ACK_MS)
}

function acknowledge(): void {
  clearTimeout(lastAck)
  lastAck = undefined
  acked = total
  const message = Buffer.allocUnsafe(8)
  message.writeDoubleLE(total)
  ackSocket?.write(message)
}

/** Waits until it is so for every connection from number `from` on. */
async function every(what: string, holds: (connection: Connection) => boolean, from = 0): Promise<void> {
  for (let waited = 0; !connections.every((connection, index) => index < from || holds(connection)); waited += POLL_MS) {
    const broken = connections.find(({ error }) => error !== undefined)
    if (broken?.error || waited > MAX_WAIT_MS) {
      const missing = connections.slice(from).filter((one) => !holds(one))
      throw new Error(`${missing.length} of ${connections.length} readers got no ${what}. One has: ${missing[0]?.text}`, {
        cause: broken?.error,
      })
    }
    await wait(POLL_MS)
  }
}

const calls = {
  /** Adds a reader for each of the places; done when all have the head of their response. */
  async connect({ port, ackPort, places: all }: { readonly port: number; readonly ackPort: number; readonly places: readonly Place[] }) {
    ackSocket ??= connect({ port: ackPort, host: '127.0.0.1', noDelay: true })
    for (let at = 0; at < all.length; at += OPENING_AT_ONCE) {
      for (const place of all.slice(at, at + OPENING_AT_ONCE)) connections.push(openConnection(port, place, onBytes))
      await every('head', ({ text }) => text.includes('\r\n\r\n'), connections.length - Math.min(OPENING_AT_ONCE, all.length - at))
    }
  },
  /** From here on what comes is kept as text. */
  async listen(_: null) {
    for (const connection of connections) connection.listen()
  },
  /** Waits until each reader has a whole frame since `listen`; the different numbers of bytes that this was. */
  async heard(_: null) {
    await every('frame', ({ text }) => text.includes('"content":"') && text.endsWith('\n\n\r\n'))
    const lengths = new Set(connections.map(({ text }) => text.length))
    return { lengths: [...lengths] }
  },
  /** How many readers have had a comment since `listen`, and how many comments the one with the most has had. */
  async comments(_: null) {
    const counts = connections.map(({ text }) => text.split(COMMENT).length - 1)
    return { readers: counts.filter((count) => count > 0).length, most: Math.max(0, ...counts) }
  },
  /** Closes all connections; done when all sockets are. */
  async disconnect(_: null) {
    const sockets = connections.splice(0).map(({ socket }) => socket)
    const closed = sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close')))
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  },
  /** From here on bytes are counted, and told to the server in steps. */
  async count(given: { readonly ackEvery: number }) {
    ackEvery = given.ackEvery
    cpuAtBegin = cpuMicros()
    for (const connection of connections) connection.count()
  },
  /** From here on the latency of each event is noted, of at most so many. */
  async time(given: { readonly maxEvents: number }) {
    latencies = createLatencies(given.maxEvents)
    cpuAtBegin = cpuMicros()
    const { add } = latencies
    for (const connection of connections) {
      let last = 0
      connection.time((stampMicros, arrivedMicros) => {
        if (stampMicros <= last) disordered++
        last = stampMicros
        add(stampMicros, arrivedMicros)
      })
    }
  },
  /** Latencies of the events that were written in a stretch of time, once so many have arrived in all. */
  async latencies(given: { readonly events: number; readonly fromMicros: number; readonly untilMicros: number }) {
    for (let waited = 0; (latencies?.count ?? 0) < given.events && waited < MAX_WAIT_MS; waited += POLL_MS) await wait(POLL_MS)
    if (latencies?.count !== given.events) throw new Error(`${latencies?.count} events arrived instead of ${given.events}.`)
    if (disordered > 0) throw new Error(`${disordered} events came doubled or out of order.`)
    return latencies.summary(given.fromMicros, given.untilMicros)
  },
  visit: (load: VisitsLoad) => visit(load),
  /** Microseconds of CPU since `count` or `time`. */
  cpu: async (_: null) => cpuMicros() - cpuAtBegin,
}

export type LoadCalls = typeof calls

answerCalls(calls, async () => {
  for (const { socket } of connections) socket.destroy()
  ackSocket?.destroy()
})
