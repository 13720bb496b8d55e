import { type ReactNode, useEffect, useState } from 'react'
import { answerText } from '../../../src/core/fold.ts'
import type { RunView } from '../state/run.ts'
import { endAnnouncement } from '../state/status.ts'

/** Tells screen readers that an answer has begun and that it has ended, and nothing in between. */
export function Announcer({ run }: { readonly run: RunView | undefined }): ReactNode {
  const [watched, setWatched] = useState<string>()
  const live = run !== undefined && run.answer.outcome === undefined && run.answer.parts.length > 0 ? run.runId : undefined
  // Only ends that were seen coming are news; a finished conversation that is opened is not.
  useEffect(() => {
    if (live !== undefined) setWatched(live)
  }, [live])
  const ended = run?.answer.outcome !== undefined && run.runId === watched ? run.answer : undefined
  const text = live === undefined ? (ended ? endAnnouncement(ended, answerText(ended)) : '') : 'The answer is being written.'
  return (
    <div className="visually-hidden" role="status">
      {text}
    </div>
  )
}
