/** State of the page, for components. Each hook owns what it opens and closes it when the component goes. */
import { useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react'
import type { Client } from '../../../src/client/client.ts'
import type { Hints } from '../browser/hints.ts'
import { type Conversation, type ConversationView, openConversation } from './conversation.ts'
import { type FollowedRun, followRun, type RunView } from './run.ts'
import { createValue, useValue } from './value.ts'

export interface Host {
  readonly client: Client
  readonly hints: Hints
}

const LOADING = createValue<ConversationView>({ load: 'loading', retrying: false })
const NO_RUN = createValue<RunView | undefined>(undefined)

/** The conversation with this id, open as long as the component shows it. */
export function useConversation(
  host: Host,
  id: string | undefined,
): { readonly conversation?: Conversation; readonly view: ConversationView } {
  const [opened, setOpened] = useState<Conversation>()
  // Before the page is painted, so that a question just asked is there in the first picture.
  useLayoutEffect(() => {
    if (id === undefined) return
    const next = openConversation(host, id)
    setOpened(next)
    return () => next.close()
  }, [host, id])
  const conversation = opened?.id === id ? opened : undefined
  const view = useValue(conversation?.view ?? LOADING)
  return conversation ? { conversation, view } : { view }
}

/** The run with this id, followed as long as the component shows it. */
export function useRun(host: Host, runId: string | undefined, onEnd: () => void): { readonly run?: FollowedRun; readonly view?: RunView } {
  const [followed, setFollowed] = useState<FollowedRun>()
  useLayoutEffect(() => {
    if (runId === undefined) return
    const next = followRun({ client: host.client, onEnd }, runId)
    setFollowed(next)
    return () => next.close()
  }, [host, runId, onEnd])
  const run = followed?.view.get().runId === runId ? followed : undefined
  const view = useValue<RunView | undefined>(run?.view ?? NO_RUN)
  return run && view ? { run, view } : {}
}

/** Whether the browser believes that it has a network. Only a hint. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener('online', listener)
      window.addEventListener('offline', listener)
      return () => {
        window.removeEventListener('online', listener)
        window.removeEventListener('offline', listener)
      }
    },
    () => navigator.onLine,
  )
}

/** Whether a media query matches. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

/** Sets the title of the window while the component is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title
  }, [title])
}
