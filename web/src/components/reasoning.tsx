import { Brain, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

interface Props {
  readonly text: string
  readonly done: boolean
  /** The provider shows nothing of it. */
  readonly hidden: boolean
}

/** What the model wrote to itself: folded away, for those who want to look. */
export function Reasoning({ text, done, hidden }: Props): ReactNode {
  return (
    <details className="aside-part">
      <summary>
        <Brain aria-hidden="true" />
        {done ? 'Reasoning' : 'Reasoning…'}
        <ChevronRight className="aside-caret" aria-hidden="true" />
      </summary>
      <div className="aside-body reasoning" dir="auto">
        {hidden && text === '' ? 'The provider does not show this reasoning.' : text}
      </div>
    </details>
  )
}
