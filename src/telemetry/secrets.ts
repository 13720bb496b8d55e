/**
 * Finds secrets in text. Rules work on what secrets look like and on the names that stand before them, because a provider's error
 * message, a header dump or a stack can hold one where nobody expects it.
 */

/** No bracket nor quote, so that it is one word to every rule below and a second pass changes nothing. */
export const REDACTED = '***'

/** Names of fields and headers whose value is a secret. Plurals such as `outputTokens` are counts and stay. */
const NAMES = 'authorization|cookie|api[-_]?key|private[-_]?key|token|secret|password|passwd|credential'
const SECRET_NAME = new RegExp(`(?:${NAMES}|cookies|secrets|credentials)$`, 'i')

/** Things that are secrets wherever they stand. */
const SHAPES: readonly RegExp[] = [
  /(?<![A-Za-z0-9])sk-[\w-]{6,}/g, // OpenAI, Anthropic, OpenRouter and those who copy them
  /sk-[\w-]{16,}/g, // the same, run together with what is before it; longer, because of words such as `disk-full`
  /sl_[0-9a-f]{16}_[\w-]{43}/g, // this server's own
  /xox[a-z]-[\w-]{6,}/gi, // Slack
  /xapp-[\w-]{6,}/gi, // Slack, app level
  /(?:gh[a-z]_|github_pat_)\w{16,}/g,
  /AIza[\w-]{30,}/g, // Google
  /\d{8,10}:[\w-]{35}/g, // Telegram
  /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, // JSON web tokens
  /(?<=\bBearer(?:\s|%20)+)[^\s"'\\,;<>]+/gi,
  /(?<=:\/\/)[^\s/@"'\\]{1,256}(?=@)/g, // user and password in a URL
]

/** A header goes to the end of its line: cookies have many parts, some in quotes. */
const HEADER = /((?:authorization|cookie)["']?\s*[:=]\s*)[^\r\n]+/gi
const NAMED = new RegExp(`((?:${NAMES})\\\\?["']?\\s*[:=]\\s*)(?:"(?:[^"\\\\]|\\\\.)*"|'[^'\\n]*'|\\\\?["']?[^\\s"'\\\\,;&)}\\]]+)`, 'gi')

/** In a line of JSON: a whole member, and a name with its value inside of a string. Neither may cross the border of a string. */
const JSON_MEMBER = new RegExp(`("(?:[^"\\\\]|\\\\.){0,64}(?:${NAMES})":")((?:[^"\\\\]|\\\\.)+)(?=")`, 'gi')
const JSON_NAMED = new RegExp(`((?:${NAMES})(?:\\\\")?\\s*[:=]\\s*(?:\\\\")?)[^\\s"'\\\\,;&)}\\]]+`, 'gi')

/** A known secret that is shorter hides nothing (a local server's `ollama` as its key), and would blot out ordinary words. */
const MIN_KNOWN_SECRET_CHARACTERS = 8

/** Whether the value of a field with this name is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

export interface Scrubber {
  /** Text as it is, without the secrets in it. */
  text(text: string): string
  /** A line of JSON, still valid, without the secrets in it. */
  json(line: string): string
}

/** @param known exact values that must never show, besides what looks like a secret. */
export function createScrubber(known: readonly string[] = []): Scrubber {
  const exact = known.filter((secret) => secret.length >= MIN_KNOWN_SECRET_CHARACTERS)
  const shapes = (text: string): string => SHAPES.reduce((rest, shape) => rest.replace(shape, REDACTED), text)
  return {
    text(text) {
      const rest = exact.reduce((all, secret) => all.replaceAll(secret, REDACTED), text)
      return shapes(rest.replace(HEADER, `$1${REDACTED}`).replace(NAMED, `$1${REDACTED}`))
    },
    json(line) {
      const rest = exact.reduce((all, secret) => all.replaceAll(JSON.stringify(secret).slice(1, -1), REDACTED), line)
      return shapes(rest.replace(JSON_MEMBER, `$1${REDACTED}`).replace(JSON_NAMED, `$1${REDACTED}`))
    },
  }
}
