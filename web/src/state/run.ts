/** One run as it is followed: its answer so far, how far that is, and how the connection is doing. */
import type { Client } from '../../../src/client/client.ts'
import type { Connection } from '../../../src/client/reconnect.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import { type Answer, EMPTY_ANSWER } from '../../../src/core/fold.ts'
import { START } from '../../../src/core/offset.ts'
import { createFrame } from '../browser/frame.ts'
import { persist } from './persist.ts'
import { createValue, type Value } from './value.ts'

export interface RunView {
  readonly runId: string
  readonly answer: Answer
  /** Offset of the last event in `answer`. */
  readonly offset: string
  readonly connection: Connection['state']
  /** The status is newer than all parts, so it tells what goes on now. */
  readonly statusIsNews: boolean
  /** Stop was pressed here and the run has not ended yet. */
  readonly stopping: boolean
  /** The run cannot be read, for good: a safe sentence. */
  readonly problem?: string
}

export interface FollowedRun {
  readonly view: Pick<Value<RunView>, 'get' | 'subscribe'>
  /** Asks the server to end the run, until it has heard it. */
  stop(): void
  close(): void
}

export interface RunHost {
  readonly client: Pick<Client, 'runs' | 'answer'>
  /** Called once, when the terminal event was read. */
  readonly onEnd: () => void
}

/** Follows a run from its beginning to its end; what it tells is drawn at most once a frame. */
export function followRun({ client, onEnd }: RunHost, runId: string): FollowedRun {
  let now: RunView = { runId, answer: EMPTY_ANSWER, offset: START, connection: 'idle', statusIsNews: false, stopping: false }
  const view = createValue<RunView>(now)
  const closing = new AbortController()
  const { signal } = closing
  const frame = createFrame(() => view.set(now))
  const change = (patch: Partial<RunView>): void => {
    now = { ...now, ...patch }
    frame.request()
  }
  const fail = (thrown: unknown): void => {
    if (signal.aborted) return
    if (!(thrown instanceof SluiceError)) throw thrown
    change({ problem: thrown.safeMessage, stopping: false })
  }

  client
    .answer(runId, {
      signal,
      onChange(answer, offset) {
        const old = now.answer
        change({ answer, offset, statusIsNews: answer.status !== old.status || (now.statusIsNews && answer.parts === old.parts) })
      },
      onConnection: ({ state }) => change({ connection: state }),
    })
    .then((answer) => {
      change({ answer, stopping: false })
      // The end is drawn before anybody hears of it, so that nothing takes its place unseen.
      frame.flush()
      onEnd()
    })
    .catch(fail)

  return {
    view,
    stop() {
      if (now.stopping || now.answer.outcome !== undefined) return
      change({ stopping: true })
      persist(
        () => client.runs.cancel(runId, { signal }),
        signal,
        () => {},
      ).catch(fail)
    },
    close() {
      closing.abort()
      frame.close()
    },
  }
}
