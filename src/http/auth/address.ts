/** From where a request came, for limits. The portable handler knows no sockets; whoever has one says so here. */

const peers = new WeakMap<Request, () => string | undefined>()

/** Tells who sent a request. `peer` is asked only when somebody wants to know. */
export function noteAddress(request: Request, peer: () => string | undefined): void {
  peers.set(request, peer)
}

/**
 * The address of the client; `unknown` where nobody knows.
 * @param trustedProxies how many proxies of ours stand before this server: each adds one entry to X-Forwarded-For, and what is to the left of
 * theirs could have been written by anybody.
 */
export function addressOf(request: Request, trustedProxies: number): string {
  const peer = peers.get(request)?.() ?? 'unknown'
  if (trustedProxies === 0) return peer
  const hops = request.headers.get('x-forwarded-for')?.split(',') ?? []
  return (hops.at(-trustedProxies) ?? hops[0])?.trim().slice(0, MAX_ADDRESS_CHARACTERS) || peer
}

/** An IPv6 address with a zone, and room to spare. */
const MAX_ADDRESS_CHARACTERS = 64

/** Whether the client came by https, as far as this server or its own proxy can tell. */
export function isSecure(request: Request, trustedProxies: number): boolean {
  if (new URL(request.url).protocol === 'https:') return true
  return trustedProxies > 0 && request.headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim() === 'https'
}
