import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import type { Models } from '../../../src/client/api.ts'
import { conversationPath, navigate } from '../browser/route.ts'
import { useDraft } from '../state/draft.ts'
import { currentRunId } from '../state/entries.ts'
import { type Host, useConversation, useOnline, useRun, useTitle } from '../state/hooks.ts'
import { type Ask, newId, outbox } from '../state/outbox.ts'
import { Announcer } from './announcer.tsx'
import { Composer } from './composer.tsx'
import { ModelPicker } from './model-picker.tsx'
import { EmptyState, LoadingState, MissingState } from './notices.tsx'
import { Thread, type ThreadHandle } from './thread.tsx'

interface Props {
  readonly host: Host
  /** `undefined` for a new chat, which gets its id when the first question is asked. */
  readonly id: string | undefined
  readonly models: Models | undefined
  readonly model: string | undefined
  readonly onModel: (model: string) => void
}

/** One chat: its thread and where to ask. */
export function Chat({ host, id, models, model, onModel }: Props): ReactNode {
  const { conversation, view } = useConversation(host, id)
  const onEnd = useCallback(() => {
    if (id !== undefined) host.hints.changed(id)
  }, [host, id])
  const { run, view: runView } = useRun(host, id === undefined ? undefined : currentRunId(view), onEnd)
  const [draft, setDraft] = useDraft(id)
  const online = useOnline()
  const input = useRef<HTMLTextAreaElement>(null)
  const thread = useRef<ThreadHandle>(null)
  useTitle(view.detail && id !== undefined ? `${view.detail.title} · Sluice` : 'Sluice')

  // A keyboard that slides in over a phone's page is not wanted before it is asked for.
  const focusInput = useCallback((): void => {
    if (matchMedia('(pointer: fine)').matches) input.current?.focus()
  }, [])
  useEffect(() => {
    if (id === undefined) focusInput()
  }, [id, focusInput])

  const pending = view.pending && view.pending.state !== 'refused' ? view.pending : undefined
  const ended = runView === undefined || runView.answer.outcome !== undefined || runView.problem !== undefined
  const awaited = view.startedRunId ?? view.detail?.liveRunId
  const busy = id !== undefined && (pending !== undefined || (awaited !== undefined && !(ended && runView?.runId === awaited)))

  const send = (): void => {
    const conversationId = id ?? newId('conv_')
    const after = view.detail?.messages.at(-1)?.id
    const chosen = model ?? models?.default
    const ask: Ask = {
      conversationId,
      key: newId('ask_'),
      text: draft,
      ...(chosen === undefined ? {} : { model: chosen }),
      ...(after === undefined || id === undefined ? {} : { after }),
    }
    setDraft('')
    focusInput()
    thread.current?.toLatest()
    if (conversation) conversation.ask(ask)
    else {
      // The conversation that opens at the new address finds the question there and sends it, as it would after a reload.
      outbox.put(ask)
      navigate(conversationPath(conversationId))
    }
  }
  const stop = (): void => {
    if (!conversation?.stopPending()) run?.stop()
    // Its button is about to be disabled, and would drop the focus.
    focusInput()
  }
  const edit = useCallback(
    (text: string): void => {
      conversation?.dismiss()
      setDraft(text)
      input.current?.focus()
    },
    [conversation, setDraft],
  )

  return (
    <main className="chat">
      {id !== undefined && view.load !== 'missing' ? <h1 className="visually-hidden">{view.detail?.title ?? 'Conversation'}</h1> : null}
      {id === undefined ? (
        <EmptyState />
      ) : view.load === 'missing' ? (
        <MissingState />
      ) : view.load === 'ready' ? (
        <Thread key={id} ref={thread} view={view} {...(runView ? { run: runView } : {})} online={online} onEdit={edit} />
      ) : (
        <LoadingState
          text={
            view.problem ?? (!online ? 'Offline. The conversation opens when you are back.' : view.retrying ? 'Reconnecting…' : undefined)
          }
        />
      )}
      <div className="chat-foot">
        <Composer
          text={draft}
          onText={setDraft}
          onSend={send}
          onStop={stop}
          busy={busy}
          stopping={runView?.stopping === true || pending?.ask.stop === true}
          input={input}
        >
          <ModelPicker models={models} model={model} onModel={onModel} />
        </Composer>
      </div>
      <Announcer run={runView} />
    </main>
  )
}
