/**
 * The least that a Node server can do, with nothing kept: one frame, encoded once, to each reader. `rawsock` lets `node:http` write the head and
 * gives every socket the same framed chunk; `rawsock per turn` does that
 * once per stream and turn of the event loop, with all frames that came up in it; `raw` calls `res.write` with the same buffer.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Contender, frameText, turn } from './contender.ts'

export function createRawsock(streams: number): Promise<Contender> {
  return listen(streams, (_, readers, frame) => writeChunk(readers, frame))
}

export function createRawsockPerTurn(streams: number): Promise<Contender> {
  const pending = new Map<number, { readonly readers: ReadonlySet<ServerResponse>; frames: string }>()
  const flush = (): void => {
    for (const { readers, frames } of pending.values()) writeChunk(readers, frames)
    pending.clear()
  }
  return listen(streams, (stream, readers, frame) => {
    if (pending.size === 0) setImmediate(flush)
    const present = pending.get(stream)
    if (present) present.frames += frame
    else pending.set(stream, { readers, frames: frame })
  })
}

function writeChunk(readers: ReadonlySet<ServerResponse>, text: string): void {
  const chunk = Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1')
  for (const { socket } of readers) socket?.write(chunk)
}

export function createRaw(streams: number): Promise<Contender> {
  return listen(streams, (_, readers, frame) => {
    const bytes = Buffer.from(frame, 'latin1')
    for (const reader of readers) reader.write(bytes)
  })
}

type Send = (stream: number, readers: ReadonlySet<ServerResponse>, frame: string) => void

async function listen(streams: number, send: Send): Promise<Contender> {
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
      send(stream, readers[stream] ?? new Set(), frameText(seq, text))
    },
    written: turn,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
