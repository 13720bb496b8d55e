/** A receiver of webhooks on loopback that keeps what it gets and answers as the test says. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Notification {
  readonly subscription_id: string
  readonly wake_id: string
  readonly generation: number
  readonly callback_url: string
  readonly callback_token: string
  readonly streams: readonly {
    readonly path: string
    readonly acked_offset: string
    readonly tail_offset: string
    readonly has_pending: boolean
  }[]
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  /** What it answers from now on. */
  answer: { readonly status: number; readonly body: unknown; readonly location?: string }
  /** The next notification that was not taken yet. */
  next(): Promise<Notification>
  /** All that came. */
  readonly seen: readonly Notification[]
}

export async function createReceiver(): Promise<Receiver> {
  const seen: Notification[] = []
  const waiting: ((notification: Notification) => void)[] = []
  let taken = 0
  const receiver = {
    answer: { status: 200, body: {} } as Receiver['answer'],
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const notification = JSON.parse(Buffer.concat(chunks).toString()) as Notification
      seen.push(notification)
      const { status, body, location } = receiver.answer
      response.writeHead(status, { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) })
      response.end(JSON.stringify(body))
      const next = waiting.shift()
      if (next) {
        taken += 1
        next(notification)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}/hook`,
    seen,
    next(): Promise<Notification> {
      const ready = seen[taken]
      if (!ready) return new Promise<Notification>((resolve) => waiting.push(resolve))
      taken += 1
      return Promise.resolve(ready)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** Answers a wake at its callback address. */
export async function callBack(wake: Notification, body: Readonly<Record<string, unknown>>): Promise<{ status: number; body: unknown }> {
  const response = await fetch(wake.callback_url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${wake.callback_token}` },
    body: JSON.stringify({ wake_id: wake.wake_id, generation: wake.generation, ...body }),
  })
  return { status: response.status, body: await response.json() }
}
