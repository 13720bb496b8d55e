/** A provider as a child process, so that the CPU time of its clients is their own: the same body to whoever asks, in pieces of so many events. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { answerCalls } from '../child.ts'
import { drained } from '../drained.ts'
import { type Api, bodyOf } from './bodies.ts'

export interface Serving {
  readonly api: Api
  /** Chunks of text in a response. */
  readonly chunks: number
  /** Events of one write to the socket; each write has a turn of the event loop to itself. */
  readonly eventsPerWrite: number
  /** Time between the writes of a response; without it they follow as fast as the socket takes them. */
  readonly everyMs?: number | undefined
}

let pieces: readonly Uint8Array[] = []
let everyMs: number | undefined

const server = createServer((request, response) => {
  response.on('error', () => response.destroy())
  request.resume()
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    send(response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
})

async function send(response: ServerResponse): Promise<void> {
  const start = performance.now()
  for (const [index, piece] of pieces.entries()) {
    if (response.destroyed) return
    if (everyMs !== undefined) await wait(Math.max(0, start + index * everyMs - performance.now()))
    if (response.write(piece)) await nextTurn()
    else await drained(response)
  }
  response.end()
}

const calls = {
  async open(serving: Serving) {
    const { events, chars } = bodyOf(serving.api, serving.chunks)
    pieces = Array.from({ length: Math.ceil(events.length / serving.eventsPerWrite) }, (_, index) =>
      Buffer.concat(events.slice(index * serving.eventsPerWrite, (index + 1) * serving.eventsPerWrite)),
    )
    everyMs = serving.everyMs
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // It listens on a port, so the address is not a path.
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, chars }
  },
}

export type ProviderCalls = typeof calls

answerCalls(calls, async () => {
  server.close()
  server.closeAllConnections()
})
