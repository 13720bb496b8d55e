/** A reader of one run on bare sockets: checks every character and every id, breaks off and stalls as planned, and comes back by itself. */
import { setTimeout as wait } from 'node:timers/promises'
import { nowMicros, STAMP_DIGITS } from '../../bench/stamp.ts'
import { STAMP_AT, TOKEN_CHARS } from '../plan.ts'
import { type Connection, type ConnectionEnd, contentOf, openConnection, plainText } from '../reader.ts'
import { agrees, type LiveRun } from './live-run.ts'
import { between, type World } from './world.ts'

export interface Behaviour {
  /** Cuts its own connection so often, in the middle of a frame. */
  readonly cuts: number
  /** Stops to read once, for so many milliseconds. */
  readonly stallMs: number
  /** Goes away for good after so many milliseconds. */
  readonly leaveAfterMs: number
}

export interface ReaderHooks {
  readonly onStatus?: (arrivedMicros: number) => void
  /** The terminal event is there. */
  readonly onComplete?: () => void
}

/** Heartbeats come every 15 s; a live connection that says nothing for longer is one that waits for ever. */
const MAX_SILENCE_MS = 25_000
/** How long a reader may take to get the rest of a run that has ended. */
const MAX_BEHIND_MS = 20_000
const LOOK_MS = 1_000
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 1_000
/** Bytes after which a cut comes: within the first few seconds of an answer. */
const CUT_MIN_BYTES = 300
const CUT_MAX_BYTES = 12_000

/** Reads until the terminal event, or until it leaves; resolves then, and never rejects. Everything that is wrong goes into the ledger. */
export async function readRun(world: World, run: LiveRun, behaviour: Behaviour, hooks: ReaderHooks = {}): Promise<void> {
  const state: State = { position: 0, lastId: undefined, complete: false, problem: undefined, attempts: 0 }
  const leaving = new AbortController()
  const leaves = behaviour.leaveAfterMs > 0 ? setTimeout(() => leaving.abort(), behaviour.leaveAfterMs) : undefined
  const gone = AbortSignal.any([leaving.signal, world.stop])
  let cutsLeft = behaviour.cuts
  let stallMs = behaviour.stallMs
  try {
    while (!state.complete && state.problem === undefined && !gone.aborted) {
      const fromMicros = nowMicros()
      const resuming = state.lastId !== undefined
      const { how, status } = await connectOnce(world, run, state, hooks, gone, { cut: cutsLeft > 0, stallMs })
      state.attempts++
      if (state.complete || state.problem !== undefined || gone.aborted) {
        if (resuming && status === 200) world.ledger.right('resume')
        break
      }
      if (how === 'cut') {
        cutsLeft--
        world.count('cuts in mid-frame')
      }
      stallMs = 0
      const excused = how === 'cut' || world.server.wasAwayBetween(fromMicros, nowMicros())
      if (!excused) state.problem = status === 200 ? 'the connection broke by itself' : `refused with ${status ?? 'no answer'}`
      else if (resuming && status === 200) world.ledger.right('resume')
      await wait(between(world, RETRY_MIN_MS, RETRY_MAX_MS), undefined, { signal: gone }).catch(() => {})
    }
  } finally {
    clearTimeout(leaves)
  }
  if (state.problem !== undefined) world.ledger.wrong('read', state.problem, `${run.id} (${run.plan.model}) at ${state.lastId}`)
  else if (state.complete) {
    world.ledger.right('read')
    hooks.onComplete?.()
  } else if (leaving.signal.aborted) {
    world.ledger.right('read')
    world.count('readers that left')
  } else world.ledger.wrong('read', 'it still waited when the soak ended', `${run.id} at ${state.lastId}`)
}

interface State {
  /** Characters of the run's text that it has. */
  position: number
  lastId: string | undefined
  complete: boolean
  problem: string | undefined
  attempts: number
}

interface Once {
  readonly how: ConnectionEnd
  readonly status: number | undefined
}

function connectOnce(
  world: World,
  run: LiveRun,
  state: State,
  hooks: ReaderHooks,
  gone: AbortSignal,
  plan: { readonly cut: boolean; readonly stallMs: number },
): Promise<Once> {
  const { promise, resolve } = Promise.withResolvers<Once>()
  let status: number | undefined
  /** From here on tokens that are written reach a reader that waits for them. */
  let liveMicros = Number.POSITIVE_INFINITY
  let stalled = false
  let ended = false
  const timers: NodeJS.Timeout[] = []
  const fail = (problem: string): void => {
    state.problem ??= problem
    connection.cut()
  }
  const onFrame = (id: string, event: string, data: string, arrived: number): void => {
    if (id !== '') {
      if (state.lastId !== undefined && id <= state.lastId) {
        fail('an id went back')
        return
      }
      state.lastId = id
    }
    if (event === 'status') hooks.onStatus?.(arrived)
    if (event === 'complete') {
      state.complete = true
      return
    }
    if (event !== 'message') return
    const raw = contentOf(data)
    const isProvider = run.plan.kind === 'provider'
    const text = isProvider ? raw : plainText(raw)
    if (!agrees(run, state.position, text)) {
      fail('its text is not the one that was sent')
      return
    }
    if (isProvider && !stalled) noteLatencies(world, raw, state.position, liveMicros, arrived)
    state.position += text.length
  }
  const connection: Connection = openConnection(world.server.port, `/v1/runs/${run.id}/events?reader=soak`, state.lastId, {
    onHead(code) {
      status = code
      liveMicros = nowMicros()
      if (code === 204) state.problem ??= 'a reader without the terminal event was told that it has everything'
    },
    onFrame,
    onEnd(how) {
      ended = true
      gone.removeEventListener('abort', leave)
      for (const timer of timers) clearTimeout(timer)
      resolve({ how, status })
    },
  })
  const leave = (): void => connection.cut()
  gone.addEventListener('abort', leave, { once: true })
  if (plan.cut) connection.cutInFrame(between(world, CUT_MIN_BYTES, CUT_MAX_BYTES))
  if (plan.stallMs > 0) {
    const stall = (): void => {
      if (ended) return
      stalled = true
      connection.pause()
      world.count('stalls')
      timers.push(
        setTimeout(() => {
          // What waited for us meanwhile is not late; what is written from now on is expected in time.
          liveMicros = nowMicros()
          stalled = false
          if (!ended) connection.resume()
        }, plan.stallMs),
      )
    }
    timers.push(setTimeout(stall, between(world, 500, 3_000)))
  }
  timers.push(
    setInterval(() => {
      const now = nowMicros()
      if (stalled) return
      const since = Math.max(connection.lastByteMicros, liveMicros === Number.POSITIVE_INFINITY ? 0 : liveMicros)
      if (now - since > MAX_SILENCE_MS * 1e3)
        fail(status === undefined ? 'no answer to a request for events' : 'no byte, not even a heartbeat')
      const { ending } = run
      if (ending !== undefined && now - Math.max(ending.atMicros, since) > MAX_BEHIND_MS * 1e3)
        fail('the run has ended and its end does not come')
    }, LOOK_MS),
  )
  return promise
}

/** Tokens of the provider that were written while the reader was live. */
function noteLatencies(world: World, raw: string, position: number, liveMicros: number, arrived: number): void {
  // A frame may begin within a token: pieces of text come as the provider's socket gave them.
  const first = (TOKEN_CHARS - (position % TOKEN_CHARS)) % TOKEN_CHARS
  for (let at = first; at + TOKEN_CHARS <= raw.length; at += TOKEN_CHARS) {
    const stamp = Number(raw.slice(at + STAMP_AT, at + STAMP_AT + STAMP_DIGITS))
    if (stamp < liveMicros) continue
    const ms = (arrived - stamp) / 1e3
    if (world.server.wasAway(stamp)) world.latencies.tokensAroundRestarts.add(ms)
    else world.latencies.tokens.add(ms)
  }
}
