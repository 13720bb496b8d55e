import { type ReactNode, useEffect, useState } from 'react'
import { SignIn } from './sign-in.tsx'

/**
 * The page, or the way in. Most servers ask for nothing, so the page is shown at once and gives way when this server turns out to know nobody
 * here. What cannot be asked now, offline for one, is for the page itself to tell.
 */
export function Gate({ children }: { readonly children: ReactNode }): ReactNode {
  const [locked, setLocked] = useState(false)
  useEffect(() => {
    const closing = new AbortController()
    fetch('/v1/session', { signal: closing.signal, cache: 'no-store' }).then(
      ({ status }) => setLocked(status === 401),
      () => {},
    )
    return () => closing.abort()
  }, [])
  return locked ? <SignIn onDone={() => setLocked(false)} /> : children
}
