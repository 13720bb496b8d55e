import { memo, type ReactNode } from 'react'
import type { PendingAsk } from '../state/conversation.ts'

interface Props {
  readonly text: string
  readonly pending?: PendingAsk
  readonly online: boolean
  /** Puts the text of a refused question back into the composer. */
  readonly onEdit: (text: string) => void
}

/** What the person asked, exactly as written. */
export const Question = memo(function Question({ text, pending, online, onEdit }: Props): ReactNode {
  return (
    <article className="question" aria-label="Question">
      <div className="question-text" dir="auto">
        {text}
      </div>
      {pending ? <Sending pending={pending} online={online} onEdit={() => onEdit(text)} /> : null}
    </article>
  )
})

function Sending({
  pending,
  online,
  onEdit,
}: {
  readonly pending: PendingAsk
  readonly online: boolean
  readonly onEdit: () => void
}): ReactNode {
  if (pending.state === 'refused') {
    return (
      <p className="end-note" data-tone="problem" role="alert">
        {pending.problem ?? 'The question was not accepted.'}{' '}
        <button type="button" className="text-button" onClick={onEdit}>
          Edit the question
        </button>
      </p>
    )
  }
  const trouble = pending.state === 'retrying' || !online
  const text = !online
    ? 'Offline. The question is sent when you are back.'
    : pending.state === 'retrying'
      ? (pending.problem ?? 'Reconnecting…')
      : pending.ask.stop
        ? 'Stopping…'
        : 'Sending…'
  return (
    <p className="status-line" data-tone={trouble ? 'trouble' : 'busy'}>
      <span className="pulse" aria-hidden="true" />
      <span>{text}</span>
    </p>
  )
}
