/**
 * Sources and citations. A `source` part comes where the text is that it belongs to; v4 says the same again with the end of the text, and adds the
 * words that are cited and sources of which no part told.
 */
import type { Citation } from '../../core/event.ts'
import { asObject, textAt, type Wire } from '../shared/wire.ts'

/** @param detail the object that names the source, whole; in a `source` part the source itself. */
export function citationOf(source: Wire, detail: Wire, clean: (value: unknown) => unknown): Citation {
  const url = textAt(source, 'url')
  const title = textAt(source, 'title')
  const quote = quoteOf(source, detail)
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(quote === undefined ? {} : { quote }),
    detail: asObject(clean(detail)) ?? {},
  }
}

/** By what a citation is known again. Not its id: some models make up a new one each time. */
export function citationKey(source: Wire, detail: Wire): string {
  return JSON.stringify([textAt(source, 'url') ?? null, textAt(source, 'title') ?? null, quoteOf(source, detail) ?? null])
}

function quoteOf(source: Wire, detail: Wire): string | undefined {
  const words = textAt(detail, 'citedText')
  if (words !== undefined) return words
  for (const metadata of Object.values(asObject(source['providerMetadata']) ?? {})) {
    const quoted = textAt(asObject(metadata), 'citedText')
    if (quoted !== undefined) return quoted
  }
  return undefined
}
