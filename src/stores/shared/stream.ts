/** What a store knows of one stream, apart from its records; shared by the stores of this process. */
import { SluiceError } from '../../core/errors.ts'
import type { Expiry, ForkPoint, StreamHead } from '../../ports/store.ts'
import { offsetAt, type TermSpan } from './positions.ts'

/** Kept and changed by its store alone. */
export interface StreamState {
  readonly id: string
  readonly contentType: string
  readonly expiry: Expiry | undefined
  readonly from: ForkPoint | undefined
  /** Seq of the last inherited record; 0 for a stream that is no fork. */
  readonly baseSeq: number
  /** Last read or write, in milliseconds since 1970; counts for sliding expiry. */
  accessedMs: number
  term: number
  /** Seq of the newest record; 0 when there is none. */
  headSeq: number
  /** Which terms the records were written under. */
  readonly spans: TermSpan[]
  closed: boolean
  /** Only the name is gone: forks still read from it. */
  deleted: boolean
  /** Forks that read from it. */
  forks: number
  streamSeq: string | undefined
  /** Made with the first producer, as most streams have none. */
  producers: Map<string, ProducerState> | undefined
}

export interface ProducerState {
  readonly epoch: number
  readonly seq: number
}

/** When the stream goes away as things stand, in milliseconds since 1970; `undefined` for never. */
export function expiresAt(state: StreamState): number | undefined {
  if (state.expiry === undefined) return undefined
  return state.expiry.kind === 'absolute' ? state.expiry.atMs : state.accessedMs + state.expiry.ttlMs
}

export function isExpired(state: StreamState, nowMs: number): boolean {
  const at = expiresAt(state)
  return at !== undefined && nowMs >= at
}

/** The state as the port tells it. */
export function streamHead(state: StreamState): StreamHead {
  const expiresAtMs = expiresAt(state)
  return {
    contentType: state.contentType,
    ...(state.expiry === undefined ? {} : { expiry: state.expiry }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    term: state.term,
    head: offsetAt(state.spans, state.headSeq),
    closed: state.closed,
    ...(state.from === undefined ? {} : { from: state.from }),
  }
}

export function notFound(id: string): SluiceError {
  return new SluiceError('not-found', `There is no stream ${id}: it was never made, was deleted, or expired. Create it first.`)
}

export function deletedStream(id: string): SluiceError {
  return new SluiceError('gone', `Stream ${id} was deleted and is kept only for its forks. Use a fork, or another id.`)
}

export function takenName(id: string): SluiceError {
  return new SluiceError(
    'conflict',
    `The id ${id} belongs to a deleted stream that forks still need. Use another id, or delete its forks first.`,
  )
}

export function closedStore(): SluiceError {
  return new SluiceError('closed', 'This store was closed. Open it again to use it.')
}
