import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createListener } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from './listen.ts'

const HOST = '127.0.0.1'
const opened: { close(): unknown }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

const make = (): Server => {
  const server = createServer((_request, response) => response.end('here'))
  opened.push(server)
  return server
}

describe('listening', () => {
  it('takes a free port, and all its queues answer at it', async () => {
    const { port } = await listen(make, { host: HOST, port: 0, backlog: 16 })
    const answers = await Promise.all(Array.from({ length: 64 }, async () => (await fetch(`http://${HOST}:${port}`)).text()))
    expect(new Set(answers)).toEqual(new Set(['here']))
  })

  it.skipIf(process.platform !== 'linux')('spreads new connections over its queues', async () => {
    const { servers, port } = await listen(make, { host: HOST, port: 0, backlog: 16 })
    const taken = new Set<number>()
    const all = Promise.withResolvers<void>()
    let count = 0
    for (const [index, server] of servers.entries()) {
      server.on('connection', () => {
        taken.add(index)
        count += 1
        if (count === 64) all.resolve()
      })
    }
    const sockets = Array.from({ length: 64 }, () => connect(port, HOST))
    await all.promise
    for (const socket of sockets) socket.destroy()
    expect(taken.size).toBeGreaterThan(2)
  })

  it('says that another program has the port, also when that program shares it', async () => {
    for (const reusePort of process.platform === 'linux' ? [false, true] : [false]) {
      const other = createListener()
      opened.push(other)
      await new Promise<void>((resolve) => void other.listen({ host: HOST, port: 0, reusePort }, resolve))
      const { port } = other.address() as AddressInfo
      await expect(listen(make, { host: HOST, port, backlog: 16 })).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringContaining('EADDRINUSE'),
      })
    }
  })
})
