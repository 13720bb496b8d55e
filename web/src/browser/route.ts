/** Addresses of the page: `/` is a new chat, `/c/<id>` a conversation. */
import { createValue, useValue } from '../state/value.ts'

export type Route = { readonly name: 'new' } | { readonly name: 'conversation'; readonly id: string }

const CONVERSATION = /^\/c\/([A-Za-z0-9_-]{1,128})\/?$/

/** What an address means; an unknown one is a new chat. */
export function parseRoute(pathname: string): Route {
  const id = CONVERSATION.exec(pathname)?.[1]
  return id === undefined ? { name: 'new' } : { name: 'conversation', id }
}

export const conversationPath = (id: string): string => `/c/${id}`

const path = createValue(typeof location === 'undefined' ? '/' : location.pathname)
if (typeof window !== 'undefined') window.addEventListener('popstate', () => path.set(location.pathname))

export function navigate(to: string): void {
  if (to !== location.pathname) history.pushState(null, '', to)
  path.set(to)
}

export function usePath(): string {
  return useValue(path)
}

/** Follows a link inside the page; clicks that ask for another tab or window are the browser's. */
export function followLink(event: React.MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  navigate(event.currentTarget.pathname)
}
