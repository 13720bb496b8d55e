/** Where cited text comes from: each kind of location as one citation. */
import type { Citation } from '../../core/event.ts'
import { bounded } from '../shared/bounded.ts'
import { asObject, textAt, type Wire } from '../shared/wire.ts'

/** A citation of any kind: a page of the web, a search result, or a place in a document by characters, pages or blocks. */
export function citationOf(location: Wire): Citation {
  const url = textAt(location, 'url') ?? webAddress(textAt(location, 'source'))
  const title = textAt(location, 'title') ?? textAt(location, 'document_title')
  const quote = textAt(location, 'cited_text')
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(quote === undefined ? {} : { quote }),
    detail: asObject(bounded(location)) ?? {},
  }
}

/** The source of a search result is whatever the caller called it; only some are addresses. */
function webAddress(source: string | undefined): string | undefined {
  return source !== undefined && /^https?:\/\//i.test(source) && URL.canParse(source) ? source : undefined
}
