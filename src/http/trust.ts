/**
 * Who may talk to this server at all (PROTOCOL 4.7). Also on loopback the pages of other sites are callers: they can send requests with
 * the visitor's browser, and with a rebound name even read the answers. Every check looks at what a page cannot forge.
 */
import { Refusal } from './problem.ts'

export interface TrustSettings {
  /** Host names besides the loopback ones that requests may name; lower case, without a port. */
  readonly hosts: readonly string[]
  /** Whether requests that came through a proxy or tunnel are served. Only sensible when callers must prove who they are. */
  readonly forwarded: boolean
  /** Origins whose pages may call, with credentials of their own; lower case, such as `https://app.example`. */
  readonly origins?: readonly string[]
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Headers that proxies and tunnels add. */
const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
]

/** What the address of a request is for. */
export interface AddressTraits {
  /** It only shows something, so that a link on another site may lead there. */
  readonly navigable: boolean
  /** It takes bodies of every type. */
  readonly anyBody: boolean
}

/**
 * Lets a request pass.
 * @throws {Refusal} 421 for an unknown host, 403 for another site or a proxy, 415 for a body that is not JSON.
 */
export function checkTrust(request: Request, url: URL, settings: TrustSettings, { navigable, anyBody }: AddressTraits): void {
  const host = checkHost(request, url, settings)
  checkForwarded(request, settings)
  // A preflight asks for leave and carries nothing; who is not listed learns only which headers there are.
  if (request.method !== 'OPTIONS' && !isListed(request, settings)) checkSite(request, host, navigable)
  if (!anyBody) checkContentType(request)
}

function checkHost(request: Request, url: URL, settings: TrustSettings): string {
  const host = (request.headers.get('host') ?? url.host).toLowerCase()
  for (const name of [hostName(host), url.hostname]) {
    // This is about names that an attacker made to point here. Numbers are none, and are needed where other machines may call.
    if (!LOOPBACK.has(name) && !settings.hosts.includes(name) && !(settings.forwarded && isAddress(name))) {
      throw new Refusal(
        421,
        'forbidden',
        'This server is not known under the host name of the request. Use localhost, or add the name to its allowed hosts.',
      )
    }
  }
  return host
}

/** Whether a host is an IP address as a URL has it. */
function isAddress(name: string): boolean {
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/.test(name)
}

function isListed(request: Request, { origins = [] }: TrustSettings): boolean {
  const origin = request.headers.get('origin')
  return origin !== null && origins.includes(origin.toLowerCase())
}

function hostName(host: string): string {
  return host.replace(/:\d*$/, '')
}

function checkForwarded(request: Request, settings: TrustSettings): void {
  if (settings.forwarded) return
  const header = FORWARDED.find((name) => request.headers.has(name))
  if (header !== undefined) {
    throw new Refusal(
      403,
      'forbidden',
      `The request came through a proxy (it has the header ${header}). Without a secret this server serves local callers only.`,
    )
  }
}

function checkSite(request: Request, host: string, navigable: boolean): void {
  const site = request.headers.get('sec-fetch-site')
  const navigation =
    navigable && (request.method === 'GET' || request.method === 'HEAD') && request.headers.get('sec-fetch-mode') === 'navigate'
  const foreignSite = site !== null && site !== 'same-origin' && site !== 'none' && !navigation
  const origin = request.headers.get('origin')
  if (foreignSite || (origin !== null && originHost(origin) !== host)) {
    throw new Refusal(403, 'forbidden', 'The request comes from a page of another site, which this server does not serve.')
  }
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/(.+)$/.exec(origin.toLowerCase())?.[1]
}

function checkContentType(request: Request): void {
  // A length of 0 is no body: some clients name a type for one all the same.
  const type = request.headers.get('content-type')
  if (type !== null && request.headers.get('content-length') !== '0' && !isJson(type)) throw notJson()
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new Refusal(415, 'invalid-request', 'Bodies must not be compressed: send them without Content-Encoding.')
  }
}

/** JSON in UTF-8, and nothing else: a form of another site can send neither. */
export function isJson(contentType: string): boolean {
  return /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType.trim())
}

/** The refusal of a body that does not say it is JSON. */
export function notJson(): Refusal {
  return new Refusal(415, 'invalid-request', 'Bodies must be JSON in UTF-8: send Content-Type: application/json.')
}
