/** A TCP proxy that destroys a connection after so many bytes of the answer. */
import { connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number
  /** Bytes of the answer after which the next connections are cut, one each; later ones pass whole. */
  cutNext(...afterBytes: readonly number[]): void
  /** Bytes of answers that the last connection passed on. */
  readonly lastBytes: number
  readonly connections: number
}

export async function createCuttingProxy(target: { readonly host: string; readonly port: number }): Promise<CuttingProxy> {
  const cuts: number[] = []
  const open = new Set<Socket>()
  let lastBytes = 0
  let connections = 0

  const server = createServer((client) => {
    connections += 1
    lastBytes = 0
    let left = cuts.shift() ?? Number.POSITIVE_INFINITY
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.setNoDelay(true)
      // A cut connection fails on both sides; that is what the proxy is for.
      socket.on('error', () => {})
      socket.once('close', () => open.delete(socket))
    }
    client.pipe(upstream)
    if (left === 0) client.resetAndDestroy()
    upstream.on('data', (bytes) => {
      const passed = bytes.subarray(0, Math.min(left, bytes.length))
      left -= passed.length
      lastBytes += passed.length
      client.write(passed, () => {
        if (left === 0) client.destroy()
      })
    })
    upstream.once('close', () => client.end())
    client.once('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('No port was bound')

  return {
    port: address.port,
    cutNext: (...afterBytes) => void cuts.push(...afterBytes),
    get lastBytes() {
      return lastBytes
    },
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
