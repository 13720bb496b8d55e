/** What people configure of an endpoint: where it is and who asks. */
import { SluiceError } from '../../core/errors.ts'

/** Visible ASCII: anything else cannot stand in a header, and the network's own error would print the key. */
const KEY = /^[\x21-\x7e]+$/

/** @throws {SluiceError} `configuration` when a key cannot be sent; the key is not in the message. */
export function checkedKey(key: string, variable: string): string {
  if (KEY.test(key)) return key
  throw new SluiceError('configuration', `${variable} is empty or holds spaces, line breaks or other characters that no key has.`)
}

/**
 * The address of one operation under a base URL, which may end in slashes and may have a query (`?api-version=…`) that goes with every request.
 * @throws {SluiceError} `configuration` when the base URL is not http(s) or holds credentials or a fragment.
 */
export function operationUrl(baseUrl: string, path: string, variable: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  const usable = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === ''
  if (!usable) {
    throw new SluiceError(
      'configuration',
      `${variable} is not an http(s) address without credentials and fragment, such as https://api.example.com/v1.`,
    )
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url.href
}
