/**
 * Listening on one port with several queues of new connections.
 *
 * The event loop takes one connection of a listener in each of its turns. A server that serves thousands of readers turns some hundred
 * times a second, so a thousand readers that come back together after a restart would wait for seconds. The kernel spreads new connections
 * over all listeners that share a port (`SO_REUSEPORT`), and each of them gets one in every turn.
 */
import type { Server } from 'node:http'
import { createServer, type Server as Listener } from 'node:net'
import { SluiceError } from '../core/errors.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** New connections that wait in each queue. */
  readonly backlog: number
}

/** Listeners on the port. More take no more in a turn than there is to take; each is a descriptor. */
const LISTENERS = 16
/** Where the kernel spreads connections over sockets that share a port; elsewhere one listener has them all. */
const SPREADS = process.platform === 'linux'

/**
 * Servers, made by `make`, that share a port.
 * @throws {SluiceError} `configuration` when the address cannot be bound.
 */
export async function listen(
  make: () => Server,
  options: ListenOptions,
): Promise<{ readonly servers: readonly Server[]; readonly port: number }> {
  const servers = Array.from({ length: SPREADS ? LISTENERS : 1 }, make)
  try {
    // Sharing a port is never refused, so whether another program has it is asked without sharing.
    if (SPREADS && options.port !== 0) await close(await bound(createServer(), options, false))
    let port = options.port
    for (const server of servers) {
      const address = (await bound(server, { ...options, port }, SPREADS)).address()
      port = typeof address === 'object' && address !== null ? address.port : port
    }
    return { servers, port }
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
}

function bound<T extends Listener>(server: T, { host, port, backlog }: ListenOptions, reusePort: boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const remedy =
        cause.code === 'EADDRINUSE' ? 'Another program listens there: stop it or choose another port.' : 'Choose another host or port.'
      reject(new SluiceError('configuration', `Cannot listen on ${host}, port ${port} (${cause.code}). ${remedy}`, { cause }))
    }
    server.once('error', onError)
    server.listen({ port, host, backlog, reusePort }, () => {
      server.off('error', onError)
      resolve(server)
    })
  })
}

function close(server: Listener): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}
