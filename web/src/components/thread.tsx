import { ArrowDown } from 'lucide-react'
import { type ReactNode, useImperativeHandle } from 'react'
import { useStickToBottom } from 'use-stick-to-bottom'
import type { ConversationView } from '../state/conversation.ts'
import { answerOfMessage, type Entry, entriesOf } from '../state/entries.ts'
import { useMedia } from '../state/hooks.ts'
import type { RunView } from '../state/run.ts'
import { liveStatus } from '../state/status.ts'
import { Answer } from './answer.tsx'
import { Question } from './question.tsx'

export interface ThreadHandle {
  /** Follows the newest text again, from now on. */
  toLatest(): void
}

interface Props {
  readonly view: ConversationView
  /** The run that is followed, which is the newest. */
  readonly run?: RunView
  readonly online: boolean
  readonly onEdit: (text: string) => void
  readonly ref: React.Ref<ThreadHandle>
}

/**
 * How the view follows growing text. The library's own spring is so soft that at 100 tokens/s the newest line lies below the edge more than
 * half of the time; with this one it is in view 9 frames in 10, and still moves instead of jumping.
 */
const SPRING = { damping: 0.7, stiffness: 0.2, mass: 1 }

/** The messages of a conversation. It keeps to its end while text comes, until the person scrolls up. */
export function Thread({ view, run, online, onEdit, ref }: Props): ReactNode {
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const stick = useStickToBottom({ initial: 'instant', resize: still ? 'instant' : SPRING })
  const toLatest = (): void => void stick.scrollToBottom({ animation: still ? 'instant' : 'smooth' })
  useImperativeHandle(ref, () => ({ toLatest }))
  const writing = run !== undefined && run.answer.outcome === undefined && run.problem === undefined
  return (
    <div className="thread">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long conversation is scrolled with the keyboard too */}
      <div className="thread-scroll" ref={stick.scrollRef} tabIndex={0} role="log" aria-label="Conversation" aria-busy={writing}>
        <div className="thread-content" ref={stick.contentRef}>
          {entriesOf(view).map((entry) => (
            <EntryView key={entry.key} entry={entry} run={run} online={online} onEdit={onEdit} />
          ))}
        </div>
      </div>
      {stick.isAtBottom ? null : (
        <button type="button" className="to-latest" onClick={toLatest}>
          <ArrowDown aria-hidden="true" />
          Jump to latest
        </button>
      )}
    </div>
  )
}

interface EntryProps {
  readonly entry: Entry
  readonly run: RunView | undefined
  readonly online: boolean
  readonly onEdit: (text: string) => void
}

function EntryView({ entry, run, online, onEdit }: EntryProps): ReactNode {
  if (entry.kind === 'question')
    return <Question text={entry.text} {...(entry.pending ? { pending: entry.pending } : {})} online={online} onEdit={onEdit} />
  const id = entry.runId === undefined ? {} : { runId: entry.runId }
  const followed = run !== undefined && run.runId === entry.runId ? run : undefined
  // The message is whole at once; the followed run, once it is read to its end, knows more about it.
  if (entry.message && followed?.answer.outcome === undefined) return <Answer answer={answerOfMessage(entry.message)} {...id} />
  if (!followed) return <Answer answer={NOT_YET} {...id} status={{ tone: 'busy', text: 'Waiting for the answer…' }} />
  const status = followed.problem === undefined ? liveStatus({ ...followed, online }) : undefined
  return (
    <Answer
      answer={followed.answer}
      {...id}
      offset={followed.offset}
      {...(status ? { status } : {})}
      {...(followed.problem === undefined ? {} : { problem: followed.problem })}
    />
  )
}

const NOT_YET = { parts: [], data: [], notices: [] }
