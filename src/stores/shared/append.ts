/** The rules of `append`, as decisions on the state of one stream; the store writes what they allow. */
import type { AppendOptions, AppendResult } from '../../ports/store.ts'
import { offsetAt, termAt, termSpan } from './positions.ts'
import type { ProducerState, StreamState } from './stream.ts'

const NO_OPTIONS: AppendOptions = {}

/**
 * Why an append of `count` records is not made, in the port's order of checks; `undefined` when it may be: then write the
 * records and call `accept`.
 */
export function refuse(state: StreamState, count: number, options: AppendOptions = NO_OPTIONS): AppendResult | undefined {
  const producer = options.producer && state.producers?.get(options.producer.id)
  if (options.producer && producer && options.producer.epoch === producer.epoch && options.producer.seq <= producer.seq) {
    return { result: 'duplicate', head: headOf(state), closed: state.closed, seq: producer.seq }
  }
  if (state.closed) {
    const onlyCloses = count === 0 && options.producer === undefined
    return onlyCloses ? { result: 'duplicate', head: headOf(state), closed: true } : { result: 'closed', head: headOf(state) }
  }
  // An append that only closes carries no bytes whose type could be wrong.
  if (count > 0 && options.contentType !== undefined && options.contentType !== state.contentType) {
    return { result: 'mismatch', what: 'content-type', expected: state.contentType }
  }
  return (
    (options.owner && refuseOwner(state, count, options.owner)) ??
    (options.producer && refuseProducer(producer, options.producer)) ??
    (options.streamSeq === undefined ? undefined : refuseStreamSeq(state, options.streamSeq))
  )
}

function refuseOwner(state: StreamState, count: number, owner: { readonly term: number; readonly seq: number }): AppendResult | undefined {
  if (owner.term !== state.term) return { result: 'fenced', by: 'term', current: state.term }
  const expected = state.headSeq + 1
  if (owner.seq === expected) return undefined
  const repeated = count > 0 && owner.seq + count <= expected && termAt(state.spans, owner.seq) === owner.term
  return repeated ? { result: 'duplicate', head: headOf(state), closed: false } : { result: 'gap', expected, received: owner.seq }
}

function refuseProducer(known: ProducerState | undefined, given: ProducerState): AppendResult | undefined {
  if (known && given.epoch < known.epoch) return { result: 'fenced', by: 'epoch', current: known.epoch }
  if (known && given.epoch > known.epoch) {
    return given.seq === 0 ? undefined : { result: 'mismatch', what: 'epoch-start', expected: '0' }
  }
  const expected = known ? known.seq + 1 : 0
  return given.seq === expected ? undefined : { result: 'gap', expected, received: given.seq }
}

function refuseStreamSeq(state: StreamState, given: string): AppendResult | undefined {
  if (state.streamSeq === undefined || compareBytes(given, state.streamSeq) > 0) return undefined
  return { result: 'mismatch', what: 'stream-seq', expected: `greater than ${state.streamSeq}` }
}

/** By UTF-8 bytes: the order of UTF-16 units, which `<` has, differs beyond the basic plane. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Moves the state on by an append that `refuse` let pass. Whether anything but the head changed is told, as most appends change no more. */
export function accept(state: StreamState, count: number, options: AppendOptions = NO_OPTIONS): boolean {
  let changed = false
  if (count > 0) {
    if (state.spans.at(-1)?.term !== state.term) {
      state.spans.push(termSpan(state.term, state.headSeq + 1))
      changed = true
    }
    state.headSeq += count
  }
  if (options.producer) {
    state.producers ??= new Map()
    state.producers.set(options.producer.id, { epoch: options.producer.epoch, seq: options.producer.seq })
  }
  if (options.streamSeq !== undefined) {
    state.streamSeq = options.streamSeq
    changed = true
  }
  if (options.close) {
    state.closed = true
    changed = true
  }
  return changed
}

/** What an accepted append answers. */
export function appended(state: StreamState): AppendResult {
  return { result: 'appended', head: headOf(state), closed: state.closed }
}

function headOf(state: StreamState): string {
  return offsetAt(state.spans, state.headSeq)
}
