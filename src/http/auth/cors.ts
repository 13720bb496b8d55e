/** What pages of listed origins may do (CORS). Cookies never go along: those pages call with a key or a token of their own. */

/** Headers that such pages may send and see, besides the usual ones. */
const SENT = [
  'authorization',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'if-none-match',
  'stream-seq',
  'stream-ttl',
  'stream-closed',
]
const SENT_TOO = ['stream-expires-at', 'stream-forked-from', 'stream-fork-offset', 'producer-id', 'producer-epoch', 'producer-seq']
const SEEN = ['x-request-id', 'location', 'retry-after', 'idempotent-replayed', 'etag', 'stream-next-offset', 'stream-up-to-date']
const SEEN_TOO = [
  'stream-cursor',
  'stream-closed',
  'stream-ttl',
  'stream-expires-at',
  'stream-sse-data-encoding',
  'producer-epoch',
  'producer-seq',
]
const METHODS = 'GET, HEAD, POST, PUT, DELETE'
/** Seconds for which a browser may remember the answer to a preflight. */
const MAX_AGE_S = 600

/** Adds what a browser wants to see, when the request comes from a page of a listed origin. */
export function allowOrigin(request: Request, origins: readonly string[], headers: Headers): void {
  if (origins.length === 0) return
  headers.append('vary', 'origin')
  const origin = request.headers.get('origin')
  if (origin === null || !origins.includes(origin.toLowerCase())) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', [...SEEN, ...SEEN_TOO].join(', '))
  headers.set('cross-origin-resource-policy', 'cross-origin')
  if (request.method !== 'OPTIONS') return
  headers.set('access-control-allow-methods', METHODS)
  headers.set('access-control-allow-headers', [...SENT, ...SENT_TOO].join(', '))
  headers.set('access-control-max-age', String(MAX_AGE_S))
}
