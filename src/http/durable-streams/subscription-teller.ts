/** How a wake reaches its receiver: a signed request to a webhook, or a record of a wake stream. */
import { linkAbort } from '../../core/abort.ts'
import type { Clock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import { type Offset, START } from '../../core/offset.ts'
import type { Owner } from '../../ports/records.ts'
import type { Store } from '../../ports/store.ts'
import { isJson } from './content.ts'
import { PREFIX } from './place.ts'
import { RESERVED } from './subscription-input.ts'
import type { SubscriptionKeys } from './subscription-keys.ts'
import type { SubscriptionState, Wake } from './subscription-state.ts'
import type { Webhooks } from './webhooks.ts'

/** How long a receiver may take to answer, in milliseconds. */
const WEBHOOK_TIMEOUT_MS = 30_000
/** Webhooks that are called at once; further ones wait. */
const MAX_CALLS = 64
/** Streams that a wake names; those with work come first, and what is left makes the next wake. */
const MAX_NAMED = 1_000

export interface Telling {
  readonly owner: Owner
  readonly id: string
  readonly state: SubscriptionState
  readonly wake: Wake
  readonly signal: AbortSignal
}

/**
 * Tells a wake.
 * @returns the positions up to which the receiver has done everything, when it says so at once.
 * @throws when the receiver does not know of it.
 */
export type Teller = (telling: Telling) => Promise<readonly (readonly [path: string, tail: Offset])[] | undefined>

export interface TellerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly keys: () => Promise<SubscriptionKeys>
  readonly webhooks: Webhooks | undefined
  readonly idOf: (owner: Owner, path: string) => string
  /** Lets the subscriptions know of a write before it is made: wake streams are streams. */
  readonly beforeWrite: (owner: Owner, path: string) => Promise<void>
}

export function createTeller({ store, clock, keys, webhooks, idOf, beforeWrite }: TellerOptions): Teller {
  const enter = limit(MAX_CALLS)

  const call = async ({ owner, id, state, wake, signal }: Telling, url: string) => {
    if (!webhooks) throw new SluiceError('configuration', 'This server calls no webhooks.')
    using deadline = linkAbort(signal)
    const leave = await enter(signal)
    const stop = clock.setTimer(WEBHOOK_TIMEOUT_MS, () =>
      deadline.abort(new SluiceError('timeout', `The webhook did not answer within ${WEBHOOK_TIMEOUT_MS} ms.`)),
    )
    try {
      const { sign, token } = await keys()
      const streams = namedStreams(state)
      const body = JSON.stringify({
        subscription_id: id,
        wake_id: wake.id,
        generation: wake.generation,
        streams,
        callback_url: `${addressOf(state.made.origin, id)}/callback`,
        callback_token: await token({ owner, subscription: id, wakeId: wake.id, generation: wake.generation }),
      })
      const headers = { 'content-type': 'application/json', 'webhook-signature': await sign(body, clock.now()) }
      const { status, text } = await webhooks.post(url, { headers, body, signal: deadline.signal })
      if (status < 200 || status > 299) throw new SluiceError('connection', `The webhook of subscription ${id} answered ${status}.`)
      return saysDone(text) ? streams.map(({ path, tail_offset }) => [path, tail_offset] as const) : undefined
    } finally {
      stop()
      leave()
    }
  }

  const announce = async ({ owner, id, state, wake }: Telling, wakeStream: string): Promise<void> => {
    const streamId = idOf(owner, wakeStream)
    const head = await store.head(streamId)
    if (!head || !isJson(head.contentType)) {
      throw new SluiceError('not-found', `The wake stream ${wakeStream} of subscription ${id} is not there, or not JSON. Make it with PUT.`)
    }
    await beforeWrite(owner, wakeStream)
    const [stream] = state.pending
    const event = { type: 'wake', subscription_id: id, stream, generation: wake.generation, ts: clock.now() }
    const { result } = await store.append(streamId, [new TextEncoder().encode(JSON.stringify(event))])
    if (result !== 'appended')
      throw new SluiceError('closed', `The wake stream ${wakeStream} of subscription ${id} takes no wakes (${result}).`)
  }

  return async (telling) => {
    const { webhookUrl, wakeStream } = telling.state.made.config
    if (webhookUrl !== undefined) return call(telling, webhookUrl)
    if (wakeStream !== undefined) await announce(telling, wakeStream)
    return undefined
  }
}

/** Address of a subscription. */
export function addressOf(origin: string, id: string): string {
  return `${origin}${PREFIX}${RESERVED}/subscriptions/${encodeURIComponent(id)}`
}

/** The streams of a subscription as receivers see them, those with work first. */
export function namedStreams({ links, tails, pending }: SubscriptionState) {
  const paths = new Set([...pending, ...links.keys()])
  return [...paths].slice(0, MAX_NAMED).flatMap((path) => {
    const link = links.get(path)
    if (!link) return []
    return [{ ...linkView(path, link), tail_offset: tails.get(path) ?? START, has_pending: pending.has(path) }]
  })
}

export function linkView(path: string, { explicit, acked }: { readonly explicit: boolean; readonly acked: Offset }) {
  return { path, link_type: explicit ? 'explicit' : 'glob', acked_offset: acked }
}

function saysDone(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'done' in value && value.done === true
  } catch {
    // Receivers may answer with anything; only this one word has a meaning.
    return false
  }
}

/** Lets so many in at once; the result leaves. @throws the signal's reason. */
function limit(max: number): (signal: AbortSignal) => Promise<() => void> {
  let inside = 0
  const waiting = new Set<() => void>()
  return async (signal) => {
    while (inside >= max) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
      waiting.delete(resolve)
      signal.throwIfAborted()
    }
    inside++
    return () => {
      inside--
      const [next] = waiting
      next?.()
    }
  }
}
