/**
 * The events of a run as the events of a response, numbered.
 *
 * A number is how many events came before it, counted from the first record of the run's log; the log decides everything, so every reader, every replay and
 * every process gives each event the same number, with no hole: also after another process took the run over. Each record becomes a
 * few events at most, and none is merged with its neighbours.
 */
import { isKnownEvent, type RunEvent, type UnknownEvent } from '../../core/event.ts'
import type { Json } from './json.ts'
import { createOutputItems } from './output-items.ts'
import { type ResponseFacts, type RunEnded, responseObject, statusOf } from './response-object.ts'

/** One event of a response. */
export interface ResponseEvent extends Json {
  readonly type: string
  readonly sequence_number: number
}

export interface ResponseReading {
  /** Takes the next event of the log. */
  take(event: RunEvent | UnknownEvent): readonly ResponseEvent[]
  /** The response after what was taken. */
  readonly response: Json
  /** Number of the next event. */
  readonly next: number
}

/** Reads the log of a run from its first record on. */
export function readResponse(run: ResponseFacts): ResponseReading {
  let phase: 'queued' | 'in_progress' = 'queued'
  let end: RunEnded | undefined
  let next = 0
  let out: ResponseEvent[] = []

  const say = (event: Json & { readonly type: string }): void => {
    const { type, ...rest } = event
    out.push({ type, sequence_number: next++, ...rest })
  }
  const response = (): Json => responseObject(run, { phase, output: items.output, ...(end === undefined ? {} : { end }) })
  const start = (): void => {
    if (phase === 'in_progress') return
    phase = 'in_progress'
    say({ type: 'response.in_progress', response: response() })
  }

  const items = createOutputItems({ run, say, onFirst: start })

  const apply = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-start':
        say({ type: 'response.created', response: response() })
        break
      case 'status':
        if (event.status === 'queued') say({ type: 'response.queued', response: response() })
        else start()
        break
      case 'text-start':
        items.textStart(event.id)
        break
      case 'text-delta':
        items.textDelta(event.id, event.text)
        break
      case 'text-end':
        items.textEnd(event.id)
        break
      case 'citation':
        items.cite(event.id, event)
        break
      case 'reasoning-start':
        items.reasoningStart(event.id)
        break
      case 'reasoning-delta':
        items.reasoningDelta(event.id, event.text)
        break
      case 'reasoning-end':
        items.reasoningEnd(event.id, event.signature)
        break
      case 'tool-call-start':
        items.callStart(event.id, event.name)
        break
      case 'tool-call-delta':
        items.callDelta(event.id, event.text)
        break
      case 'tool-call-end':
        items.callEnd(event.id, event.input)
        break
      case 'tool-result':
        items.callResult(event.id, event.output, event.error)
        break
      case 'run-end': {
        items.close()
        end = event
        const status = statusOf(event)
        // The package has no event for a cancelled response, and its helper throws at types that it does not know.
        say({ type: `response.${status === 'cancelled' ? 'incomplete' : status}`, response: response() })
        break
      }
      case 'progress':
      case 'notice':
      case 'usage':
      case 'data':
        break
      default:
        event satisfies never
    }
  }

  return {
    take(event) {
      out = []
      if (isKnownEvent(event)) apply(event)
      return out
    },
    get response() {
      return response()
    },
    get next() {
      return next
    },
  }
}
