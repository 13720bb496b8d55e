/** better-sse, as its guide says: a session per reader, a channel per stream, `broadcast`. Nothing is kept. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChannel, createSession } from 'better-sse'
import { formatOffset } from '../../src/core/offset.ts'
import { type Contender, turn } from './contender.ts'

export async function createBetterSse(streams: number): Promise<Contender> {
  const channels = Array.from({ length: streams }, () => createChannel())
  const seqs = new Uint32Array(streams)
  const server = createServer({ noDelay: true }, async (request, response) => {
    const session = await createSession(request, response, { keepAlive: null })
    channels[Number(request.url?.slice(1))]?.register(session)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // It listens on a port, so the address is not a path.
    port: (server.address() as AddressInfo).port,
    path: (stream) => `/${stream}`,
    write(stream, text) {
      const seq = (seqs[stream] ?? 0) + 1
      seqs[stream] = seq
      const data = { content: text, metadata: { token_count: 1, is_code: false, is_link: false } }
      channels[stream]?.broadcast(data, 'message', { eventId: formatOffset(1, seq) })
    },
    written: turn,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
