import type { ReactNode } from 'react'
import type { Answer } from '../../../src/core/fold.ts'

interface Props {
  readonly answer: Answer
  /** How it ended, where there is something to say. */
  readonly note: string | undefined
}

/** How an answer ended, where it came from and what it took, as far as that is known. */
export function AnswerMeta({ answer, note }: Props): ReactNode {
  const tokens = answer.usage?.outputTokens
  const about = answer.usage?.basis === 'estimated' ? 'about ' : ''
  const facts = [note, answer.model, tokens === undefined ? undefined : `${about}${tokens.toLocaleString()} tokens`].filter(
    (fact) => fact !== undefined,
  )
  return <span className="answer-meta">{facts.join(' · ')}</span>
}
