/**
 * Adjacent deltas made one on their bytes, as `coalesce` does it on events. This is only to save time, as nearly all of a past is deltas: what is left
 * apart here `coalesce` still merges, so the outcome is the same with and without.
 */
import type { StoredRecord } from '../ports/store.ts'
import { type DeltaBytes, type DeltaHead, headOf, readDelta } from './delta-bytes.ts'

/** Deltas of one part with the same fields, under way to be one record. */
interface Run {
  readonly head: DeltaHead
  readonly first: StoredRecord
  last: StoredRecord
  lastDelta: DeltaBytes
  tokens: number
  textBytes: number
}

const encoder = new TextEncoder()

/** The records with runs of deltas made one; such a one has the offset of its last source. */
export function mergeDeltaBytes(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const result: StoredRecord[] = []
  /** The text of the run. */
  const text = new Uint8Array(records.reduce((sum, { data }) => sum + data.length, 0))
  let run: Run | undefined
  const begin = (record: StoredRecord): Run | undefined => {
    const head = headOf(record.data)
    const delta = head && readDelta(record.data, head)
    return delta && { head, first: record, last: record, lastDelta: delta, tokens: 0, textBytes: 0 }
  }
  const add = (to: Run, record: StoredRecord, delta: DeltaBytes): void => {
    // Texts are short: a loop is faster than a view and `set`.
    for (let at = to.head.bytes.length; at < delta.textEnd; at++) text[to.textBytes++] = record.data[at] ?? 0
    to.tokens += delta.tokens ?? 0
    to.last = record
    to.lastDelta = delta
  }
  for (const record of records) {
    const more = run && readDelta(record.data, run.head)
    if (run && more && sameFields(run.lastDelta, more)) {
      add(run, record, more)
      continue
    }
    if (run) result.push(recordOf(run, text))
    run = begin(record)
    if (run) add(run, record, run.lastDelta)
    else result.push(record)
  }
  if (run) result.push(recordOf(run, text))
  return result
}

function sameFields(a: DeltaBytes, b: DeltaBytes): boolean {
  return a.code === b.code && a.link === b.link && (a.tokens === undefined) === (b.tokens === undefined)
}

function recordOf({ head, first, last, lastDelta, tokens, textBytes }: Run, text: Uint8Array): StoredRecord {
  if (first === last) return first
  const middle = encoder.encode(lastDelta.tokens === undefined ? '"' : `","tokens":${tokens}`)
  const parts = [head.bytes, text.subarray(0, textBytes), middle, last.data.subarray(lastDelta.rest)]
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return { offset: last.offset, data }
}
