import { memo, type ReactNode, useLayoutEffect, useRef } from 'react'
import { type Answer as AnswerFold, answerText } from '../../../src/core/fold.ts'
import { endNote, type Status } from '../state/status.ts'
import { AnswerMeta } from './answer-meta.tsx'
import { Markdown } from './markdown.tsx'
import { Reasoning } from './reasoning.tsx'
import { Sources } from './sources.tsx'
import { StatusLine } from './status-line.tsx'
import { ToolCall } from './tool-call.tsx'

/** The element of an answer, for tests and extensions: what it shows, exactly. See web/README.md. */
export interface AnswerElement extends HTMLElement {
  /** The answer's text as it came, of which the rendered Markdown is a picture. */
  answerText?: string
}

interface Props {
  readonly answer: AnswerFold
  readonly runId?: string
  /** Offset of the last event that is shown, while and after it is followed. */
  readonly offset?: string
  /** What goes on; absent when the answer has ended. */
  readonly status?: Status
  /** The answer cannot be read, for good. */
  readonly problem?: string
}

/** One answer: its parts in the order in which they began, then what goes on or how it ended. */
export const Answer = memo(function Answer({ answer, runId, offset, status, problem }: Props): ReactNode {
  const element = useRef<AnswerElement>(null)
  const text = answerText(answer)
  useLayoutEffect(() => {
    if (element.current) element.current.answerText = text
  }, [text])
  const ended = answer.outcome !== undefined
  const note = endNote(answer)
  return (
    <article
      ref={element}
      className="answer"
      aria-label="Answer"
      data-run-id={runId}
      data-outcome={answer.outcome}
      data-offset={offset}
      data-length={text.length}
    >
      {answer.parts.map((part) => {
        const key = `${part.kind}:${part.id}`
        const done = part.done || ended
        if (part.kind === 'tool') return <ToolCall key={key} part={part} ended={ended} />
        if (part.kind === 'reasoning') return <Reasoning key={key} text={part.text} done={done} hidden={part.redacted === true} />
        return <Markdown key={key} text={part.text} done={done} cut={ended && answer.outcome !== 'completed'} />
      })}
      {/* Where text is written in several parts, a list below each would come and go: there is one, at the end. */}
      {ended ? <Sources parts={answer.parts} /> : null}
      {note?.tone === 'problem' ? (
        <p className="end-note" data-tone="problem">
          {note.text}
        </p>
      ) : null}
      {problem === undefined ? null : (
        <p className="end-note" data-tone="problem">
          {problem}
        </p>
      )}
      <footer className="answer-foot">
        {status ? (
          <StatusLine status={status} progress={answer.progress} />
        ) : (
          <AnswerMeta answer={answer} note={note?.tone === 'quiet' ? note.text : undefined} />
        )}
      </footer>
    </article>
  )
})
