/**
 * The tail of one hot stream: a bounded ring of its newest batches and the readers that follow it.
 *
 * A reader is either *live* (it has everything, news is pushed to it), *behind* (a pump brings it forward, from the ring
 * where that reaches and from the log where it does not), or *blocked* (its sink is full; nothing is done until it drains). There
 * is one place where past and live meet, `pump`, and it decides by offsets alone: so nothing is lost or doubled at the seam whatever the timing.
 */
import type { Offset } from '../core/offset.ts'
import type { StoredRecord, StreamHint } from '../ports/store.ts'
import type { ByteSink, WireFormat } from './hub.ts'
import type { Page } from './pages.ts'

/** Records that became visible together, and their bytes on each wire. */
interface Batch {
  readonly previous: Offset
  readonly last: Offset
  readonly records: readonly StoredRecord[]
  readonly size: number
  /** The stream was closed with them. */
  readonly ended: boolean
  /** One entry for each wire format that was asked for; nearly always one, which is why this is not a map. */
  readonly wire: { readonly name: string; readonly bytes: Uint8Array }[]
}

/** One reader as the tail keeps it. */
export interface Follower {
  readonly format: WireFormat
  readonly sink: ByteSink
  cursor: Offset
  state: 'behind' | 'live' | 'blocked' | 'left'
  /** Whether a pump works for it. */
  pumping: boolean
  /** What the frames that it was sent say about its place: nothing, that it has all there is, or that nothing will follow. */
  knows: 'nothing' | 'tail' | 'end'
}

export interface TailOptions {
  /** Reads and encodes a stretch of the log. */
  readonly load: (after: Offset, format: WireFormat) => Promise<Page>
  /** Resolves when everybody else had a turn of the event loop. */
  readonly turn: () => Promise<void>
  /** The follower has to go: its sink was ended. */
  readonly onEnd: (follower: Follower, why: 'complete' | 'reconnect') => void
  /** A live follower could not keep up. */
  readonly onBlocked: (follower: Follower) => void
  /** Reading the log failed for this follower, which is being sent away. */
  readonly onError: (error: unknown) => void
}

export interface Tail {
  readonly followers: ReadonlySet<Follower>
  add(follower: Follower): void
  remove(follower: Follower): void
  drained(follower: Follower): void
  /** News from the store. */
  hint(hint: StreamHint): void
}

/** Bytes of records that a ring keeps; beyond it the oldest batch goes. A reader that needs older ones reads the log. */
const RING_BYTES = 32 * 1024
/** Batches that a ring keeps. */
const RING_BATCHES = 64

export function createTail(options: TailOptions): Tail {
  const followers = new Set<Follower>()
  const ring: Batch[] = []
  let ringSize = 0
  /** Newest offset that we know of; undefined until the store has said one. */
  let head: Offset | undefined
  let closed = false

  const finish = (follower: Follower, why: 'complete' | 'reconnect'): void => {
    if (follower.state === 'left') return
    follower.state = 'left'
    followers.delete(follower)
    options.onEnd(follower, why)
  }

  /** Writes `bytes`, after which the follower is at `cursor`. */
  const send = (follower: Follower, bytes: Uint8Array, cursor: Offset, knows: Follower['knows']): void => {
    follower.cursor = cursor
    follower.knows = knows
    if (bytes.byteLength === 0 || follower.sink.write(bytes)) return
    // The sink may have ended the follower from within `write`.
    if (follower.state === 'left') return
    follower.state = 'blocked'
    options.onBlocked(follower)
  }

  const encode = (batch: Batch, format: WireFormat): Uint8Array => {
    for (const known of batch.wire) if (known.name === format.name) return known.bytes
    const bytes = format.live(batch.records, batch.ended)
    batch.wire.push({ name: format.name, bytes })
    return bytes
  }

  const sendBatch = (follower: Follower, batch: Batch): void => {
    if (follower.cursor === batch.previous) {
      send(follower, encode(batch, follower.format), batch.last, knownAfter(batch))
      return
    }
    const rest = batch.records.filter((record) => record.offset > follower.cursor)
    if (rest.length > 0) send(follower, follower.format.live(rest, batch.ended), batch.last, knownAfter(batch))
  }

  /** Brings a follower forward from the ring; false when the ring holds nothing that follows its cursor. */
  const sendFromRing = (follower: Follower): boolean => {
    const first = ring[0]
    if (first === undefined || follower.cursor < first.previous) return false
    const before = follower.cursor
    for (const batch of ring) {
      if (follower.state !== 'behind') break
      if (batch.last > follower.cursor) sendBatch(follower, batch)
    }
    return follower.cursor !== before
  }

  const mark = (follower: Follower, knows: 'tail' | 'end'): void => {
    const { format, cursor } = follower
    if (format.mark && follower.knows !== knows) send(follower, format.mark(cursor, knows === 'end'), cursor, knows)
  }

  const complete = (follower: Follower): void => {
    mark(follower, 'end')
    finish(follower, 'complete')
  }

  const settle = (follower: Follower): void => {
    if (follower.state !== 'behind') return
    follower.state = 'live'
    if (closed && follower.cursor === head) complete(follower)
    else mark(follower, 'tail')
  }

  const pump = async (follower: Follower): Promise<void> => {
    if (follower.pumping) return
    follower.pumping = true
    let pages = 0
    try {
      while (follower.state === 'behind') {
        if (head !== undefined && (follower.cursor >= head || sendFromRing(follower))) {
          if (follower.cursor >= head) settle(follower)
          continue
        }
        // A page is work without a pause, and a store in this process answers without one: a long past would hold everybody up for seconds.
        if (pages++ > 0) await options.turn()
        if (follower.state !== 'behind') continue
        const page = await options.load(follower.cursor, follower.format)
        if (follower.state === 'behind') send(follower, page.bytes, page.next, knownAfterPage(page))
        learn(page)
      }
    } catch (error) {
      options.onError(error)
      finish(follower, 'reconnect')
    } finally {
      follower.pumping = false
    }
  }

  /** What reading the log taught about the newest offset. */
  const learn = (page: Page): void => {
    if (!page.atTail || (head !== undefined && page.next < head)) return
    head = page.next
    closed = page.closed
  }

  const remember = (hint: StreamHint): Batch => {
    const size = hint.records.reduce((sum, record) => sum + record.data.byteLength, 0)
    const batch: Batch = {
      previous: hint.previous,
      last: hint.records.at(-1)?.offset ?? hint.head,
      records: hint.records,
      size,
      ended: hint.closed,
      wire: [],
    }
    ring.push(batch)
    ringSize += size
    while (ring.length > RING_BATCHES || (ringSize > RING_BYTES && ring.length > 1)) ringSize -= ring.shift()?.size ?? 0
    return batch
  }

  /** Gives a live follower what is new; one that misses more than this batch is sent to the log. */
  const bring = (follower: Follower, batch: Batch | undefined, newest: Offset): void => {
    if (batch && follower.cursor === batch.previous) send(follower, encode(batch, follower.format), batch.last, knownAfter(batch))
    if (follower.state !== 'live') return
    if (follower.cursor < newest) {
      follower.state = 'behind'
      pump(follower)
    } else if (closed) complete(follower)
  }

  /**
   * The ring serves those who lag; while nobody does it stays empty. Not to save memory but time: what is kept for half a second is
   * copied by each minor collection on its way to die, and that made pauses of 10 to 20 ms for all readers.
   */
  const forgetRing = (): void => {
    ring.length = 0
    ringSize = 0
  }

  return {
    followers,
    add(follower) {
      followers.add(follower)
      pump(follower)
    },
    remove(follower) {
      follower.state = 'left'
      followers.delete(follower)
    },
    drained(follower) {
      if (follower.state !== 'blocked') return
      follower.state = 'behind'
      pump(follower)
    },
    hint(hint) {
      if (hint.deleted) {
        for (const follower of [...followers]) finish(follower, 'reconnect')
        return
      }
      const last = ring.at(-1)
      // A hole, or a hint without its records: what the ring has no longer reaches the head.
      if (hint.records.length === 0 ? head !== undefined && hint.head > head : last !== undefined && last.last !== hint.previous)
        forgetRing()
      const batch = hint.records.length > 0 ? remember(hint) : undefined
      // A read may have been ahead of its hint: what is known never goes back.
      if (head === undefined || hint.head > head) head = hint.head
      closed ||= hint.closed
      let lagging = 0
      for (const follower of followers) {
        if (follower.state === 'live') bring(follower, batch, head)
        if (follower.state === 'behind' || follower.state === 'blocked') lagging += 1
      }
      if (lagging === 0) forgetRing()
    },
  }
}

function knownAfter(batch: Batch): Follower['knows'] {
  return batch.ended ? 'end' : 'tail'
}

/** A page without records has no frames that could say anything. */
function knownAfterPage({ bytes, atTail, closed }: Page): Follower['knows'] {
  if (!atTail || bytes.byteLength === 0) return 'nothing'
  return closed ? 'end' : 'tail'
}
