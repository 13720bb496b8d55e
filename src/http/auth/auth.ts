/** Who calls, by what they show: an operator's pass, an API key, a grant for one stream, or the page's session. */
import type { Clock } from '../../core/clock.ts'
import { toSluiceError } from '../../core/errors.ts'
import { type ApiKey, type Credentials, type GrantRecord, isInForce } from '../../ports/credentials.ts'
import type { Observer } from '../../ports/observer.ts'
import { Refusal } from '../problem.ts'
import { createRateLimit } from '../rate-limit.ts'
import { addressOf } from './address.ts'
import { KEY_PREFIX, matchesDigest, parseApiKey } from './api-key.ts'
import { type Authenticate, type Caller, type CallerCredential, LOCAL, OPERATOR } from './caller.ts'
import { createLiveCredentials, type LiveCredentials } from './live-credentials.ts'
import { claimedPurpose, createSigner, randomSecret, type Signer } from './signing.ts'

export interface AuthOptions {
  readonly credentials: Credentials
  readonly clock: Clock
  readonly observer: Observer
  /** Without one every caller is the local principal, and what this server signs ends with the process. */
  readonly secret?: string
  /** Proxies of ours before this server; 0 by default. */
  readonly trustedProxies?: number
  /** Requests per minute of one key; 0, the default, is no limit. */
  readonly ratePerKey?: number
  /** Requests per minute from one address, where there is a secret; 0, the default, is no limit. */
  readonly ratePerAddress?: number
}

/** What the door knows about credentials. Made once, closed by who made it. */
export interface Auth {
  readonly authenticate: Authenticate
  /** Whether callers must show a credential. */
  readonly required: boolean
  readonly credentials: Credentials
  readonly signer: Signer
  readonly live: LiveCredentials
  readonly trustedProxies: number
  /** Counts a request before anything is known but its address. @throws {Refusal} 429. */
  admit(request: Request): void
  /** The key of a text, in force. @throws {Refusal} 401, or 429 after too many wrong ones from this address. */
  signIn(request: Request, text: string): Promise<ApiKey>
  /** Lets go of the timer. */
  close(): void
}

/** Credentials that one address may get wrong in a minute. */
const WRONG_CREDENTIALS_PER_MINUTE = 20
export const SESSION_COOKIE = 'sluice_session'
/** `lastUsedAt` is written this often at most, in milliseconds. */
const TOUCH_EVERY_MS = 60_000
/** Where a grant may come in the address: an EventSource cannot send headers. */
const TOKEN_PARAMETER = 'token'

export function createAuth(options: AuthOptions): Auth {
  const { credentials, clock, observer, secret, trustedProxies = 0, ratePerKey = 0, ratePerAddress = 0 } = options
  const required = secret !== undefined
  const signer = createSigner(secret ?? randomSecret())
  const wrong = createRateLimit({ clock, perMinute: WRONG_CREDENTIALS_PER_MINUTE, what: 'wrong credentials from this address' })
  const perKey = createRateLimit({ clock, perMinute: ratePerKey, what: 'requests with this key' })
  const perAddress = createRateLimit({ clock, perMinute: required ? ratePerAddress : 0, what: 'requests from this address' })

  const refuse = (request: Request, why: string): never => {
    wrong.take(addressOf(request, trustedProxies))
    throw unauthorised(why)
  }

  const touch = (key: ApiKey): void => {
    const now = clock.now()
    if (key.lastUsedAt !== undefined && now - key.lastUsedAt < TOUCH_EVERY_MS) return
    credentials.touchKey(key.id, now).catch((thrown: unknown) => {
      observer({ type: 'trouble', what: `The use of key ${key.id} could not be noted`, error: toSluiceError(thrown) })
    })
  }

  const signIn = async (request: Request, text: string): Promise<ApiKey> => {
    wrong.check(addressOf(request, trustedProxies))
    const parts = parseApiKey(text)
    const key = parts && (await credentials.getKey(parts.id))
    if (parts === undefined || !(await matchesDigest(parts.secret, key?.digest)) || key === undefined) {
      return refuse(request, 'This API key is not one of this server.')
    }
    if (!isInForce(key, clock.now())) return refuse(request, 'This API key has been revoked or has expired.')
    return key
  }

  const keyCaller = (key: ApiKey, credential: CallerCredential): Caller => {
    perKey.take(key.id)
    touch(key)
    return { principal: key.principal, credential }
  }

  const bySession = async (text: string): Promise<Caller | undefined> => {
    const session = await signer.verify('session', text, clock.now())
    if (session === undefined || session === 'expired') return undefined
    const key = await credentials.getKey(session.subject)
    if (key === undefined || !isInForce(key, clock.now())) return undefined
    return keyCaller(key, { kind: 'session', id: key.id, expiresAt: session.expiresAt })
  }

  /** A caller by a grant; `undefined` for a text that this server never signed as one. */
  const byGrant = async (request: Request, text: string): Promise<Caller | undefined> => {
    const token = await signer.verify('grant', text, clock.now())
    if (token === undefined) return undefined
    const grant = token === 'expired' ? undefined : await credentials.getGrant(token.subject)
    if (token === 'expired' || grant === undefined || !(await grantInForce(grant))) {
      return refuse(request, 'This token has been revoked or has expired.')
    }
    perKey.take(`grant ${grant.id}`)
    const { id, streamId, scopes } = grant
    return {
      principal: grant.principal,
      grant: { id, streamId, scopes, expiresAtMs: token.expiresAt },
      credential: { kind: grant.kind, id, issuedAt: token.issuedAt, expiresAt: token.expiresAt },
    }
  }

  const grantInForce = async (grant: GrantRecord, keys?: Map<string, Promise<boolean>>): Promise<boolean> => {
    if (!isInForce(grant, clock.now())) return false
    return grant.keyId === undefined || (await keyInForce(grant.keyId, keys))
  }
  const lookUpKey = async (id: string): Promise<boolean> => {
    const key = await credentials.getKey(id)
    return key !== undefined && isInForce(key, clock.now())
  }
  const keyInForce = (id: string, known = new Map<string, Promise<boolean>>()): Promise<boolean> => {
    const answer = known.get(id) ?? lookUpKey(id)
    known.set(id, answer)
    return answer
  }

  const byBearer = async (request: Request, text: string): Promise<Caller> => {
    if (text.startsWith(KEY_PREFIX)) {
      const key = await signIn(request, text)
      return keyCaller(key, { kind: 'key', id: key.id, ...(key.expiresAt === undefined ? {} : { expiresAt: key.expiresAt }) })
    }
    wrong.check(addressOf(request, trustedProxies))
    // What a text says of itself decides only which proof is asked for.
    const caller = claimedPurpose(text) === 'operator' ? ((await isOperator(text)) ? OPERATOR : undefined) : await byGrant(request, text)
    return caller ?? refuse(request, 'This credential is not one of this server.')
  }
  const isOperator = async (text: string): Promise<boolean> => {
    const pass = await signer.verify('operator', text, clock.now())
    // However long it says that it lives: one that was copied should be worth little.
    return pass !== undefined && pass !== 'expired' && pass.expiresAt - pass.issuedAt <= MAX_OPERATOR_PASS_MS
  }

  const authenticate: Authenticate = async (request) => {
    const header = request.headers.get('authorization')
    const bearer = header === null ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1]
    // Looked for in the text first: parsing every address is work, and few have one.
    const inAddress = request.url.includes(`${TOKEN_PARAMETER}=`) ? new URL(request.url).searchParams.get(TOKEN_PARAMETER) : null
    if (!required) {
      const text = bearer ?? inAddress
      // Clients of other APIs send some key always; here it says nothing, but who holds a grant is held to it.
      return (text === null || text === '' ? undefined : await byGrant(request, text)) ?? LOCAL
    }
    if (header !== null && bearer === undefined) return refuse(request, 'Credentials are sent as Authorization: Bearer <key or token>.')
    if (bearer !== undefined) return byBearer(request, bearer)
    if (inAddress !== null) {
      wrong.check(addressOf(request, trustedProxies))
      // A key does not belong into an address, where logs and histories keep it.
      return (await byGrant(request, inAddress)) ?? refuse(request, 'The token in the address is not one of this server.')
    }
    // Pages of listed origins bring credentials of their own; a browser may send ours along when they are of the same site.
    const cookie = isOwnPage(request) ? cookieOf(request, SESSION_COOKIE) : undefined
    const caller = cookie === undefined ? undefined : await bySession(cookie)
    return caller ?? Promise.reject(unauthorised('This server wants to know who calls: send Authorization: Bearer <API key>.'))
  }

  const live = createLiveCredentials({
    clock,
    observer,
    inForce: async ({ kind, id }, keys) => {
      if (kind !== 'token' && kind !== 'link') return keyInForce(id, keys)
      const grant = await credentials.getGrant(id)
      return grant !== undefined && grantInForce(grant, keys)
    },
  })

  return {
    authenticate,
    required,
    credentials,
    signer,
    live,
    trustedProxies,
    admit: (request) => perAddress.take(addressOf(request, trustedProxies)),
    signIn,
    close: () => live.close(),
  }
}

/** The longest life of an operator's pass that is accepted, in milliseconds. */
const MAX_OPERATOR_PASS_MS = 60_000

/** The refusal of a caller that nobody knows. */
function unauthorised(why: string): Refusal {
  return new Refusal(401, 'forbidden', why, { headers: { 'www-authenticate': 'Bearer' } })
}

/** Whether a request does not come from a page of another origin. */
function isOwnPage(request: Request): boolean {
  const origin = request.headers.get('origin')
  if (origin === null) return true
  const host = request.headers.get('host') ?? new URL(request.url).host
  return URL.parse(origin)?.host === host.toLowerCase()
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const part of request.headers.get('cookie')?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined && value !== '') return value
  }
  return undefined
}
