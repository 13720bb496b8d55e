/**
 * The contract as the plainest program: no index, no cache, no batching, written apart from every store. Random calls must get
 * from a store what they get from this.
 */
import { formatOffset, type Offset, parseOffset, START } from '../../core/offset.ts'
import type { AppendOptions, AppendResult, CreateOptions } from '../../ports/store.ts'

interface ModelRecord {
  readonly term: number
  readonly text: string
}

interface ModelStream {
  readonly contentType: string
  readonly records: ModelRecord[]
  readonly source: string | undefined
  readonly inherited: number
  term: number
  closed: boolean
  deleted: boolean
  streamSeq: string
  readonly producers: Map<string, { epoch: number; seq: number }>
}

/** What a call came to: its value, or the code that it failed with. */
export type Outcome = { readonly value: unknown } | { readonly code: string }

export interface Model {
  create(id: string, options: CreateOptions, texts: readonly string[]): Outcome
  fence(id: string): Outcome
  append(id: string, texts: readonly string[], options: AppendOptions): Outcome
  readAll(id: string, after: Offset): Outcome
  delete(id: string): Outcome
}

export function createModel(): Model {
  const streams = new Map<string, ModelStream>()

  const offset = (stream: ModelStream, seq: number): Offset => (seq === 0 ? START : formatOffset(stream.records[seq - 1]?.term ?? -1, seq))
  const head = (stream: ModelStream): Offset => offset(stream, stream.records.length)
  const hasForks = (id: string): boolean => [...streams.values()].some((stream) => stream.source === id)
  const has = (stream: ModelStream, at: Offset): boolean =>
    parseOffset(at).seq <= stream.records.length && offset(stream, parseOffset(at).seq) === at
  const dead = (id: string): Outcome | undefined => {
    const stream = streams.get(id)
    return stream === undefined ? { code: 'not-found' } : stream.deleted ? { code: 'gone' } : undefined
  }
  const forget = (id: string): void => {
    const source = streams.get(id)?.source
    streams.delete(id)
    if (source !== undefined && streams.get(source)?.deleted && !hasForks(source)) forget(source)
  }

  const result = (stream: ModelStream, texts: readonly string[], options: AppendOptions): AppendResult => {
    const { owner, producer } = options
    const count = texts.length
    const known = producer && stream.producers.get(producer.id)
    const next = stream.records.length + 1
    if (producer && known && known.epoch === producer.epoch && producer.seq <= known.seq) {
      return { result: 'duplicate', head: head(stream), closed: stream.closed, seq: known.seq }
    }
    if (stream.closed && count === 0 && !producer) return { result: 'duplicate', head: head(stream), closed: true }
    if (stream.closed) return { result: 'closed', head: head(stream) }
    if (owner) {
      if (owner.term !== stream.term) return { result: 'fenced', by: 'term', current: stream.term }
      const there = stream.records.slice(owner.seq - 1, owner.seq - 1 + count)
      const repeated = count > 0 && there.length === count && there.every((record) => record.term === owner.term)
      if (owner.seq !== next && repeated) return { result: 'duplicate', head: head(stream), closed: false }
      if (owner.seq !== next) return { result: 'gap', expected: next, received: owner.seq }
    }
    if (producer) {
      if (known && producer.epoch < known.epoch) return { result: 'fenced', by: 'epoch', current: known.epoch }
      const fresh = known === undefined || producer.epoch > known.epoch
      const expected = fresh ? 0 : known.seq + 1
      if (producer.seq !== expected) {
        return known && fresh
          ? { result: 'mismatch', what: 'epoch-start', expected: '0' }
          : { result: 'gap', expected, received: producer.seq }
      }
    }
    if (options.streamSeq !== undefined && options.streamSeq <= stream.streamSeq) {
      return { result: 'mismatch', what: 'stream-seq', expected: `greater than ${stream.streamSeq}` }
    }
    for (const text of texts) stream.records.push({ term: stream.term, text })
    if (producer) stream.producers.set(producer.id, { epoch: producer.epoch, seq: producer.seq })
    if (options.streamSeq !== undefined) stream.streamSeq = options.streamSeq
    if (options.close) stream.closed = true
    return { result: 'appended', head: head(stream), closed: stream.closed }
  }

  return {
    create(id, options, texts) {
      const present = streams.get(id)
      if (present?.deleted) return { code: 'conflict' }
      if (present) return { value: { created: false, head: head(present), term: present.term, closed: present.closed } }
      const { from } = options
      const source = from && streams.get(from.id)
      const refused = from && dead(from.id)
      if (refused) return refused
      if (from && source && !has(source, from.after)) return { code: 'invalid-request' }
      const inherited = from ? parseOffset(from.after).seq : 0
      const stream: ModelStream = {
        contentType: options.contentType,
        records: source ? source.records.slice(0, inherited) : [],
        source: from?.id,
        inherited,
        term: inherited === 0 ? 0 : (source?.records[inherited - 1]?.term ?? 0),
        closed: options.closed ?? false,
        deleted: false,
        streamSeq: '',
        producers: new Map(),
      }
      for (const text of texts) stream.records.push({ term: stream.term, text })
      streams.set(id, stream)
      return { value: { created: true, head: head(stream), term: stream.term, closed: stream.closed } }
    },
    fence(id) {
      const stream = streams.get(id)
      const refused = dead(id)
      if (refused || !stream) return refused ?? { code: 'not-found' }
      stream.term++
      return { value: { term: stream.term, head: head(stream), closed: stream.closed } }
    },
    append(id, texts, options) {
      const stream = streams.get(id)
      const refused = dead(id)
      if (refused || !stream) return refused ?? { code: 'not-found' }
      return { value: result(stream, texts, options) }
    },
    readAll(id, after) {
      const stream = streams.get(id)
      const refused = dead(id)
      if (refused || !stream) return refused ?? { code: 'not-found' }
      if (!has(stream, after)) return { code: 'gone' }
      const from = parseOffset(after).seq
      return { value: stream.records.slice(from).map((record, index) => [offset(stream, from + index + 1), record.text]) }
    },
    delete(id) {
      const stream = streams.get(id)
      if (stream === undefined) return { value: false }
      if (stream.deleted) return { code: 'gone' }
      if (hasForks(id)) stream.deleted = true
      else forget(id)
      return { value: true }
    },
  }
}
