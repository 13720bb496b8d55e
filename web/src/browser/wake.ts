/** Moments at which what the page shows may be old: it is looked at again, or the network came back. */
export function onWake(listener: () => void): () => void {
  const shown = (): void => {
    if (document.visibilityState === 'visible') listener()
  }
  document.addEventListener('visibilitychange', shown)
  window.addEventListener('pageshow', shown)
  window.addEventListener('focus', listener)
  window.addEventListener('online', listener)
  return () => {
    document.removeEventListener('visibilitychange', shown)
    window.removeEventListener('pageshow', shown)
    window.removeEventListener('focus', listener)
    window.removeEventListener('online', listener)
  }
}
