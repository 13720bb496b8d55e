import { Eye } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { createClient } from '../../../src/client/index.ts'
import type { WatchToken } from '../browser/watch-token.ts'
import { followRun, type RunView } from '../state/run.ts'
import { liveStatus } from '../state/status.ts'
import { createValue, useValue } from '../state/value.ts'
import { Answer } from './answer.tsx'

/** How often the number of viewers is asked for, in milliseconds. */
const COUNT_EVERY_MS = 5_000
const NOTHING = createValue<RunView | undefined>(undefined)

/** One run, live or ended, for whoever has the link. It can be watched and nothing else. */
export function Watch({ link }: { readonly link: WatchToken }): ReactNode {
  const { token, runId } = link
  const client = useMemo(() => createClient({ baseUrl: '', reader: 'watch', headers: { authorization: `Bearer ${token}` } }), [token])
  const [followed, setFollowed] = useState<ReturnType<typeof followRun>>()
  useEffect(() => {
    const next = followRun({ client, onEnd: () => {} }, runId)
    setFollowed(next)
    return () => next.close()
  }, [client, runId])
  const run = useValue<RunView | undefined>(followed?.view ?? NOTHING)
  const live = run !== undefined && run.answer.outcome === undefined && run.problem === undefined
  const viewers = useViewers(client, runId, live)
  const status = run && live ? liveStatus({ ...run, online: true }) : undefined
  return (
    <main className="watch">
      <header className="watch-head">
        <span>{live ? 'Live' : 'Shared answer'}</span>
        {live && viewers !== undefined ? (
          <span className="watch-count">
            <Eye aria-hidden="true" />
            {viewers} watching
          </span>
        ) : null}
      </header>
      <div aria-busy={live} aria-live="off">
        {run === undefined ? null : (
          <Answer
            answer={run.answer}
            runId={runId}
            offset={run.offset}
            {...(status ? { status } : {})}
            {...(run.problem === undefined ? {} : { problem: ENDED_LINK })}
          />
        )}
      </div>
    </main>
  )
}

const ENDED_LINK = 'This link has ended, or it was taken back.'

/** An address that is no watch link. */
export function WrongLink(): ReactNode {
  return (
    <main className="access">
      <div className="access-card">
        <h1>This link is not complete</h1>
        <p>Copy it again, or ask whoever sent it for a new one.</p>
      </div>
    </main>
  )
}

/** How many read the run now, while it is live. */
function useViewers(client: ReturnType<typeof createClient>, runId: string, live: boolean): number | undefined {
  const [count, setCount] = useState<number>()
  useEffect(() => {
    if (!live) return
    const closing = new AbortController()
    const ask = (): void => {
      client.runs.get(runId, { signal: closing.signal }).then(
        (run) => setCount(run.readers.length),
        () => {
          // The number is an extra: that the link has ended, the answer itself tells.
        },
      )
    }
    ask()
    const timer = setInterval(ask, COUNT_EVERY_MS)
    return () => {
      clearInterval(timer)
      closing.abort()
    }
  }, [client, runId, live])
  return count
}
