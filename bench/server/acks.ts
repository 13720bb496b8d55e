/**
 * How far the readers are: the load generator tells over a socket of its own how many bytes have arrived at all of its readers together, and
 * the drivers send no more than a window ahead of that. Without it the kernel's buffers would fill and every contender would be
 * measured in its slow path.
 */
import { type AddressInfo, createServer } from 'node:net'

export interface Acks {
  readonly port: number
  /** Starts to count anew. */
  reset(): void
  /** Waits until so many bytes have arrived since the last `reset`. @throws when they do not come. */
  reached(bytes: number): Promise<void>
  close(): void
}

/** Each message is the total so far, as a double. */
const MESSAGE_BYTES = 8
const MAX_WAIT_MS = 10_000

export async function openAcks(): Promise<Acks> {
  let total = 0
  let base = 0
  let wanted = Number.POSITIVE_INFINITY
  let wake: () => void = () => {}
  const server = createServer((socket) => {
    let rest: Uint8Array = new Uint8Array(0)
    socket.on('data', (chunk) => {
      const bytes = Buffer.concat([rest, chunk])
      const whole = bytes.length - (bytes.length % MESSAGE_BYTES)
      if (whole > 0) total = bytes.readDoubleLE(whole - MESSAGE_BYTES)
      rest = bytes.subarray(whole)
      if (total - base >= wanted) wake()
    })
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // It listens on a port, so the address is not a path.
    port: (server.address() as AddressInfo).port,
    reset() {
      base = total
    },
    async reached(bytes) {
      if (total - base >= bytes) return
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Deliveries are missing: ${total - base} of ${bytes} bytes arrived.`)), MAX_WAIT_MS)
        wanted = bytes
        wake = () => {
          clearTimeout(timer)
          wanted = Number.POSITIVE_INFINITY
          resolve()
        }
      })
    },
    close: () => server.close(),
  }
}
