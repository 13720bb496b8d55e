/** The provider of the soak, in a process of its own: the HTTP APIs of model providers, with texts that carry stamps, and faults as ordered. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerCalls } from '../../bench/child.ts'
import { watchDelay } from '../delay.ts'
import { orderOf } from '../plan.ts'
import { type Attempt, play } from './play.ts'
import { refusalBody, wireOf } from './wires.ts'

/** Attempts of runs whose truth was not asked for; at some hundred runs at a time it is never reached. */
const MAX_RUNS_KEPT = 20_000

const attempts = new Map<string, Attempt[]>()
const delay = watchDelay()

const server = createServer((request, response) => {
  // A socket that breaks is what this is for, and the attempt says so.
  response.on('error', () => {})
  const wire = wireOf(request.url ?? '')
  if (request.method !== 'POST' || wire === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' }).end(refusalBody('not_found_error'))
    return
  }
  readBody(request)
    .then((body) => {
      const order = orderOf(promptOf(body))
      const attempt: Attempt = { text: '', how: 'playing' }
      const earlier = attempts.get(order.key)
      if (earlier) earlier.push(attempt)
      else attempts.set(order.key, [attempt])
      const [oldest] = attempts.keys()
      if (attempts.size > MAX_RUNS_KEPT && oldest !== undefined) attempts.delete(oldest)
      return play(order, wire, response, attempt)
    })
    .catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
})

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return JSON.parse(Buffer.concat(pieces).toString('utf8'))
}

/** The text of the last message: under `input` or `messages`, as a text or a list of text blocks. */
function promptOf(body: unknown): string {
  const { input, messages } = body as { readonly input?: unknown; readonly messages?: unknown }
  const list = input ?? messages
  const last = Array.isArray(list) ? list.at(-1)?.content : list
  return typeof last === 'string' ? last : String(Array.isArray(last) ? last[0]?.text : '')
}

const calls = {
  async open(_: null) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // It listens on a port, so the address is not a path.
    return { port: (server.address() as AddressInfo).port }
  },
  /** What was sent for a run; it is forgotten then. */
  async take({ key }: { readonly key: string }): Promise<readonly Attempt[]> {
    const found = attempts.get(key) ?? []
    attempts.delete(key)
    return found
  },
  /** How late this process's timers were: its part of what is measured. */
  delay: async (_: null) => delay.figures(),
}

export type ProviderCalls = typeof calls

answerCalls(calls, async () => {
  server.closeAllConnections()
  server.close()
})
