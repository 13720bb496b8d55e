/**
 * Questions that were sent and not yet confirmed. Written down before they are sent, so that a reload in between sends
 * them again under the same key, which never asks twice.
 */
import { session } from '../browser/session.ts'

export interface Ask {
  readonly conversationId: string
  /** Idempotency key. */
  readonly key: string
  readonly text: string
  readonly model?: string
  /** The newest message that was there when it was asked; its own message comes after that one. */
  readonly after?: string
  /** Stop was pressed before the run had an id. */
  readonly stop?: true
}

const keyOf = (conversationId: string): string => `ask:${conversationId}`

export const outbox = {
  put: (ask: Ask): void => session.set(keyOf(ask.conversationId), JSON.stringify(ask)),
  remove: (conversationId: string): void => session.remove(keyOf(conversationId)),
  get(conversationId: string): Ask | undefined {
    const text = session.get(keyOf(conversationId))
    if (text === undefined) return undefined
    try {
      const value: unknown = JSON.parse(text)
      return isAsk(value) ? value : undefined
    } catch {
      // Written by another version of the page, or by somebody else: nothing that could be sent.
      return undefined
    }
  },
}

function isAsk(value: unknown): value is Ask {
  if (typeof value !== 'object' || value === null) return false
  return ['conversationId', 'key', 'text'].every((name) => typeof Reflect.get(value, name) === 'string')
}

/** A new id: 128 random bits. Not `randomUUID`, which browsers keep for secure contexts, and a page on a home network is none. */
export function newId(prefix: string): string {
  return prefix + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
