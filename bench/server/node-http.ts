/**
 * The least that a Node server can do, with nothing kept: one frame, encoded once, to each reader. `rawsock` lets `node:http` write the head and
 * gives every socket the same framed chunk; `raw` calls `res.write` with the same buffer.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Contender, frameText, turn } from './contender.ts'

export function createRawsock(streams: number): Promise<Contender> {
  return listen(streams, (readers, frame) => {
    const chunk = Buffer.from(`${frame.length.toString(16)}\r\n${frame}\r\n`, 'latin1')
    for (const { socket } of readers) socket?.write(chunk)
  })
}

export function createRaw(streams: number): Promise<Contender> {
  return listen(streams, (readers, frame) => {
    const bytes = Buffer.from(frame, 'latin1')
    for (const reader of readers) reader.write(bytes)
  })
}

async function listen(streams: number, send: (readers: ReadonlySet<ServerResponse>, frame: string) => void): Promise<Contender> {
  const readers = Array.from({ length: streams }, () => new Set<ServerResponse>())
  const seqs = new Uint32Array(streams)
  const server = createServer({ noDelay: true }, (request, response) => {
    const stream = readers[Number(request.url?.slice(1))]
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.write(':\n\n')
    stream?.add(response)
    response.once('close', () => stream?.delete(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // It listens on a port, so the address is not a path.
    port: (server.address() as AddressInfo).port,
    path: (stream) => `/${stream}`,
    write(stream, text) {
      const seq = (seqs[stream] ?? 0) + 1
      seqs[stream] = seq
      send(readers[stream] ?? new Set(), frameText(seq, text))
    },
    written: turn,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
