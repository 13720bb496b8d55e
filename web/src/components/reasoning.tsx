import { Brain, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

/** What the model wrote to itself: folded away, for those who want to look. */
export function Reasoning({ text, done }: { readonly text: string; readonly done: boolean }): ReactNode {
  return (
    <details className="aside-part">
      <summary>
        <Brain aria-hidden="true" />
        {done ? 'Reasoning' : 'Reasoning…'}
        <ChevronRight className="aside-caret" aria-hidden="true" />
      </summary>
      <div className="aside-body reasoning" dir="auto">
        {text}
      </div>
    </details>
  )
}
