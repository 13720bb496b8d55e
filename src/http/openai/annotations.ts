/** Citations as the annotations of a text. */
import type { Citation } from '../../core/event.ts'
import { isObject, type Json, textIn } from './json.ts'

/** `position`: how much of the text had come, in UTF-16 units. */
export function annotationOf(citation: Citation, position: number): Json {
  const { detail, url } = citation
  const title = citation.title ?? url ?? 'source'
  // Chat completions nest a citation under its type.
  const nested = detail[textIn(detail, 'type') ?? '']
  const own = isObject(nested) ? nested : detail
  const [start, end] = [own['start_index'], own['end_index']]
  if (url !== undefined) {
    return {
      type: 'url_citation',
      url,
      title,
      start_index: typeof start === 'number' ? start : position,
      end_index: typeof end === 'number' ? end : position,
    }
  }
  const index = own['index']
  return {
    type: 'file_citation',
    file_id: textIn(own, 'file_id') ?? title,
    filename: textIn(own, 'filename') ?? title,
    index: typeof index === 'number' ? index : position,
  }
}
