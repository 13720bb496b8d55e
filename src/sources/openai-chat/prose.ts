/** Text and reasoning as they take turns. The API has no marks for where one begins: a part lasts until another kind comes. */
import type { Citation, PartEvent } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import type { Parts } from '../shared/parts.ts'
import { objectAt, textAt, type Wire } from '../shared/wire.ts'
import type { Prose } from './delta.ts'

/** Characters of the seals of one part of reasoning; above, they are left out: half a seal is worth nothing. */
export const MAX_SEAL_CHARS = 1024 * 1024
/** Annotations that wait for the text that they belong to; more become data. */
export const MAX_EARLY_ANNOTATIONS = 100

export interface ProseFlow {
  write(piece: Prose): readonly SourceEvent[]
  /**
   * Opaque details of the reasoning: they go with its end, as a JSON list, which is what the server wants back. Where no reasoning is open there is
   * a part of its own for them.
   */
  seal(details: readonly Wire[]): readonly PartEvent[]
  /** Where the text is from. Citations that come before any text wait for it. */
  annotate(annotations: readonly Wire[]): readonly SourceEvent[]
  /** Something else comes, or nothing more: ends the part that is open. */
  end(): readonly PartEvent[]
  /** What waited for text that never came. */
  leftOver(): readonly SourceEvent[]
}

/** @param source the source's name, for data. */
export function createProseFlow(parts: Parts, source: string): ProseFlow {
  const begun = { text: 0, reasoning: 0 }
  let open: { readonly kind: Prose['kind']; readonly part: 'text' | 'reasoning'; readonly key: string } | undefined
  let seals: Wire[] = []
  let early: Wire[] = []

  const nextKey = (part: 'text' | 'reasoning'): string => {
    const key = `${part}-${begun[part]}`
    begun[part] += 1
    return key
  }
  const asData = (annotation: Wire): SourceEvent => ({
    type: 'data',
    name: `${source}.${textAt(annotation, 'type') || 'annotation'}`,
    data: annotation,
  })

  const end = (): readonly PartEvent[] => {
    if (open === undefined) return []
    const events = parts.finish(open.part, open.key, undefined)
    const signature = signatureOf(seals)
    open = undefined
    seals = []
    return events.map((event) => (event.type === 'reasoning-end' && signature !== undefined ? { ...event, signature } : event))
  }

  const annotate = (annotations: readonly Wire[]): readonly SourceEvent[] =>
    annotations.flatMap((annotation): readonly SourceEvent[] => {
      const citation = citationOf(annotation)
      if (citation === undefined) return [asData(annotation)]
      if (open?.part === 'text') return [{ type: 'citation', id: open.key, ...citation }]
      if (begun.text > 0 || early.length >= MAX_EARLY_ANNOTATIONS) return [asData(annotation)]
      early.push(annotation)
      return []
    })

  return {
    write({ kind, text }) {
      if (open?.kind === kind && early.length === 0) return parts.write(open.part, open.key, text)
      const ended = open?.kind === kind ? [] : end()
      if (open === undefined) {
        const part = kind === 'reasoning' ? 'reasoning' : 'text'
        open = { kind, part, key: nextKey(part) }
      }
      const events = [...ended, ...parts.write(open.part, open.key, text)]
      if (open.part === 'reasoning' || early.length === 0) return events
      const waiting = early
      early = []
      return [...events, ...annotate(waiting)]
    },
    seal(details) {
      if (details.length === 0) return []
      if (open?.part === 'reasoning') {
        seals.push(...details)
        return []
      }
      const signature = signatureOf(details)
      const id = nextKey('reasoning')
      if (signature === undefined) return []
      return [
        { type: 'reasoning-start', id },
        { type: 'reasoning-end', id, signature, redacted: true },
      ]
    },
    annotate,
    end,
    leftOver() {
      const events = early.map(asData)
      early = []
      return events
    },
  }
}

function signatureOf(details: readonly Wire[]): string | undefined {
  const text = details.length === 0 ? '' : JSON.stringify(details)
  return text === '' || text.length > MAX_SEAL_CHARS ? undefined : text
}

/** OpenAI nests a citation in a field of its type's name; some gateways do not. Without an address it is no citation of the web. */
function citationOf(annotation: Wire): Citation | undefined {
  const from = objectAt(annotation, 'url_citation') ?? annotation
  const url = textAt(from, 'url')
  if (!url) return undefined
  const title = textAt(from, 'title')
  const quote = textAt(from, 'content')
  return { url, ...(title ? { title } : {}), ...(quote ? { quote } : {}), detail: annotation }
}
