/** One exchange of the provider: what the order in the prompt says, at its pace and with its fault. */
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { stamp } from '../../bench/stamp.ts'
import { type Fault, type ProviderOrder, tokenText } from '../plan.ts'
import { refusalBody, type Wire } from './wires.ts'

/** What was really sent for a run, one for each time that it was asked for. */
export interface Attempt {
  /** Text of all tokens that were given to the socket. */
  text: string
  /** `sent`: whole, with its terminal event. `client-left`: the other side closed first, which is also how a stall ends. */
  how: 'playing' | 'sent' | 'client-left' | Fault
}

/** Plays an order; resolves when nothing more will be sent. */
export async function play(order: ProviderOrder, wire: Wire, response: ServerResponse, attempt: Attempt): Promise<void> {
  const { fault } = order
  if (fault === '429' || fault === '500' || fault === '502-html') {
    attempt.how = fault
    refuse(response, fault)
    return
  }
  const left = new AbortController()
  response.once('close', () => left.abort())
  const id = `soak_${order.key}`
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': id })
  response.write(wire.open(id))
  const startedMs = performance.now()
  const until = fault === undefined ? order.tokens : Math.min(order.faultAt ?? order.tokens, order.tokens)
  for (let counter = 0; counter < until; counter++) {
    const dueMs = startedMs + (counter / order.tokensPerSecond) * 1e3 - performance.now()
    // A client that leaves ends the waiting; the next line says so.
    if (dueMs > 0) await wait(dueMs, undefined, { signal: left.signal }).catch(() => {})
    if (left.signal.aborted) {
      attempt.how = 'client-left'
      return
    }
    const text = tokenText(counter, stamp())
    attempt.text += text
    response.write(wire.delta(id, text))
  }
  switch (fault) {
    case undefined:
      attempt.how = 'sent'
      response.end(wire.close(id, attempt.text, order.tokens))
      return
    case 'error-event':
      attempt.how = fault
      response.end(wire.error())
      return
    case 'eof':
      attempt.how = fault
      response.end()
      return
    case 'reset':
      attempt.how = fault
      response.socket?.resetAndDestroy()
      return
    case 'stall':
      // The fault is the silence: whoever waits for more has to leave.
      attempt.how = fault
      return
    default:
      fault satisfies never
  }
}

function refuse(response: ServerResponse, fault: '429' | '500' | '502-html'): void {
  if (fault === '502-html') {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body><h1>502 Bad Gateway</h1></body></html>')
  } else if (fault === '429') {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' }).end(refusalBody('rate_limit_error'))
  } else {
    response.writeHead(500, { 'content-type': 'application/json' }).end(refusalBody('server_error'))
  }
}
