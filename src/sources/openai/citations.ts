/** Annotations of a text as citations, each once: they come while the text does and again with the item that is done. */
import type { Citation, PartEvent } from '../../core/event.ts'
import { bounded } from '../shared/bounded.ts'
import type { Parts } from '../shared/parts.ts'
import { asObject, objectAt, textAt, type Wire } from '../shared/wire.ts'

export interface Citations {
  /** An annotation of the text at `key`. Nothing when it came before; nothing yet when the text has not begun. */
  cite(key: string, annotation: Wire): readonly PartEvent[]
}

export function createCitations(parts: Parts): Citations {
  const cited = new Set<string>()
  return {
    cite(key, annotation) {
      const detail = asObject(bounded(annotation)) ?? {}
      // By what they say: some gateways leave their index out, and ids of items change.
      const mark = `${key} ${JSON.stringify(Object.entries(detail).sort(([a], [b]) => (a < b ? -1 : 1)))}`
      if (cited.has(mark)) return []
      const events = parts.cite(key, citationOf(detail))
      if (events.length > 0) cited.add(mark)
      return events
    },
  }
}

/** `url_citation`, `file_citation`, `container_file_citation`, `file_path`, and whatever comes next: a field that is not there stays out. */
function citationOf(detail: Wire): Citation {
  // Chat completions nest a citation under its type, and so do gateways that speak both.
  const inner = objectAt(detail, textAt(detail, 'type') ?? '') ?? detail
  const url = textAt(inner, 'url')
  const title = textAt(inner, 'title') ?? textAt(inner, 'filename')
  const quote = textAt(inner, 'quote')
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined || title === '' ? {} : { title }),
    ...(quote === undefined ? {} : { quote }),
    detail,
  }
}
