/** What this server signs, and how it knows it again. Each purpose has a key of its own, so that a text of one purpose is nothing for another. */
import { decodeJwt, jwtVerify, SignJWT } from 'jose'

/** `operator`: the command line's own pass. `session`: the page's cookie. `grant`: stream tokens and watch links. */
export type Purpose = 'operator' | 'session' | 'grant'

export interface Signed {
  /** What it names: a key's id, a grant's id, or the operator. */
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface Signer {
  /** @param claims told to whoever holds the text; nothing secret. */
  sign(purpose: Purpose, signed: Signed, claims?: Readonly<Record<string, string>>): Promise<string>
  /** What a text says, when this server signed it for this purpose and its time has not run out; else `undefined`, or `expired`. */
  verify(purpose: Purpose, text: string, nowMs: number): Promise<Signed | 'expired' | undefined>
}

type HmacKey = Awaited<ReturnType<typeof deriveKey>>

/** Characters of the longest text that is worth looking at. */
const MAX_SIGNED_CHARACTERS = 2_048
const ISSUER = 'sluice'
/** Texts whose signature was right and is not looked at again while they last; checking one takes 70 µs. The one that came first goes first. */
const MAX_VERIFIED = 4_096

/**
 * A signer whose keys are derived from `secret` by HKDF (RFC 5869). Texts outlive the process as long as the secret stays the same.
 */
export function createSigner(secret: string): Signer {
  const keys = new Map<Purpose, Promise<HmacKey>>()
  const verified = new Map<string, Signed>()
  const remember = (name: string, signed: Signed): void => {
    verified.set(name, signed)
    for (const oldest of verified.keys()) {
      if (verified.size <= MAX_VERIFIED) break
      verified.delete(oldest)
    }
  }
  const keyFor = (purpose: Purpose): Promise<HmacKey> => {
    const known = keys.get(purpose) ?? deriveKey(secret, purpose)
    keys.set(purpose, known)
    return known
  }
  return {
    async sign(purpose, { subject, issuedAt, expiresAt }, claims = {}) {
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setAudience(purpose)
        .setSubject(subject)
        .setIssuedAt(Math.floor(issuedAt / 1000))
        .setExpirationTime(Math.ceil(expiresAt / 1000))
        .sign(await keyFor(purpose))
    },
    async verify(purpose, text, nowMs) {
      if (text.length > MAX_SIGNED_CHARACTERS) return undefined
      const name = `${purpose} ${text}`
      const known = verified.get(name)
      if (known !== undefined) return nowMs < known.expiresAt ? known : 'expired'
      try {
        const { payload } = await jwtVerify(text, await keyFor(purpose), {
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: purpose,
          requiredClaims: ['sub', 'iat', 'exp'],
          currentDate: new Date(nowMs),
        })
        const { sub = '', iat = 0, exp = 0 } = payload
        const signed: Signed = { subject: sub, issuedAt: iat * 1000, expiresAt: exp * 1000 }
        remember(name, signed)
        return signed
      } catch (error) {
        // Everything else that fails here is a text that is not ours.
        return error instanceof Error && 'code' in error && error.code === 'ERR_JWT_EXPIRED' ? 'expired' : undefined
      }
    },
  }
}

/** What a text says that it is for; proves nothing. `undefined` for one that is no signed text. */
export function claimedPurpose(text: string): string | undefined {
  try {
    const { aud } = decodeJwt(text)
    return typeof aud === 'string' ? aud : undefined
  } catch {
    // Not a signed text of any kind; whoever verifies it says so to the caller.
    return undefined
  }
}

/** A secret for a server that has none: what it signs ends with the process. */
export function randomSecret(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

async function deriveKey(secret: string, purpose: Purpose) {
  const bytes = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', bytes.encode(secret), 'HKDF', false, ['deriveKey'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: bytes.encode(`sluice ${purpose} 1`) }
  return crypto.subtle.deriveKey(derivation, material, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify'])
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
