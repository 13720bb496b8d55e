import { type ReactNode, useEffect, useState } from 'react'
import type { Models } from '../../src/client/api.ts'
import { parseRoute, usePath } from './browser/route.ts'
import { session } from './browser/session.ts'
import { Chat } from './components/chat.tsx'
import { Drawer } from './components/drawer.tsx'
import { Sidebar } from './components/sidebar.tsx'
import { openConversationList } from './state/conversation-list.ts'
import { type Host, useMedia } from './state/hooks.ts'
import { persist } from './state/persist.ts'
import { createValue, useValue } from './state/value.ts'

const NOTHING = createValue(undefined)

export function App({ host }: { readonly host: Host }): ReactNode {
  const route = parseRoute(usePath())
  const id = route.name === 'conversation' ? route.id : undefined
  const items = useConversations(host)
  const models = useModels(host)
  const [model, setModel] = useState(() => session.get('model'))
  const wide = useMedia('(min-width: 60rem)')
  const known = models?.items.some((item) => item.id === model) ? model : undefined
  const choose = (next: string): void => {
    session.set('model', next)
    setModel(next)
  }
  return (
    <div className="app">
      {wide ? (
        <aside className="side">
          <Sidebar items={items} currentId={id} />
        </aside>
      ) : (
        <header className="top">
          <Drawer>{(close) => <Sidebar items={items} currentId={id} onChoose={close} />}</Drawer>
          <span className="top-title">{items?.find((item) => item.id === id)?.title ?? 'Sluice'}</span>
        </header>
      )}
      <Chat host={host} id={id} models={models} model={known} onModel={choose} />
    </div>
  )
}

function useConversations(host: Host) {
  const [list, setList] = useState<ReturnType<typeof openConversationList>>()
  useEffect(() => {
    const next = openConversationList(host.client, host.hints)
    setList(next)
    return () => next.close()
  }, [host])
  return useValue(list?.items ?? NOTHING)
}

/** The models that may be chosen; `undefined` until the server has told, without which the default is used. */
function useModels(host: Host): Models | undefined {
  const [models, setModels] = useState<Models>()
  useEffect(() => {
    const closing = new AbortController()
    const read = (): Promise<Models> => host.client.models({ signal: closing.signal })
    persist(read, closing.signal, () => {}).then(setModels, () => {
      // Closed, or refused for good: questions go to the server's default, and the thread says what is wrong.
    })
    return () => closing.abort()
  }, [host])
  return models
}
