/** What others throw while they stream, as our one error family. */
import { SluiceError } from '../../core/errors.ts'
import { MAX_DETAIL_CHARS } from './failure.ts'

/** Causes of causes that are looked at. */
const MAX_CAUSES = 5
/** Codes of sockets, names and undici; anything else with a code is somebody's own. */
const NETWORK_CODE = /^(?:E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|UND_ERR_\w+)$/
/** How `fetch` of Node, Deno, Chrome, Firefox and Safari says that there is no connection, or none any more. */
const NETWORK_WORDS = /^(?:fetch failed|terminated|failed to fetch|load failed|network ?error\b.*|network connection was lost.*)\.?$/i

/** Whether what was thrown, or what caused it, says that a connection failed. */
export function isNetworkError(thrown: unknown): boolean {
  return causes(thrown).some(
    (cause) =>
      ('code' in cause && typeof cause.code === 'string' && NETWORK_CODE.test(cause.code)) ||
      (cause instanceof TypeError && NETWORK_WORDS.test(cause.message)),
  )
}

/**
 * A `SluiceError` as it is; a failed connection as `connection`, a time limit of theirs as `timeout`, anything else as `provider`.
 * @param what who failed, as the start of a sentence.
 * @param redact takes secrets out of the words that go into the message; the thrown value itself is the cause.
 */
export function thrownError(thrown: unknown, what: string, redact: (text: string) => string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const code = isNetworkError(thrown) ? 'connection' : causes(thrown).some(({ name }) => name === 'TimeoutError') ? 'timeout' : 'provider'
  return new SluiceError(code, `${what} failed: ${wordsOf(thrown, redact)}.`, { cause: thrown })
}

/** What a thrown value says, without its full stop, and the code of what lies behind it. */
function wordsOf(thrown: unknown, redact: (text: string) => string): string {
  const said = thrown instanceof Error ? thrown.message || thrown.name : typeof thrown === 'string' ? thrown : 'it gave no reason'
  const behind = causes(thrown).find((cause) => cause !== thrown && 'code' in cause && typeof cause.code === 'string')
  // Before it is cut: a piece of a key might not look like one.
  const words = redact(said).slice(0, MAX_DETAIL_CHARS).replace(/\.$/, '')
  return behind !== undefined && 'code' in behind ? `${words} (${String(behind.code)})` : words
}

function causes(thrown: unknown): readonly Error[] {
  const found: Error[] = []
  for (let at: unknown = thrown; at instanceof Error && found.length < MAX_CAUSES; at = at.cause) found.push(at)
  return found
}
