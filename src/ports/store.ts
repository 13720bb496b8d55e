/**
 * The store: ordered, append-only logs of opaque records. This file is the contract; `conformance/store` is its proof.
 *
 * Words. A *stream* has an id, a content type and a sequence of *records*; a record is bytes that the store never
 * looks into. An *offset* (core/offset) is the position after a record; `START` is the position before the first.
 * The *head* is the offset after the newest record. The *term* numbers the ownership of a stream.
 *
 * Promises.
 * 1. *Durable, then visible.* When `append` resolves, the records survive a kill -9 of the process, and no reader or
 *    hint ever saw them before that.
 * 2. *One order.* Records of a stream have rising seq without holes, from 1, over all terms. Calls on one stream take
 *    effect in the order in which they were made.
 * 3. *All or nothing.* The records, the closing and the producer's state of one `append` are committed together.
 * 4. *Positions are checked.* Reading after an offset that the stream does not have (trimmed, lost, of another term) is
 *    `gone`, never a silent skip.
 * 5. *Failures speak.* A store that cannot write rejects with a `storage-*` error; nothing that was acknowledged is lost,
 *    and nothing that was rejected becomes visible later. The store keeps serving reads, and writes again when it can.
 * 6. *Hints never lie.* A hint may be lost or late; what it carries is committed.
 *
 * Bytes that a call was given belong to the store: a caller does not change them afterwards, as hints hand them on uncopied. Bytes
 * that a store hands out are shared as well, and nobody changes them. They may be views of more that was read with them (a few hundred KiB): what
 * is kept for longer than a turn or two is worth a copy.
 *
 * Time comes from the clock that the store was made with. Every method rejects with `closed` after `close`.
 */
import type { Offset } from '../core/offset.ts'

/** When a stream goes away by itself. */
export type Expiry =
  /** So long after the last read or write; a `head`, a `create` that finds it and a refused append do not count. */
  | { readonly kind: 'sliding'; readonly ttlMs: number }
  /** At a fixed time, in milliseconds since 1970. */
  | { readonly kind: 'absolute'; readonly atMs: number }

export interface CreateOptions {
  /** MIME type of the records, kept as given. */
  readonly contentType: string
  readonly expiry?: Expiry
  /** First records, in the same commit. */
  readonly records?: readonly Uint8Array[]
  /** Born closed. */
  readonly closed?: boolean
  /**
   * Makes a fork: the new stream begins with what `from.id` has up to `from.after`, under the same offsets and at the term of that
   * record. Ownership, producers, stream seq, closure and expiry are its own.
   */
  readonly from?: ForkPoint
}

export interface ForkPoint {
  readonly id: string
  /** Last offset that is inherited. */
  readonly after: Offset
  /**
   * Bytes of the source's next record that become the fork's own first record, for cuts inside a record. Default 0.
   * `create` rejects with `invalid-request` when that record has fewer.
   */
  readonly bytes?: number
}

export interface StreamHead {
  readonly contentType: string
  readonly expiry?: Expiry
  /** When it goes away as things stand, in milliseconds since 1970. */
  readonly expiresAtMs?: number
  readonly term: number
  readonly head: Offset
  readonly closed: boolean
  /** Where it was forked from. */
  readonly from?: ForkPoint
}

export interface CreateResult extends StreamHead {
  /** False when a stream of this id was there already; the rest then describes that one and nothing was changed. */
  readonly created: boolean
}

/** One record and where it ends. */
export interface StoredRecord {
  readonly offset: Offset
  readonly data: Uint8Array
}

export interface AppendOptions {
  /**
   * For the owner of a stream: the term that `fence` gave, and the seq that the first of these records must get. A
   * different term is `fenced`; records that the log already has, all of them, under this term are `duplicate`; any other seq than
   * the next is a `gap`.
   * Without it the append is made under the current term.
   */
  readonly owner?: { readonly term: number; readonly seq: number }
  /** The Durable Streams protocol's own idempotence: one seq per call, from 0 in each epoch. */
  readonly producer?: ProducerPosition
  /** Must be greater, byte by byte, than any earlier one of this stream. */
  readonly streamSeq?: string
  /** Must equal the stream's own, when given. */
  readonly contentType?: string
  /**
   * Closes the stream with this append. With no records it only closes, whatever the content type, and is then idempotent: closing
   * again is a `duplicate`, unless it comes from another producer position, which is `closed`.
   */
  readonly close?: boolean
}

export interface ProducerPosition {
  readonly id: string
  readonly epoch: number
  readonly seq: number
}

/**
 * What became of an append. Checked in this order: duplicate of the same producer position, closed, content type, owner's term
 * and seq, producer, stream seq.
 */
export type AppendResult =
  | { readonly result: 'appended'; readonly head: Offset; readonly closed: boolean }
  /** The log has it already; nothing was written. For a producer, `seq` is the highest that was accepted. */
  | { readonly result: 'duplicate'; readonly head: Offset; readonly closed: boolean; readonly seq?: number }
  /** Another owner (`term`) or another epoch of this producer (`epoch`) is in force. */
  | { readonly result: 'fenced'; readonly by: 'term' | 'epoch'; readonly current: number }
  | { readonly result: 'gap'; readonly expected: number; readonly received: number }
  /** The stream was closed before; `head` is final. */
  | { readonly result: 'closed'; readonly head: Offset }
  | { readonly result: 'mismatch'; readonly what: 'content-type' | 'stream-seq' | 'epoch-start'; readonly expected?: string }

export interface ReadLimit {
  /** Default 1,000. At least one record is returned where there is one. */
  readonly maxRecords?: number
  /** Default 1 MiB; the first record is returned however large it is. */
  readonly maxBytes?: number
}

export interface ReadResult {
  readonly records: readonly StoredRecord[]
  /** Offset after the last of `records`; the one asked for when there is none. */
  readonly next: Offset
  /** Whether `next` was the head at the time of reading. */
  readonly atTail: boolean
  /** Whether the stream is closed. Together with `atTail`: nothing will ever follow. */
  readonly closed: boolean
}

/** News of a stream. */
export interface StreamHint {
  /** Committed records, in order, where the store has them at hand; none says only that there is news. */
  readonly records: readonly StoredRecord[]
  /** Offset before the first of `records`: a listener that is not there must read. */
  readonly previous: Offset
  readonly head: Offset
  readonly closed: boolean
  /** The stream was deleted or expired. */
  readonly deleted: boolean
}

export interface SweepResult {
  /** Streams whose space was freed by this sweep, because they had expired or been deleted. */
  readonly removed: number
  /** Closed streams whose last records this sweep packed into sealed blocks. */
  readonly sealed: number
}

/** What a store can do, as data. */
export interface StoreCapabilities {
  /** Survives a restart of the process. */
  readonly durable: boolean
  /** Several processes may use it at once. */
  readonly shared: boolean
}

export interface Store {
  readonly capabilities: StoreCapabilities

  /**
   * Makes a stream, or reports the one that is there.
   * @throws {SluiceError} `not-found` or `gone` for the source of a fork; `conflict` when the id belongs to a deleted stream that forks still
   * need; `invalid-request` for a bad expiry or fork point.
   */
  create(id: string, options: CreateOptions): Promise<CreateResult>

  /** Raises the term by one and so shuts out every earlier owner. Allowed on closed streams, where it changes nothing but the term. */
  fence(id: string): Promise<{ readonly term: number; readonly head: Offset; readonly closed: boolean }>

  /**
   * Adds records. Refusals are results; only what is wrong with the stream or the store is thrown.
   * @throws {SluiceError} `not-found`, `gone` (deleted, still needed by forks), `invalid-request` (nothing to do), `storage-*`.
   */
  append(id: string, records: readonly Uint8Array[], options?: AppendOptions): Promise<AppendResult>

  /**
   * Records after an offset, oldest first.
   * @throws {SluiceError} `not-found`; `gone` for a deleted stream or a position that the stream does not have.
   */
  read(id: string, after: Offset, limit?: ReadLimit): Promise<ReadResult>

  /** What is known of a stream; `undefined` when there is none. @throws {SluiceError} `gone` when deleted and still needed by forks. */
  head(id: string): Promise<StreamHead | undefined>

  /**
   * Calls `onHint` when the stream has news, at most once per stream and turn of the event loop, after the commit. The result
   * ends it and may be called again. Watching a stream that does not exist yet is allowed. A deletion is the last word of its turn, also
   * when the id is made again at once.
   */
  watch(id: string, onHint: (hint: StreamHint) => void): () => void

  /** Deletes a stream; with live forks only its name goes, until the last of them does. False when there was none. @throws {SluiceError} `gone` when it is deleted already. */
  delete(id: string): Promise<boolean>

  /** Frees what expired or was deleted and packs what is finished, in bounded steps until done or aborted. */
  sweep(options?: { readonly signal?: AbortSignal }): Promise<SweepResult>

  /** Waits for what is under way and lets go of everything. May be called again. */
  close(): Promise<void>
}
