/** The past by bare means: finished bytes from files, a write for each event, and the encoding of each event besides. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatOffset } from '../../src/core/offset.ts'
import { framesOf } from '../../src/http/frames.ts'
import { drained } from '../drained.ts'
import { eventsOf, TERM, wireOf } from './events.ts'
import { type Replayed, wireFile } from './places.ts'
import type { PastServer } from './server.ts'

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }
const PIECE_BYTES = 256 * 1024

/** The file lies in the system's cache, so it is read at once and into the same buffer again. */
export function createWireFiles({ folder }: Replayed): Promise<PastServer> {
  return listen(async (stream, response) => {
    const file = openSync(wireFile(folder, stream), 'r')
    try {
      response.writeHead(200, { ...HEADERS, 'content-length': fstatSync(file).size })
      const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
      for (let count = readSync(file, buffer); count > 0 && !response.destroyed; count = readSync(file, buffer)) {
        await new Promise<void>((resolve) => response.write(buffer.subarray(0, count), () => resolve()))
      }
    } finally {
      closeSync(file)
    }
  })
}

export function createWritePerEvent({ events }: Replayed): Promise<PastServer> {
  const frames = wireOf(eventsOf(events))
  return listen(async (_, response) => {
    response.writeHead(200, HEADERS)
    for (const frame of frames) await write(response, frame)
  })
}

export function createEncodePerEvent({ events }: Replayed): Promise<PastServer> {
  const all = eventsOf(events)
  return listen(async (_, response) => {
    response.writeHead(200, HEADERS)
    for (const [index, event] of all.entries()) {
      const frames = framesOf(formatOffset(TERM, index + 1), event)
      if (frames !== '') await write(response, frames)
    }
  })
}

/** Not `async`: a promise for each event would be what is measured. */
function write(response: ServerResponse, data: Uint8Array | string): Promise<void> | undefined {
  if (response.write(data)) return undefined
  return drained(response)
}

async function listen(send: (stream: number, response: ServerResponse) => Promise<void>): Promise<PastServer> {
  const server = createServer({ noDelay: true }, (request, response) => {
    send(Number(request.url?.slice(1)), response).then(
      () => response.end(),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // It listens on a port, so the address is not a path.
    port: (server.address() as AddressInfo).port,
    path: (stream) => `/${stream}`,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
