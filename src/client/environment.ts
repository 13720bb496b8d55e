/** What the host knows about network and visibility, as hints. A hint that never comes costs time, not correctness. */

export type EnvironmentHint = 'went-online' | 'went-offline' | 'became-visible'

export interface Environment {
  /** Whether the host thinks that it has a network. */
  online(): boolean
  /** Calls `listener` at each change; the result ends that. */
  watch(listener: (hint: EnvironmentHint) => void): () => void
}

/** For hosts without a page: always online, nothing to tell. */
export const quietEnvironment: Environment = {
  online: () => true,
  watch: () => () => {},
}

interface Listens {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

/** The three things that are asked of a browser's window. */
export interface BrowserWindow extends Listens {
  readonly navigator: { readonly onLine: boolean }
  readonly document: Listens & { readonly visibilityState: string }
}

/** For pages: `online`, `offline`, `visibilitychange`, and `pageshow`, which is what a page restored from the back-forward cache gets. */
export function browserEnvironment(window: BrowserWindow): Environment {
  return {
    online: () => window.navigator.onLine,
    watch(listener) {
      const { document } = window
      const online = (): void => listener('went-online')
      const offline = (): void => listener('went-offline')
      const shown = (): void => {
        if (document.visibilityState === 'visible') listener('became-visible')
      }
      window.addEventListener('online', online)
      window.addEventListener('offline', offline)
      window.addEventListener('pageshow', shown)
      document.addEventListener('visibilitychange', shown)
      return () => {
        window.removeEventListener('online', online)
        window.removeEventListener('offline', offline)
        window.removeEventListener('pageshow', shown)
        document.removeEventListener('visibilitychange', shown)
      }
    },
  }
}

/** The environment of this host: the page's, where there is one. */
export function hostEnvironment(host: object = globalThis): Environment {
  return isBrowserWindow(host) ? browserEnvironment(host) : quietEnvironment
}

function isBrowserWindow(host: object): host is BrowserWindow {
  return 'document' in host && 'navigator' in host && 'addEventListener' in host
}
