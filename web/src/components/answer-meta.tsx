import type { ReactNode } from 'react'
import type { Answer } from '../../../src/core/fold.ts'

/** Where an answer came from and what it took, as far as that is known. */
export function AnswerMeta({ answer }: { readonly answer: Answer }): ReactNode {
  const tokens = answer.usage?.outputTokens
  const about = answer.usage?.basis === 'estimated' ? 'about ' : ''
  const facts = [answer.model, tokens === undefined ? undefined : `${about}${tokens.toLocaleString()} tokens`].filter(
    (fact) => fact !== undefined,
  )
  return <span className="answer-meta">{facts.join(' · ')}</span>
}
