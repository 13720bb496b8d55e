/**
 * The hub: the in-process tail of each hot stream. It encodes what is new once per wire format, pushes the same bytes to
 * every reader of that format, and serves everyone who is behind (late joiners, slow sockets) from the log by their
 * cursor. Push, not an async iterator per reader: the iterator costs ten times the write.
 */
import type { Offset } from '../core/offset.ts'
import type { StoredRecord } from '../ports/store.ts'

/** How records become bytes on one kind of wire. Pure: the same records give the same bytes, so that all readers share them. */
export interface WireFormat {
  /** Key under which encoded bytes are shared: equal names must mean equal bytes. */
  readonly name: string
  /** Frames of records that are new. May be empty when none of them shows in this format. */
  live(records: readonly StoredRecord[]): Uint8Array
  /** Frames of records of the past; may merge what a late joiner need not see apart. */
  past(records: readonly StoredRecord[]): Uint8Array
  /** What keeps the connection alive and means nothing. */
  readonly heartbeat: Uint8Array
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
