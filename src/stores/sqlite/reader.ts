/** Reads records of a stream from wherever they are: the blocks and the journal, its own and those it was forked from. */
import type { StoredRecord } from '../../ports/store.ts'
import { createOffsets } from '../shared/positions.ts'
import type { Blocks } from './blocks.ts'
import type { Stream } from './catalog.ts'
import { firstRowWith, type Journal, type Tail } from './journal.ts'
import { corrupt, type Pack, unpack } from './pack.ts'

export interface Bounds {
  readonly maxRecords: number
  readonly maxBytes: number
}

export interface Reader {
  /**
   * Records after `seq`, at least one where there is one. They end where a block ends rather than inside the next one, which would be fetched and
   * checked again for its other half.
   * @throws {SluiceError} `storage-corrupt`.
   */
  read(stream: Stream, seq: number, bounds: Bounds): StoredRecord[]
}

interface Found {
  readonly pack: Pack
  /** Seq of its first and last record. */
  readonly first: number
  readonly last: number
  readonly inBlock: boolean
}

export function createReader(journal: Journal, blocks: Blocks): Reader {
  /** The pack that holds record `seq` of this key. */
  const packWith = (key: number, seq: number, id: string, dataOf: RowReader): Found => {
    const where = (): string => `Record ${seq} of stream ${id}`
    const tail = journal.tail(key)
    // Blocks hold what is older than the journal, so a row that begins late enough settles it; else the blocks are asked.
    const row = tail ? firstRowWith(tail.lasts, seq) : 0
    const last = tail?.lasts[row]
    if (tail !== undefined && last !== undefined && (row > 0 || blocks.newestSeq(key) < seq)) {
      const data = dataOf(tail, row)
      if (data === undefined) throw corrupt(where(), 'is missing')
      return { ...checked(key, last, data, seq, where), inBlock: false }
    }
    const block = blocks.find(key, seq)
    if (block === undefined) throw corrupt(where(), 'is missing')
    return { ...checked(key, block.last, block.data, seq, where), inBlock: true }
  }

  return {
    read(stream, seq, { maxRecords, maxBytes }) {
      const records: StoredRecord[] = []
      const offsetOf = createOffsets(stream.spans)
      const dataOf = createRowReader(journal, maxBytes)
      let bytes = 0
      let next = seq + 1
      for (const segment of stream.segments) {
        const end = Math.min(segment.lastSeq, stream.headSeq)
        while (next <= end) {
          const { pack, first, last, inBlock } = packWith(segment.key, next, stream.id, dataOf)
          const before = bytes
          for (const stop = Math.min(last, end); next <= stop; next++) {
            const data = pack.record(next - first)
            if (records.length >= maxRecords || (records.length > 0 && bytes + data.byteLength > maxBytes)) return records
            bytes += data.byteLength
            records.push({ offset: offsetOf(next), data })
          }
          // The next block is probably as large.
          const fits = records.length + pack.count <= maxRecords && bytes + (bytes - before) <= maxBytes
          if (inBlock && !fits) return records
        }
      }
      return records
    },
  }
}

function checked(key: number, last: number, data: Uint8Array, seq: number, where: () => string): Omit<Found, 'inBlock'> {
  const pack = unpack(key, last, data, where)
  const first = last - pack.count + 1
  if (seq < first) throw corrupt(where(), 'is missing')
  return { pack, first, last }
}

/** What a row of a stream's part of the journal holds. */
type RowReader = (tail: Tail, row: number) => Uint8Array | undefined

/** Rows that one statement fetches at most. */
const MAX_ROWS = 128

/** Reads rows one after the other, and fetches as many at once as will probably fit into `maxBytes`, judged by those before. */
function createRowReader(journal: Journal, maxBytes: number): RowReader {
  let known: { readonly tail: Tail; readonly first: number; readonly data: readonly Uint8Array[] } | undefined
  let rows = 0
  let bytes = 0
  return (tail, row) => {
    const data = known?.tail === tail ? known.data[row - known.first] : undefined
    if (data !== undefined) return data
    const likely = rows === 0 ? 1 : Math.floor(((maxBytes - bytes) * rows) / Math.max(bytes, 1))
    const fetched = journal.read(tail.ids.slice(row, row + Math.min(Math.max(likely, 1), MAX_ROWS)))
    known = { tail, first: row, data: fetched }
    rows += fetched.length
    for (const one of fetched) bytes += one.byteLength
    return fetched[0]
  }
}
