/** What an answer names as its sources, as a list to show. They come from the model: an address may be anything, and a title may say anything. */
import type { AnswerPart } from '../../../src/core/fold.ts'

export interface ShownSource {
  /** Stays the same while the list grows. */
  readonly key: string
  /** What to call it: its title or its host. */
  readonly name: string
  /** Where it is found: absent for a file, and for an address that nobody should follow from here. */
  readonly url?: string
  /** The host behind `url`, so that no title can mislead; absent where `name` is the host. */
  readonly host?: string
}

/** Longest title that is shown, in characters. */
export const MAX_TITLE_CHARS = 120
/** Most sources that are shown; an answer has a handful. */
export const MAX_SOURCES = 50

/** The sources of all text, each once, in the order in which they are first named. Only absolute http and https addresses become links. */
export function sourcesOf(parts: readonly AnswerPart[]): readonly ShownSource[] {
  const sources = new Map<string, ShownSource>()
  for (const part of parts) {
    for (const citation of part.kind === 'text' ? (part.citations ?? []) : []) {
      const url = webUrl(citation.url)
      const title = cleaned(citation.title)
      const key = url?.href ?? title
      if (key === undefined || sources.has(key) || sources.size >= MAX_SOURCES) continue
      const where = url === undefined ? {} : { url: url.href, ...(title === undefined ? {} : { host: url.host }) }
      sources.set(key, { key, name: title ?? url?.host ?? key, ...where })
    }
  }
  return [...sources.values()]
}

function webUrl(address: string | undefined): URL | undefined {
  const url = address === undefined ? null : URL.parse(address)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined
}

function cleaned(title: string | undefined): string | undefined {
  const text = title?.replace(/\s+/g, ' ').trim() ?? ''
  if (text === '') return undefined
  const characters = [...text]
  return characters.length <= MAX_TITLE_CHARS ? text : `${characters.slice(0, MAX_TITLE_CHARS - 1).join('')}…`
}
