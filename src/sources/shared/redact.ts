/** Keeps secrets out of messages: providers echo keys, whole or in part. */

const REDACTED = '[redacted]'
/** Below this a "secret" is a test value, and taking it out would only garble the sentence. */
const MIN_SECRET_CHARS = 8
/** A key or the start of one, and a bearer token. */
const PATTERNS = [/\bsk-[\w*.-]+/g, /\bBearer\s+\S+/gi]
const WORD = /[^\s"'`(),]+/g
/** Providers print keys as `abc****xyz`. */
const MASK = '****'

/** A function that takes every secret out of a text: `secrets` word for word, and whatever looks like a key. Linear in the text. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS)
  return (text) => {
    let clean = text
    for (const secret of known) clean = clean.replaceAll(secret, REDACTED)
    for (const pattern of PATTERNS) clean = clean.replace(pattern, REDACTED)
    return clean.replace(WORD, (word) => (word.includes(MASK) ? REDACTED : word))
  }
}
