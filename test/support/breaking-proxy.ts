/** A TCP proxy before a server, whose connections break when and where a test says. */
import { createServer, connect as dial, type Socket } from 'node:net'

/**
 * Where a stream breaks: how much of what the server has sent on it may pass. Asked each time that more has come; when it is less than all,
 * the connection breaks there.
 */
export type Cut = (received: string) => number

/** The server's answer never arrives, though the request did. */
export const beforeTheFirstByte: Cut = () => 0

/** In the middle of the frame number `index`, from 0: its id has arrived whole, its data in part. */
export function insideFrame(index: number): Cut {
  return (received) => {
    const data = [...received.matchAll(/\nid: [^\n]+\nevent: [^\n]+\ndata: /g)][index]
    return data === undefined ? received.length : data.index + data[0].length + 4
  }
}

export interface BreakingProxy extends AsyncDisposable {
  readonly url: string
  /** Requests for the path so far. */
  readonly streams: number
  /** Cuts that were made so far: the ends of what came through before each. */
  readonly ends: readonly string[]
  /** Breaks every connection that is open now. */
  breakAll(): void
}

/** @param path requests for it break, the first at the first cut, the second at the second, and so on; what comes after the last cut stays whole. */
export async function createBreakingProxy(server: string, path = '', cuts: readonly Cut[] = []): Promise<BreakingProxy> {
  const sockets = new Set<Socket>()
  const ends: string[] = []
  let streams = 0

  const track = (socket: Socket): void => {
    sockets.add(socket)
    // A broken connection is what this is for; both ends close together.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  const listener = createServer((near) => {
    const far = dial({ host: '127.0.0.1', port: Number(new URL(server).port) })
    let cut: Cut | undefined
    let received = ''
    track(near)
    track(far)
    const breakBoth = (): void => {
      near.resetAndDestroy()
      far.destroy()
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.on('data', (chunk) => {
      if (path !== '' && chunk.toString('latin1').startsWith(`GET ${path}`)) {
        cut = cuts[streams]
        streams += 1
        received = ''
      }
      far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (!cut) {
        near.write(chunk)
        return
      }
      // One character a byte, so that positions are those of the wire.
      const before = received.length
      received += chunk.toString('latin1')
      const passing = cut(received)
      if (passing === received.length) {
        near.write(chunk)
        return
      }
      cut = undefined
      ends.push(received.slice(0, passing))
      const last = chunk.subarray(0, Math.max(0, passing - before))
      if (last.length === 0) breakBoth()
      else near.write(last, breakBoth)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (typeof address !== 'object' || address === null) throw new Error('The proxy has no port')

  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    get streams() {
      return streams
    },
    ends,
    breakAll,
    async [Symbol.asyncDispose]() {
      breakAll()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
