/** A log whose commits, reads and hints happen when a test says so, to try every timing at the seam of past and live. */
import type { SluiceError } from '../../core/errors.ts'
import { formatOffset, type Offset, START } from '../../core/offset.ts'
import type { ReadLimit, ReadResult, Store, StoredRecord, StreamHint } from '../../ports/store.ts'
import type { ByteSink, WireFormat } from '../hub.ts'

export interface ScriptedLog {
  readonly store: Pick<Store, 'read' | 'head' | 'watch'>
  /** Commits `count` records; the hint waits. */
  commit(count: number, close?: boolean): void
  /** Delivers the oldest waiting hint. */
  deliverHint(): void
  /** Loses the oldest waiting hint. */
  loseHint(): void
  /** Answers the oldest waiting read. */
  answerRead(): Promise<void>
  /** Makes the next read fail. */
  failNextRead(error: SluiceError): void
  readonly waitingReads: number
  readonly waitingHints: number
  readonly reads: number
  readonly offsets: readonly Offset[]
  readonly watchers: number
}

export function createScriptedLog(pageSize = 3): ScriptedLog {
  const records: StoredRecord[] = []
  const listeners = new Set<(hint: StreamHint) => void>()
  const hints: StreamHint[] = []
  const reads: (() => void)[] = []
  let closed = false
  let failure: SluiceError | undefined
  let readCount = 0

  const head = (): Offset => records.at(-1)?.offset ?? START

  const answer = (after: Offset, limit: ReadLimit | undefined): ReadResult => {
    const rest = records.filter((record) => record.offset > after)
    const page = rest.slice(0, Math.min(pageSize, limit?.maxRecords ?? pageSize))
    return { records: page, next: page.at(-1)?.offset ?? after, atTail: page.length === rest.length, closed }
  }

  return {
    store: {
      read: (_id, after, limit) =>
        new Promise((resolve, reject) => {
          readCount += 1
          // The snapshot is taken when the read is made, as a real store does: it is old by the time it is answered.
          const error = failure
          failure = undefined
          const result = answer(after, limit)
          reads.push(() => (error ? reject(error) : resolve(result)))
        }),
      head: async () => ({ contentType: 'application/json', term: 1, head: head(), closed }),
      watch(_id, onHint) {
        listeners.add(onHint)
        return () => listeners.delete(onHint)
      },
    },
    commit(count, close = false) {
      const previous = head()
      const added = Array.from({ length: count }, (_, index) => {
        const seq = records.length + index + 1
        return { offset: formatOffset(1, seq), data: new TextEncoder().encode(String(seq)) }
      })
      records.push(...added)
      closed ||= close
      hints.push({ records: added, previous, head: head(), closed, deleted: false })
    },
    deliverHint() {
      const hint = hints.shift()
      if (hint) for (const listener of [...listeners]) listener(hint)
    },
    loseHint() {
      hints.shift()
    },
    async answerRead() {
      reads.shift()?.()
      // A page passes through a few promises before the reader sees it.
      for (let turn = 0; turn < 8; turn++) await Promise.resolve()
    },
    failNextRead(error) {
      failure = error
    },
    get waitingReads() {
      return reads.length
    },
    get waitingHints() {
      return hints.length
    },
    get reads() {
      return readCount
    },
    get offsets() {
      return records.map((record) => record.offset)
    },
    get watchers() {
      return listeners.size
    },
  }
}

/** One line per record: its offset. */
export const offsetLines: WireFormat = {
  name: 'lines',
  live: (records) => lines(records),
  past: (records) => lines(records),
  heartbeat: new TextEncoder().encode(':\n'),
}

function lines(records: readonly StoredRecord[]): Uint8Array {
  return new TextEncoder().encode(records.map((record) => `${record.offset}\n`).join(''))
}

export interface RecordingSink extends ByteSink {
  /** What the consumer got, heartbeats left out. */
  readonly offsets: readonly string[]
  readonly heartbeats: number
  readonly chunks: readonly Uint8Array[]
  readonly ended: 'complete' | 'reconnect' | undefined
  /** Whether the next write finds the consumer behind. */
  full: boolean
}

export function createRecordingSink(): RecordingSink {
  const chunks: Uint8Array[] = []
  let ended: 'complete' | 'reconnect' | undefined
  const all = (): string[] => chunks.flatMap((chunk) => new TextDecoder().decode(chunk).split('\n').filter(Boolean))
  return {
    full: false,
    write(bytes) {
      if (ended) throw new Error('Written to after its end')
      chunks.push(bytes)
      return !this.full
    },
    end(why) {
      if (ended) throw new Error('Ended twice')
      ended = why
    },
    get chunks() {
      return chunks
    },
    get offsets() {
      return all().filter((line) => line !== ':')
    },
    get heartbeats() {
      return all().filter((line) => line === ':').length
    },
    get ended() {
      return ended
    },
  }
}
