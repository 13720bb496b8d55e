/**
 * The hub: the in-process tail of each hot stream. It encodes what is new once per wire format, pushes the same bytes to
 * every reader of that format, and serves everyone who is behind (late joiners, slow sockets) from the log by their
 * cursor. Push, not an async iterator per reader: the iterator costs ten times the write.
 */

import type { Clock } from '../core/clock.ts'
import { toSluiceError } from '../core/errors.ts'
import { type Offset, START } from '../core/offset.ts'
import type { Observer } from '../ports/observer.ts'
import type { Store, StoredRecord } from '../ports/store.ts'
import { createPages } from './pages.ts'
import { createTail, type Follower, type Tail } from './tail.ts'

/** How records become bytes on one kind of wire. Pure: the same records give the same bytes, so that all readers share them. */
export interface WireFormat {
  /** Key under which encoded bytes are shared: equal names must mean equal bytes. */
  readonly name: string
  /** Frames of records that are new. May be empty when none of them shows in this format. `ended`: nothing will follow them. */
  live(records: readonly StoredRecord[], ended?: boolean): Uint8Array
  /** Frames of records of the past; may merge what a late joiner need not see apart. */
  past(records: readonly StoredRecord[], end?: PageEnd): Uint8Array
  /** What keeps the connection alive and means nothing. */
  readonly heartbeat: Uint8Array
  /** Frames for a reader that has everything up to `at`, where none of the records that it was sent could say so. */
  readonly mark?: (at: Offset, ended: boolean) => Uint8Array
}

/** What follows a stretch of the log. */
export interface PageEnd {
  /** Nothing as yet. */
  readonly atTail: boolean
  /** And nothing ever will. */
  readonly ended: boolean
}

/** Where the bytes of one reader go. Bytes are shared: a sink must not change them. */
export interface ByteSink {
  /** Takes all of `bytes`. False when the consumer is behind: nothing more is written until `Reader.drained` is called. */
  write(bytes: Uint8Array): boolean
  /**
   * Nothing more will come. `complete`: the stream is over and all of it was written. `reconnect`: the reader should come back with
   * its last offset, because this server goes down or lost the position.
   */
  end(why: 'complete' | 'reconnect'): void
}

/** One consumer of a stream, as its connection sees it. */
export interface Reader {
  /** Offset after the last record whose frames were written. */
  readonly cursor: Offset
  /** The sink can take more. */
  drained(): void
  /** The consumer went away. May be called again. */
  leave(): void
}

/** Who reads (SPEC ST8). */
export interface ReaderInfo {
  readonly kind: string
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface JoinOptions {
  /** Position that the reader has; it must exist in the stream (see `Store.read`), which the caller has checked. */
  readonly after: Offset
  /** What kind of reader, for people: `sse`, `page`, `cli`. */
  readonly kind: string
  readonly format: WireFormat
  readonly sink: ByteSink
}

export interface Hub {
  /** Starts a reader: the past from the log, then live, without gap or double at the seam. */
  join(streamId: string, options: JoinOptions): Reader
  /** The present readers of a stream. */
  readers(streamId: string): readonly ReaderInfo[]
  /** Ends every reader with `reconnect` and refuses new ones the same way. */
  drain(): void
  /** Drains, and lets go of all timers and watches. */
  close(): void
}

export interface HubOptions {
  readonly store: Pick<Store, 'read' | 'head' | 'watch'>
  readonly clock: Clock
  readonly observer: Observer
  /** How often an idle connection is kept alive, in milliseconds. Default 15,000 (SPEC GN8): under the 30-60 s after which proxies give up. */
  readonly heartbeatMs?: number
  /** Gives everybody else a turn of the event loop. Default: a timer of 0 ms. */
  readonly turn?: () => Promise<void>
  /** How long a reader may take nothing before it is sent away, in milliseconds. Default 300,000. */
  readonly maxBlockedMs?: number
}

const HEARTBEAT_MS = 15_000
const MAX_BLOCKED_MS = 300_000
/** Heartbeats are spread over so many turns of one timer, so that ten thousand readers are not all written to at once. */
const HEARTBEAT_SLOTS = 15

interface Hot {
  readonly tail: Tail
  readonly unwatch: () => void
  /** Whether the log is being asked for news that no hint told of. */
  healing: boolean
}

interface Joined {
  readonly streamId: string
  readonly info: ReaderInfo
  readonly joinedAt: number
  readonly follower: Follower
  readonly slot: number
  blockedSince: number | undefined
}

export function createHub(options: HubOptions): Hub {
  const { store, clock, observer } = options
  const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS
  const maxBlockedMs = options.maxBlockedMs ?? MAX_BLOCKED_MS
  const hot = new Map<string, Hot>()
  const joined = new Map<Follower, Joined>()
  const slots: Set<Joined>[] = Array.from({ length: HEARTBEAT_SLOTS }, () => new Set())
  let slot = 0
  /** Readers take turns, so that those who come back together after a restart are not all written to at once. */
  let nextSlot = 0
  let draining = false

  const heat = (streamId: string): Hot => {
    const known = hot.get(streamId)
    if (known) return known
    const load = createPages(store, streamId)
    const tail = createTail({
      load,
      turn: options.turn ?? (() => new Promise((resolve) => void clock.setTimer(0, resolve, true))),
      onEnd: (follower, why) => {
        follower.sink.end(why)
        leave(follower)
      },
      onBlocked: (follower) => {
        const reader = joined.get(follower)
        if (!reader) return
        reader.blockedSince = clock.monotonic()
        observer({ type: 'reader-lagging', streamId })
      },
      onError: (thrown) => {
        const error = toSluiceError(thrown, `Reading stream ${streamId} failed`)
        if (error.code === 'gone') observer({ type: 'gap', streamId })
        else observer({ type: 'trouble', what: `Readers of stream ${streamId} are told to come back`, error })
      },
    })
    const made: Hot = { tail, unwatch: store.watch(streamId, (hint) => tail.hint(hint)), healing: false }
    hot.set(streamId, made)
    return made
  }

  const leave = (follower: Follower): void => {
    const reader = joined.get(follower)
    if (!reader) return
    joined.delete(follower)
    slots[reader.slot]?.delete(reader)
    observer({ type: 'reader-left', streamId: reader.streamId, kind: reader.info.kind, durationMs: clock.monotonic() - reader.joinedAt })
    const stream = hot.get(reader.streamId)
    if (!stream) return
    stream.tail.remove(follower)
    if (stream.tail.followers.size > 0) return
    stream.unwatch()
    hot.delete(reader.streamId)
  }

  const sendAway = (follower: Follower): void => {
    follower.sink.end('reconnect')
    leave(follower)
  }

  const beat = (reader: Joined): void => {
    const { follower } = reader
    if (follower.state === 'blocked') {
      if (reader.blockedSince !== undefined && clock.monotonic() - reader.blockedSince >= maxBlockedMs) sendAway(follower)
    } else if (follower.state === 'live' && !follower.sink.write(follower.format.heartbeat)) {
      follower.state = 'blocked'
      reader.blockedSince = clock.monotonic()
    }
  }

  /** Asks the log for what a lost hint did not tell; a reader is at most one heartbeat behind. */
  const heal = async (streamId: string, stream: Hot): Promise<void> => {
    if (stream.healing) return
    stream.healing = true
    try {
      const now = await store.head(streamId)
      stream.tail.hint({
        records: [],
        previous: now?.head ?? START,
        head: now?.head ?? START,
        closed: now?.closed ?? false,
        deleted: now === undefined,
      })
    } catch (thrown) {
      observer({ type: 'trouble', what: `Stream ${streamId} could not be checked for news`, error: toSluiceError(thrown) })
    } finally {
      stream.healing = false
    }
  }

  let disarm: () => void = () => {}
  const arm = (): void => {
    disarm = clock.setTimer(heartbeatMs / HEARTBEAT_SLOTS, () => {
      slot = (slot + 1) % HEARTBEAT_SLOTS
      for (const reader of [...(slots[slot] ?? [])]) {
        beat(reader)
        const stream = hot.get(reader.streamId)
        if (stream) heal(reader.streamId, stream)
      }
      arm()
    })
  }
  arm()

  const drain = (): void => {
    draining = true
    for (const follower of [...joined.keys()]) sendAway(follower)
  }

  const handles: Handles = {
    drained(follower, streamId) {
      const reader = joined.get(follower)
      if (reader) reader.blockedSince = undefined
      hot.get(streamId)?.tail.drained(follower)
    },
    leave,
  }

  return {
    join(streamId, { after, kind, format, sink }) {
      const follower: Follower = { format, sink, cursor: after, state: 'behind', pumping: false, knows: 'nothing' }
      const handle = new Handle(follower, streamId, handles)
      if (draining) {
        sink.end('reconnect')
        return handle
      }
      const reader: Joined = {
        streamId,
        info: { kind, since: clock.now() },
        joinedAt: clock.monotonic(),
        follower,
        slot: nextSlot,
        blockedSince: undefined,
      }
      joined.set(follower, reader)
      slots[nextSlot]?.add(reader)
      nextSlot = (nextSlot + 1) % HEARTBEAT_SLOTS
      observer({ type: 'reader-joined', streamId, kind })
      heat(streamId).tail.add(follower)
      return handle
    },
    readers(streamId) {
      const followers = hot.get(streamId)?.tail.followers ?? []
      return [...followers].flatMap((follower) => joined.get(follower)?.info ?? [])
    },
    drain,
    close() {
      drain()
      disarm()
    },
  }
}

/** What readers ask of their hub. */
interface Handles {
  drained(follower: Follower, streamId: string): void
  leave(follower: Follower): void
}

/** A class, because ten thousand idle readers should not be ten thousand sets of closures. */
class Handle implements Reader {
  readonly #follower: Follower
  readonly #streamId: string
  readonly #hub: Handles

  constructor(follower: Follower, streamId: string, hub: Handles) {
    this.#follower = follower
    this.#streamId = streamId
    this.#hub = hub
  }

  get cursor(): Offset {
    return this.#follower.cursor
  }

  drained(): void {
    this.#hub.drained(this.#follower, this.#streamId)
  }

  leave(): void {
    this.#hub.leave(this.#follower)
  }
}
