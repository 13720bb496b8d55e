/** API keys as texts: `sl_<id>_<secret>`. The id finds the key, the secret proves it. */
import { base64url } from './signing.ts'

/** How every API key begins. */
export const KEY_PREFIX = 'sl_'
const SHAPE = /^sl_([0-9a-f]{16})_([\w-]{43})$/

/** A key that nobody else can guess: the text for its holder, and what is kept of it. */
export async function newApiKey(): Promise<{ readonly id: string; readonly text: string; readonly digest: string }> {
  const id = hex(crypto.getRandomValues(new Uint8Array(8)))
  const secret = base64url(crypto.getRandomValues(new Uint8Array(32)))
  return { id, text: `${KEY_PREFIX}${id}_${secret}`, digest: await digestOf(secret) }
}

/** The parts of a key's text; `undefined` for what is none. */
export function parseApiKey(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = SHAPE.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** Stands in for the digest of a key that does not exist, so that an unknown id takes as long as a wrong secret. */
const NO_DIGEST = '0'.repeat(64)

/** Whether the secret is the one of the digest; takes equally long whatever the answer. */
export async function matchesDigest(secret: string, digest: string | undefined): Promise<boolean> {
  const equal = sameText(await digestOf(secret), digest ?? NO_DIGEST)
  return equal && digest !== undefined
}

/** Compares two texts of one length in a time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

async function digestOf(secret: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))))
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
