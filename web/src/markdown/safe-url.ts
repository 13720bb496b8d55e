/** Which addresses of an answer a person may follow. An answer is untrusted text: everything else is shown as text. */

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** The address in full when it is absolute and its scheme is http, https or mailto; else `undefined`. */
export function safeUrl(href: string): string | undefined {
  const url = URL.parse(href)
  return url && PROTOCOLS.has(url.protocol) ? url.href : undefined
}
