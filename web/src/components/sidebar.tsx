import { SquarePen } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Conversation } from '../../../src/client/api.ts'
import { conversationPath, followLink } from '../browser/route.ts'

interface Props {
  /** `undefined` while they are loading. */
  readonly items: readonly Conversation[] | undefined
  readonly currentId: string | undefined
  /** Called when the person chose something, so that a drawer can close. */
  readonly onChoose?: () => void
}

/** New chat, and the conversations, newest first. */
export function Sidebar({ items, currentId, onChoose }: Props): ReactNode {
  const choose = (event: React.MouseEvent<HTMLAnchorElement>): void => {
    followLink(event)
    onChoose?.()
  }
  return (
    <div className="sidebar">
      <div className="brand">
        <img src="/favicon.svg" alt="" width="22" height="22" />
        Sluice
      </div>
      <a className="new-chat" href="/" onClick={choose}>
        <SquarePen aria-hidden="true" />
        New chat
      </a>
      <nav aria-label="Conversations">
        {items === undefined ? null : items.length === 0 ? (
          <p className="sidebar-empty">Conversations are kept here.</p>
        ) : (
          <ul>
            {items.map((item) => (
              <li key={item.id}>
                <a href={conversationPath(item.id)} onClick={choose} aria-current={item.id === currentId ? 'page' : undefined} dir="auto">
                  {item.title}
                </a>
              </li>
            ))}
          </ul>
        )}
      </nav>
    </div>
  )
}
