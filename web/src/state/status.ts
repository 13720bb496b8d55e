/** What goes on, in one calm sentence. Pure. */
import type { Connection } from '../../../src/client/reconnect.ts'
import type { Answer } from '../../../src/core/fold.ts'

export interface StatusInput {
  readonly answer: Answer
  readonly connection: Connection['state']
  /** The status is newer than the text. */
  readonly statusIsNews: boolean
  readonly stopping: boolean
  readonly online: boolean
}

export interface Status {
  /** `trouble`: something is in the way and goes on being tried. */
  readonly tone: 'busy' | 'trouble'
  readonly text: string
}

/** What to say under an answer that is being written. `undefined` once it has ended: then its outcome speaks. */
export function liveStatus({ answer, connection, statusIsNews, stopping, online }: StatusInput): Status | undefined {
  if (answer.outcome !== undefined) return undefined
  const broken = connection === 'waiting' || connection === 'offline'
  if (!online && broken) return { tone: 'trouble', text: 'Offline. The answer goes on when you are back.' }
  if (broken) return { tone: 'trouble', text: 'Reconnecting…' }
  if (stopping || answer.status?.status === 'cancelling') return { tone: 'busy', text: 'Stopping…' }
  if (statusIsNews && answer.status) return { tone: 'busy', text: answer.status.message }
  const last = answer.parts.at(-1)
  if (last === undefined) return { tone: 'busy', text: 'Waiting for the answer…' }
  if (last.kind === 'reasoning') return { tone: 'busy', text: 'Thinking…' }
  if (last.kind === 'tool') return { tone: 'busy', text: last.result ? 'Going on…' : `Using ${last.name || 'a tool'}…` }
  return { tone: 'busy', text: 'Writing…' }
}

/** What to say about how an answer ended; `undefined` when it is whole and there is nothing to say. */
export function endNote(answer: Answer): { readonly tone: 'quiet' | 'problem'; readonly text: string } | undefined {
  switch (answer.outcome) {
    case undefined:
      return undefined
    case 'completed':
      if (answer.finishReason === 'length') return { tone: 'quiet', text: 'Reached the length limit' }
      if (answer.finishReason === 'content-filter') return { tone: 'quiet', text: 'The model declined to go on' }
      return answer.parts.length === 0 ? { tone: 'quiet', text: 'No answer text' } : undefined
    case 'cancelled':
      return { tone: 'quiet', text: 'Stopped' }
    case 'interrupted':
      return { tone: 'problem', text: `The answer was interrupted. ${answer.error?.message ?? 'What was written until then is kept.'}` }
    case 'failed':
      return { tone: 'problem', text: answer.error?.message ?? 'The answer could not be written.' }
    default:
      return answer.outcome satisfies never
  }
}

/** What a screen reader is told, once, when an answer ends. */
export function endAnnouncement(answer: Answer, text: string): string {
  const words = text.trim() === '' ? 0 : text.trim().split(/\s+/).length
  const count = `${words} ${words === 1 ? 'word' : 'words'}`
  const note = endNote(answer)
  if (!note) return `Done, ${count}.`
  return note.tone === 'quiet' ? `${note.text}, ${count}.` : note.text
}
