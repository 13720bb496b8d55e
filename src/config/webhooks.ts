/**
 * The way out to receivers of webhooks, who are named by callers and so must not be a way into our own network. Every address is checked: what
 * a URL says, what its name means when the subscription is made, and again what it means when the connection is opened.
 */
import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { Agent, fetch as undiciFetch } from 'undici'
import { orAbort } from '../core/abort.ts'
import { SluiceError } from '../core/errors.ts'
import type { Webhooks } from '../http/durable-streams/webhooks.ts'

/** Networks that are not the public internet: RFC 6890 and its registries at IANA, cloud metadata (169.254.169.254, fd00:ec2::254) within them. */
const IPV4_NETWORKS = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
  192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`
/** Those that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo) are a detour around the list above. */
const IPV6_NETWORKS = `::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8`

/** Bytes of a response that are read; only `{"done": true}` has a meaning. */
const MAX_RESPONSE_BYTES = 16 * 1024
/** How long a name may take to be found, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000

export type Lookup = (
  name: string,
  options: { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: readonly { readonly address: string; readonly family: number }[]) => void,
) => void

export interface WebhookOptions {
  /** Whether receivers on this machine may be called: right for a server that only this machine reaches. */
  readonly loopback: boolean
  /** Default: the system's. */
  readonly lookup?: Lookup
}

export function createWebhooks({ loopback, lookup = systemLookup }: WebhookOptions): Webhooks & AsyncDisposable {
  const refused = refusedAddresses()
  const own = loopbackAddresses()

  const isAllowed = (address: string): boolean => {
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (own.check(address, family)) return loopback
    return !refused.check(address, family)
  }

  /** Where a name leads; fails when any of it is no place for us, as the next connection could take that. */
  const resolve: Lookup = (name, options, done) => {
    lookup(name, options, (error, addresses) => {
      const wrong = error ? undefined : addresses.find(({ address }) => !isAllowed(address))
      done(wrong ? new WrongAddress(name) : error, addresses)
    })
  }

  const agent = new Agent({
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      // Called for names only; an address that stands in a URL has passed `fault` before.
      lookup: (name, options, done) =>
        resolve(name, { all: true }, (error, addresses) => {
          const [first] = addresses ?? []
          if (error || !first) done(error ?? new WrongAddress(name), '', 0)
          else if (options.all) done(null, [...addresses])
          else done(null, first.address, first.family)
        }),
    },
    allowH2: false,
    // A connection that is kept would outlive what its name means.
    pipelining: 0,
    maxResponseSize: MAX_RESPONSE_BYTES,
  })

  const fault = async (text: string, signal: AbortSignal): Promise<string | undefined> => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (!url || !/^https?:$/.test(url.protocol)) return 'The URL of a webhook begins with https:// or http://.'
    if (url.username !== '' || url.password !== '')
      return 'The URL of a webhook holds no user and no password: check its signature instead.'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0) return isAllowed(host) ? undefined : NOT_PUBLIC
    const found = Promise.withResolvers<string | undefined>()
    resolve(host, { all: true }, (error) => {
      if (error instanceof WrongAddress) found.resolve(NOT_PUBLIC)
      else found.resolve(error ? 'The host name of the webhook is not known. Check it, or try again later.' : undefined)
    })
    return orAbort(found.promise, signal)
  }

  return {
    fault,
    async post(url, { headers, body, signal }) {
      // Also here, as it may have been allowed when the server listened elsewhere.
      const reason = await fault(url, signal)
      if (reason !== undefined) throw new SluiceError('forbidden', `A webhook is not called: ${reason}`)
      const response = await undiciFetch(url, { method: 'POST', headers, body, signal, redirect: 'manual', dispatcher: agent })
      return { status: response.status, text: await beginning(response.body) }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

const NOT_PUBLIC = 'The webhook lies in a private, local or reserved network, which this server does not call. Use a public address.'

class WrongAddress extends Error {
  constructor(name: string) {
    super(`${name} means an address that is not public.`)
  }
}

function refusedAddresses(): BlockList {
  const list = new BlockList()
  for (const [networks, family] of [
    [IPV4_NETWORKS, 'ipv4'],
    [IPV6_NETWORKS, 'ipv6'],
  ] as const) {
    for (const network of networks.split(/\s+/)) {
      const [address = '', bits] = network.split('/')
      list.addSubnet(address, Number(bits), family)
    }
  }
  return list
}

/** Whether only this machine reaches a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopbackAddresses().check(host, isIPv4(host) ? 'ipv4' : 'ipv6'))
}

function loopbackAddresses(): BlockList {
  const list = new BlockList()
  list.addSubnet('127.0.0.0', 8, 'ipv4')
  list.addAddress('::1', 'ipv6')
  return list
}

async function beginning(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= MAX_RESPONSE_BYTES) break
  }
  return text
}
