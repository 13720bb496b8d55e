import type { ReactNode } from 'react'
import type { Answer } from '../../../src/core/fold.ts'
import type { Status } from '../state/status.ts'

interface Props {
  readonly status: Status
  readonly progress?: Answer['progress']
}

/** What goes on while an answer is being written. Its height never changes, so that text above it does not move. */
export function StatusLine({ status, progress }: Props): ReactNode {
  const tokens = status.tone === 'busy' && progress && progress.outputTokens > 0 ? progress : undefined
  return (
    <span className="status-line" data-tone={status.tone}>
      <span className="pulse" aria-hidden="true" />
      <span>{status.text}</span>
      {tokens ? (
        <span className="status-numbers">
          {tokens.outputTokens.toLocaleString()} tokens · {Math.round(tokens.tokensPerSecond)}/s
        </span>
      ) : null}
    </span>
  )
}
