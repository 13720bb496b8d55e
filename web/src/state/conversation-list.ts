/** The list of conversations, newest first, kept up with the server. */
import type { Conversation as ConversationItem } from '../../../src/client/api.ts'
import type { Client } from '../../../src/client/client.ts'
import type { Hints } from '../browser/hints.ts'
import { onWake } from '../browser/wake.ts'
import { persist } from './persist.ts'
import { createValue, type Value } from './value.ts'

/** Conversations that are listed: the most that the server gives at once. */
const LIST_LIMIT = 200

export interface ConversationList {
  /** `undefined` until the server has answered once. */
  readonly items: Pick<Value<readonly ConversationItem[] | undefined>, 'get' | 'subscribe'>
  close(): void
}

export function openConversationList(client: Pick<Client, 'conversations'>, hints: Hints): ConversationList {
  const items = createValue<readonly ConversationItem[] | undefined>(undefined)
  const closing = new AbortController()
  const { signal } = closing
  let loading = false
  let again = false
  const load = async (): Promise<void> => {
    again = loading
    if (loading) return
    loading = true
    do {
      again = false
      try {
        const page = await persist(
          () => client.conversations.list({ limit: LIST_LIMIT }, { signal }),
          signal,
          () => {},
        )
        items.set(page.items)
      } catch {
        // Closed, or refused for good: then the thread, which asks the same server, says so.
        break
      }
    } while (again)
    loading = false
  }
  const refresh = (): void => void load()
  const unhint = hints.onChanged(refresh)
  const unwake = onWake(refresh)
  refresh()
  return {
    items,
    close() {
      closing.abort()
      unhint()
      unwake()
    },
  }
}
