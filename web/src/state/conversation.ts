/** One conversation as this page knows it. The server is the truth; what is kept here is its last word and what this page has asked since. */
import type { ConversationDetail } from '../../../src/client/api.ts'
import type { Client } from '../../../src/client/client.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import type { Hints } from '../browser/hints.ts'
import { onWake } from '../browser/wake.ts'
import { type Ask, outbox } from './outbox.ts'
import { persist } from './persist.ts'
import { createValue, type Value } from './value.ts'

/** Messages that are loaded at once, newest first: the most that the server gives. */
const MESSAGE_LIMIT = 200
/** How often a visible page asks whether a run was started elsewhere, where no hint reaches it. */
const POLL_MS = 10_000

/** A question on its way to the server. */
export interface PendingAsk {
  readonly ask: Ask
  /** `refused`: the server said no, for good; `problem` is its sentence. */
  readonly state: 'sending' | 'retrying' | 'refused'
  readonly problem?: string
}

export interface ConversationView {
  readonly load: 'loading' | 'ready' | 'missing' | 'failed'
  /** Why loading failed for good: a safe sentence. */
  readonly problem?: string
  /** The last request failed and is being repeated. */
  readonly retrying: boolean
  readonly detail?: ConversationDetail
  readonly pending?: PendingAsk
  /** The run that this page started, until the server's word includes it. */
  readonly startedRunId?: string
}

export interface Conversation {
  readonly id: string
  readonly view: Pick<Value<ConversationView>, 'get' | 'subscribe'>
  /** Asks; what is asked is written down before it is sent. */
  ask(ask: Ask): void
  /** Forgets a question that was refused. */
  dismiss(): void
  /** Marks the question on its way, so that its run is stopped as soon as it exists. False when none is on its way. */
  stopPending(): boolean
  refresh(): void
  close(): void
}

export interface ConversationHost {
  readonly client: Pick<Client, 'runs' | 'conversations'>
  readonly hints: Hints
}

/** Opens a conversation: loads it, sends what a reload left unsent, and keeps up with what others do to it. */
export function openConversation({ client, hints }: ConversationHost, id: string): Conversation {
  const view = createValue<ConversationView>({ load: 'loading', retrying: false })
  const closing = new AbortController()
  const { signal } = closing
  let loading = false
  let again = false
  /** The server has not got the first question yet, so it knows nothing of the conversation. */
  let unborn = false

  const patch = (change: Partial<ConversationView>): void => {
    if (!signal.aborted) view.set({ ...view.get(), ...change })
  }
  const without = (...keys: readonly ('pending' | 'startedRunId' | 'problem')[]): void => {
    const next = { ...view.get() }
    for (const key of keys) delete next[key]
    if (!signal.aborted) view.set(next)
  }

  const load = async (): Promise<void> => {
    if (unborn) return
    if (loading) {
      again = true
      return
    }
    loading = true
    do {
      again = false
      try {
        const read = (): Promise<ConversationDetail> => client.conversations.get(id, { limit: MESSAGE_LIMIT }, { signal })
        const detail = await persist(read, signal, () => patch({ retrying: true }))
        patch({ load: 'ready', retrying: false, detail })
        const started = view.get().startedRunId
        if (started !== undefined && (detail.liveRunId === started || detail.messages.some((message) => message.runId === started)))
          without('startedRunId')
      } catch (thrown) {
        if (signal.aborted) return
        if (!(thrown instanceof SluiceError)) throw thrown
        const { pending, startedRunId } = view.get()
        // A conversation comes into being with its first question, which may still be on its way.
        if (thrown.code !== 'not-found')
          patch({ load: view.get().detail ? 'ready' : 'failed', retrying: false, problem: thrown.safeMessage })
        else if (pending || startedRunId !== undefined) patch({ load: 'ready', retrying: false })
        else patch({ load: 'missing', retrying: false })
      }
    } while (again)
    loading = false
  }

  const send = async (ask: Ask): Promise<void> => {
    const { text: input, model, conversationId, key: idempotencyKey } = ask
    const request = { input, conversationId, ...(model === undefined ? {} : { model }) }
    try {
      const run = await persist(
        () => client.runs.create(request, { idempotencyKey, signal }),
        signal,
        (error) =>
          patch({
            pending: {
              ask: outbox.get(id) ?? ask,
              state: 'retrying',
              ...(error.code === 'connection' ? {} : { problem: error.safeMessage }),
            },
          }),
      )
      const stop = outbox.get(id)?.stop === true
      outbox.remove(id)
      unborn = false
      patch({ startedRunId: run.id })
      hints.changed(id)
      if (stop)
        await persist(
          () => client.runs.cancel(run.id, { signal }),
          signal,
          () => {},
        )
      await load()
      without('pending')
    } catch (thrown) {
      if (signal.aborted) return
      if (!(thrown instanceof SluiceError)) throw thrown
      outbox.remove(id)
      patch({ load: 'ready', pending: { ask, state: 'refused', problem: thrown.safeMessage } })
    }
  }

  const refresh = (): void => void load()
  const unhint = hints.onChanged((changed) => {
    if (changed === id) refresh()
  })
  const unwake = onWake(refresh)
  const poll = setInterval(() => {
    if (document.visibilityState === 'visible' && navigator.onLine && view.get().load !== 'loading') refresh()
  }, POLL_MS)

  const left = outbox.get(id)
  if (left) {
    unborn = left.after === undefined
    patch({ load: 'ready', pending: { ask: left, state: 'sending' } })
    void send(left)
  }
  refresh()

  return {
    id,
    view,
    ask(ask) {
      unborn ||= view.get().load === 'missing'
      outbox.put(ask)
      patch({ load: unborn ? 'ready' : view.get().load, pending: { ask, state: 'sending' } })
      void send(ask)
    },
    dismiss: () => without('pending'),
    stopPending() {
      const pending = view.get().pending
      if (!pending || pending.state === 'refused' || view.get().startedRunId !== undefined) return false
      const ask: Ask = { ...pending.ask, stop: true }
      outbox.put(ask)
      patch({ pending: { ...pending, ask } })
      return true
    },
    refresh,
    close() {
      closing.abort()
      unhint()
      unwake()
      clearInterval(poll)
    },
  }
}
