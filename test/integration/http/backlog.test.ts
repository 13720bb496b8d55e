/** Readers that come back all at once wait in the kernel until the server takes them; none is turned away unheard. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createSoakServer } from '../../../soak/server/server.ts'

const SOMAXCONN = '/proc/sys/net/core/somaxconn'
/** Twice what Node asks the system for by itself. */
const CONNECTIONS = 1_000
const GIVE_UP_MS = 5_000

const isPossible = existsSync(SOMAXCONN) && Number(readFileSync(SOMAXCONN, 'utf8')) >= CONNECTIONS

describe('the queue of new connections', () => {
  test('holds a thousand while the server is busy', async ({ skip }) => {
    skip(!isPossible, 'this system does not let a server have so long a queue')
    const folder = await mkdtemp(join(tmpdir(), 'sluice-backlog-'))
    const server = await createSoakServer(folder, {})
    const sockets: Socket[] = []
    try {
      await server.start()
      // A process that stands still is one whose event loop has something else to do.
      process.kill(server.pid, 'SIGSTOP')
      let connected = 0
      const all = Promise.withResolvers<void>()
      for (let count = 0; count < CONNECTIONS; count++) {
        const socket = connect({ port: server.port, host: '127.0.0.1' })
        socket.on('error', () => {})
        socket.once('connect', () => {
          connected += 1
          if (connected === CONNECTIONS) all.resolve()
        })
        sockets.push(socket)
      }
      await Promise.race([all.promise, wait(GIVE_UP_MS, undefined, { ref: false })])
      expect(connected).toBe(CONNECTIONS)
    } finally {
      for (const socket of sockets) socket.destroy()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
