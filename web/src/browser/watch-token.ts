/** Watch links: `/watch/<token>`. The token is signed by the server and read by it alone; here only the run that it names is looked at. */

export interface WatchToken {
  readonly token: string
  readonly runId: string
}

const WATCH = /^\/watch\/([\w-]+\.([\w-]+)\.[\w-]+)\/?$/

/** What an address of a watch link holds; `undefined` for any other address. */
export function parseWatchToken(pathname: string): WatchToken | undefined {
  const [, token, claims] = WATCH.exec(pathname) ?? []
  const runId = claims === undefined ? undefined : runOf(claims)
  return token === undefined || runId === undefined ? undefined : { token, runId }
}

function runOf(claims: string): string | undefined {
  try {
    const read: unknown = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof read === 'object' && read !== null && 'run' in read && typeof read.run === 'string' ? read.run : undefined
  } catch {
    // Not a token at all; the page says that the link is wrong.
    return undefined
  }
}
