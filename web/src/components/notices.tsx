import type { ReactNode } from 'react'
import { followLink } from '../browser/route.ts'

/** A new chat, before anything was asked. */
export function EmptyState(): ReactNode {
  return (
    <div className="placeholder">
      <h1>What would you like to know?</h1>
      <p>Answers go on when you reload, lose the network or open another tab.</p>
    </div>
  )
}

/** An address that leads nowhere. */
export function MissingState(): ReactNode {
  return (
    <div className="placeholder">
      <h1>There is no such conversation</h1>
      <p>
        It may belong to someone else, or the address is wrong.{' '}
        <a href="/" onClick={followLink}>
          Start a new chat
        </a>
      </p>
    </div>
  )
}

/** A conversation on its way from the server, or one that it refuses to give. */
export function LoadingState({ text }: { readonly text: string | undefined }): ReactNode {
  return (
    <div className="placeholder" role="status">
      {text === undefined ? null : <p>{text}</p>}
    </div>
  )
}
