/** Signatures of webhooks (Ed25519), and tokens that let the receiver of a wake answer it. Both secrets are made once and kept in the store. */
import { START } from '../../core/offset.ts'
import type { Owner } from '../../ports/records.ts'
import type { Store } from '../../ports/store.ts'
import { INTERNAL } from './subscription-journal.ts'
import { SubscriptionRefusal } from './subscription-refusal.ts'

/** Whom a token lets answer what. */
export interface TokenClaims {
  readonly owner: Owner
  readonly subscription: string
  readonly wakeId: string
  readonly generation: number
}

export interface SubscriptionKeys {
  readonly kid: string
  /** What receivers check signatures with. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, string>>[] }
  /** The value of `Webhook-Signature` for a body. `nowMs` in milliseconds since 1970. */
  sign(body: string, nowMs: number): Promise<string>
  token(claims: TokenClaims): Promise<string>
  /** @throws {SubscriptionRefusal} `TOKEN_INVALID` for what this server did not make. */
  read(token: string): Promise<TokenClaims>
}

const ID = `${INTERNAL}keys`
const SECRET_BYTES = 32
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The members of a private Ed25519 key as JSON (RFC 8037). */
interface Jwk {
  readonly kty?: string
  readonly crv?: string
  readonly x?: string
  readonly d?: string
}

interface Kept {
  readonly signing: Jwk
  /** Base64url. */
  readonly tokens: string
}

/** The keys of this store; made when it has none. */
export async function openKeys(store: Store): Promise<SubscriptionKeys> {
  const kept = await load(store)
  const { kty, crv, x } = kept.signing
  if (kty === undefined || crv === undefined || x === undefined) throw new TypeError('The signing key of the webhooks is damaged.')
  const signing = await crypto.subtle.importKey('jwk', kept.signing, 'Ed25519', false, ['sign'])
  const tokens = await crypto.subtle.importKey('raw', fromBase64url(kept.tokens), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])
  // RFC 7638: the members in this order, nothing else.
  const thumbprint = await crypto.subtle.digest('SHA-256', encoder.encode(JSON.stringify({ crv, kty, x })))
  const kid = `ds_${toBase64url(new Uint8Array(thumbprint))}`
  return {
    kid,
    jwks: { keys: [{ kty, crv, x, kid, use: 'sig', alg: 'EdDSA' }] },
    async sign(body, nowMs) {
      const seconds = Math.floor(nowMs / 1000)
      const signature = await crypto.subtle.sign('Ed25519', signing, encoder.encode(`${seconds}.${body}`))
      return `t=${seconds},kid=${kid},ed25519=${toBase64url(new Uint8Array(signature))}`
    },
    async token({ owner, subscription, wakeId, generation }) {
      const claims = encoder.encode(JSON.stringify([owner.tenant, owner.user, subscription, wakeId, generation]))
      const mac = await crypto.subtle.sign('HMAC', tokens, claims)
      return `${toBase64url(claims)}.${toBase64url(new Uint8Array(mac))}`
    },
    async read(token) {
      const [claims, mac, ...rest] = token.split('.').map(fromBase64url)
      const ours = claims && mac && rest.length === 0 && (await crypto.subtle.verify('HMAC', tokens, mac, claims))
      if (!ours)
        throw new SubscriptionRefusal('TOKEN_INVALID', 'The token is not one of this server. Send the one that came with the wake.')
      // We wrote it, in this form.
      const [tenant, user, subscription, wakeId, generation] = JSON.parse(decoder.decode(claims)) as [
        string,
        string,
        string,
        string,
        number,
      ]
      return { owner: { tenant, user }, subscription, wakeId, generation }
    },
  }
}

async function load(store: Store): Promise<Kept> {
  if ((await store.head(ID)) === undefined) {
    const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    if (!('privateKey' in pair)) throw new TypeError('This host makes no Ed25519 key pairs.')
    const fresh: Kept = {
      signing: await crypto.subtle.exportKey('jwk', pair.privateKey),
      tokens: toBase64url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))),
    }
    // Of two that begin at once the first wins, and both read what it wrote.
    await store.create(ID, { contentType: 'application/json', records: [encoder.encode(JSON.stringify(fresh))] })
  }
  const { records } = await store.read(ID, START, { maxRecords: 1 })
  return JSON.parse(decoder.decode(records[0]?.data)) as Kept
}

function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Nothing for what is not base64url. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return new Uint8Array(0)
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}
