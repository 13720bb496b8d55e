/** The past of a stream as its readers get it: stretches of the log, read and encoded once for all who come to the same place. */
import { SluiceError } from '../core/errors.ts'
import type { Offset } from '../core/offset.ts'
import type { Store } from '../ports/store.ts'
import type { WireFormat } from './hub.ts'

/** A stretch of the log as one wire has it; shared by the readers that come to the same place. */
export interface Page {
  readonly bytes: Uint8Array
  readonly next: Offset
  readonly atTail: boolean
  readonly closed: boolean
}

/** Records and bytes of the log that one step of a catch-up reads: as much as a store keeps together, so that it unpacks nothing twice. */
export const PAGE_LIMIT = { maxRecords: 4_096, maxBytes: 256 * 1024 }
/** Encoded bytes of the past that a hot stream keeps for readers who come to the same place. */
const PAGE_CACHE_BYTES = 512 * 1024

/** Pages of a stream's past, encoded once for all readers that ask for the same place; the oldest go when the bound is reached. */
export function createPages(store: Pick<Store, 'read'>, streamId: string): (after: Offset, format: WireFormat) => Promise<Page> {
  const pages = new Map<string, Promise<Page>>()
  let size = 0

  const read = async (after: Offset, format: WireFormat): Promise<Page> => {
    const { records, next, atTail, closed } = await store.read(streamId, after, PAGE_LIMIT)
    if (records.length === 0 && !atTail)
      throw new SluiceError('server', `Reading stream ${streamId} after ${after} gave nothing before its end.`)
    return { bytes: records.length === 0 ? EMPTY : format.past(records, { atTail, ended: atTail && closed }), next, atTail, closed }
  }

  return (after, format) => {
    const key = `${format.name} ${after}`
    const known = pages.get(key)
    if (known) return known
    const page = read(after, format)
    pages.set(key, page)
    page.then(
      ({ bytes, atTail, closed }) => {
        // A page that ends at the tail of an open stream may grow: it is shared by those who ask while it is read, and no longer.
        if (atTail && !closed) {
          pages.delete(key)
          return
        }
        size += bytes.byteLength
        for (const [oldest, other] of pages) {
          if (size <= PAGE_CACHE_BYTES || oldest === key) break
          pages.delete(oldest)
          other.then(
            ({ bytes: dropped }) => {
              size -= dropped.byteLength
            },
            () => {},
          )
        }
      },
      () => pages.delete(key),
    )
    return page
  }
}

const EMPTY = new Uint8Array(0)
