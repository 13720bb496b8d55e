/** What became of watched streams since their last hint; one per store. */
import type { Offset } from '../../core/offset.ts'
import type { StoredRecord, StreamHint } from '../../ports/store.ts'
import { offsetAt } from './positions.ts'
import type { StreamState } from './stream.ts'
import type { Watchers } from './watchers.ts'

export interface News {
  /** Says that `records` were added to the stream, whose head is already behind them. */
  added(state: StreamState, records: readonly Uint8Array[]): void
  /** Says that the stream was closed. */
  closed(state: StreamState): void
  /** Says that the stream was deleted or expired. */
  deleted(state: StreamState): void
  /** Tells the watchers, once per stream, and forgets. */
  tell(): void
  /** Forgets without telling: what happened was undone. */
  drop(): void
}

interface Item {
  readonly records: StoredRecord[]
  readonly previous: Offset
  head: Offset
  closed: boolean
  deleted: boolean
}

export function createNews(watchers: Watchers): News {
  let items = new Map<string, Item>()

  const itemOf = (state: StreamState, previousSeq: number): Item | undefined => {
    const head = offsetAt(state.spans, state.headSeq)
    let item = items.get(state.id)
    if (item === undefined) {
      item = { records: [], previous: offsetAt(state.spans, previousSeq), head, closed: state.closed, deleted: false }
      items.set(state.id, item)
    }
    // A deletion stays the last word, also when the id is made again in the same turn: whoever followed the old stream has to start anew.
    if (item.deleted) return undefined
    item.head = head
    item.closed = state.closed
    return item
  }

  return {
    added(state, records) {
      if (!watchers.has(state.id)) return
      const before = state.headSeq - records.length
      const item = itemOf(state, before)
      for (const [index, data] of records.entries()) item?.records.push({ offset: offsetAt(state.spans, before + index + 1), data })
    },
    closed(state) {
      if (watchers.has(state.id)) itemOf(state, state.headSeq)
    },
    deleted(state) {
      if (!watchers.has(state.id)) return
      const item = itemOf(state, state.headSeq)
      if (item) item.deleted = true
    },
    tell() {
      if (items.size === 0) return
      const told = items
      items = new Map()
      for (const [id, item] of told) watchers.tell(id, item satisfies StreamHint)
    },
    drop() {
      items = new Map()
    },
  }
}
