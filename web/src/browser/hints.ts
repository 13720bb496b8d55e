/**
 * Word between the tabs of one browser that a conversation changed. Only a hint, which makes others ask the server
 * sooner: one that is lost costs a little time, because tabs also ask when they are looked at and now and then.
 */
export interface Hints {
  /** Tells the other tabs, and the listeners of this one. */
  changed(conversationId: string): void
  onChanged(listener: (conversationId: string) => void): () => void
}

const CHANNEL = 'sluice'

export function createHints(): Hints {
  const listeners = new Set<(conversationId: string) => void>()
  const tell = (id: string): void => {
    for (const listener of listeners) listener(id)
  }
  // Lives as long as the page: closing it would end the hints.
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(CHANNEL)
  channel?.addEventListener('message', (event: MessageEvent<unknown>) => {
    const data = event.data
    if (typeof data === 'object' && data !== null && 'changed' in data && typeof data.changed === 'string') tell(data.changed)
  })
  return {
    changed(conversationId) {
      channel?.postMessage({ changed: conversationId })
      tell(conversationId)
    },
    onChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
