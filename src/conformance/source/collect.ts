/** Reading an attempt to its end, whatever that is. */
import type { PartEvent } from '../../core/event.ts'
import { type Answer, fold } from '../../core/fold.ts'
import type { ResumePoint, Source, SourceEvent, SourceRequest } from '../../ports/source.ts'

export interface Attempt {
  readonly events: readonly SourceEvent[]
  /** What it threw; absent when the iteration ended by itself. */
  readonly thrown?: unknown
}

/** All events of one attempt. */
export async function collect(
  source: Source,
  request: SourceRequest,
  options: { readonly signal?: AbortSignal; readonly resume?: ResumePoint } = {},
): Promise<Attempt> {
  const { signal = new AbortController().signal, resume } = options
  const events: SourceEvent[] = []
  try {
    for await (const event of source.stream(request, { signal, ...(resume === undefined ? {} : { resume }) })) events.push(event)
  } catch (thrown) {
    return { events, thrown }
  }
  return { events }
}

export function isPart(event: SourceEvent): event is PartEvent {
  return event.type !== 'response' && event.type !== 'usage' && event.type !== 'finish' && event.type !== 'data'
}

/** What the parts among `events` add up to. */
export function answerOf(events: readonly SourceEvent[], from?: Answer): Answer {
  return fold(
    events.filter(isPart).map((event) => ({ ...event, at: 0 })),
    from,
  )
}

/** What breaks the order of parts: nothing starts twice, nothing comes outside of its start and end. Empty when all is well. */
export function disorder(events: readonly SourceEvent[]): readonly string[] {
  const state = new Map<string, 'open' | 'ended'>()
  const wrong: string[] = []
  for (const event of events.filter(isPart)) {
    const key = `${kindOf(event)} ${event.id}`
    const now = state.get(key)
    if (event.type.endsWith('-start')) {
      if (now !== undefined) wrong.push(`${key} starts twice`)
      state.set(key, 'open')
    } else if (event.type === 'tool-result') {
      if (now !== 'ended') wrong.push(`${key} has a result before its end`)
    } else {
      if (now !== 'open') wrong.push(`${event.type} of ${key} while it is ${now ?? 'not begun'}`)
      if (event.type.endsWith('-end')) state.set(key, 'ended')
    }
  }
  return wrong
}

function kindOf({ type }: PartEvent): 'text' | 'reasoning' | 'tool' {
  if (type === 'citation' || type.startsWith('text')) return 'text'
  return type.startsWith('tool') ? 'tool' : 'reasoning'
}

/** Parts that began and did not end. */
export function openParts(events: readonly SourceEvent[]): readonly string[] {
  return answerOf(events)
    .parts.filter((part) => !part.done)
    .map((part) => part.id)
}
