/**
 * Events: the typed content of the records of a run's stream.
 *
 * A stream of a run is `run-start`, any number of events, and exactly one `run-end`, last. Readers keep and skip types
 * that they do not know. Each stored event carries `at`, the time of writing in milliseconds since 1970.
 */
import { shortLivedUtf8 } from './bytes.ts'
import { type PublicError, SluiceError } from './errors.ts'

/** How a run ended (SPEC ST1). */
export type Outcome = 'completed' | 'cancelled' | 'failed' | 'interrupted'

export const OUTCOMES = ['completed', 'cancelled', 'failed', 'interrupted'] as const satisfies readonly Outcome[]

/**
 * Why the model stopped, in one vocabulary for all providers. `pause`: the provider broke a long turn off and goes on when it is asked again;
 * `other` keeps what we have no word for.
 */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'pause' | 'other'

export const FINISH_REASONS = [
  'stop',
  'length',
  'content-filter',
  'tool-calls',
  'pause',
  'other',
] as const satisfies readonly FinishReason[]

/** Tokens of a run. A number that is not known is absent, never 0 (SPEC GN10). */
export interface Usage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly reasoningTokens?: number
  readonly cachedInputTokens?: number
  /** `reported` by the provider, `estimated` by us, `unknown` when neither. */
  readonly basis: 'reported' | 'estimated' | 'unknown'
}

/** What a source may say about the content of an answer; also stored, as it is. */
export type PartEvent =
  | { readonly type: 'text-start'; readonly id: string }
  | ({ readonly type: 'text-delta'; readonly id: string; readonly text: string } & TextMetadata)
  | { readonly type: 'text-end'; readonly id: string }
  | { readonly type: 'reasoning-start'; readonly id: string }
  | { readonly type: 'reasoning-delta'; readonly id: string; readonly text: string }
  | ({ readonly type: 'reasoning-end'; readonly id: string } & ReasoningSeal)
  /** Where the text of part `id`, as far as it has come, is taken from. */
  | ({ readonly type: 'citation'; readonly id: string } & Citation)
  | { readonly type: 'tool-call-start'; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-delta'; readonly id: string; readonly text: string }
  /** `input` is the whole argument text as the provider sent it, normally JSON; `name` is that of the start, which the writer adds for formats without a memory. */
  | { readonly type: 'tool-call-end'; readonly id: string; readonly input: string; readonly name?: string }
  | { readonly type: 'tool-result'; readonly id: string; readonly output?: unknown; readonly error?: string }

/** By what a provider knows its own reasoning again when the conversation goes on. */
export interface ReasoningSeal {
  /** Opaque text of the provider: a signature of the reasoning, or the reasoning itself encrypted. Goes back to the provider as it came. */
  readonly signature?: string
  /** The provider shows nothing of this reasoning: `signature` is all there is of it. */
  readonly redacted?: true
}

/** A passage that an answer rests on. */
export interface Citation {
  /** Address of the source, where it has one; it comes from the model and must not be trusted. */
  readonly url?: string
  readonly title?: string
  /** The words that are cited. */
  readonly quote?: string
  /** The provider's own object, whole. */
  readonly detail: Readonly<Record<string, unknown>>
}

/** Structured data of a workflow, a tool or a provider (SPEC §13.7). */
export interface DataEvent {
  readonly type: 'data'
  readonly name: string
  readonly data: unknown
  readonly id?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Facts about the text of one delta, computed once by the writer (SPEC AP3). Absent means 0 or false. */
export interface TextMetadata {
  /** Tokens of this text, estimated. */
  readonly tokens?: number
  /** The text lies inside a code span or code block. */
  readonly code?: true
  /** The text lies inside a link. */
  readonly link?: true
}

/** Everything that the stream of a run can hold, without the time of writing. */
export type RunEventBody =
  | {
      readonly type: 'run-start'
      readonly runId: string
      readonly model: string
      readonly continues?: { readonly runId: string; readonly offset: string }
    }
  | PartEvent
  /** What is going on while there is no text; a newer status supersedes it. */
  | { readonly type: 'status'; readonly status: RunPhase; readonly message: string }
  /** How far the run is; a newer one supersedes it. Percent only where it is known (SPEC GN8). */
  | {
      readonly type: 'progress'
      readonly outputTokens: number
      readonly tokensPerSecond: number
      readonly elapsedMs: number
      readonly percent?: number
    }
  /** Something went wrong and the run goes on (SPEC ST4). */
  | { readonly type: 'notice'; readonly error: PublicError; readonly waitMs?: number }
  | { readonly type: 'usage'; readonly usage: Usage }
  | DataEvent
  | {
      readonly type: 'run-end'
      readonly outcome: Outcome
      readonly finishReason?: FinishReason
      readonly error?: PublicError
      readonly usage: Usage
      /** Parts that began and have no end, in their order; absent when there are none. */
      readonly open?: readonly OpenPart[]
    }

/** A part that an answer which broke off left open. */
export interface OpenPart {
  readonly kind: 'text' | 'reasoning' | 'tool'
  readonly id: string
  /** Of a tool. */
  readonly name?: string
}

/** What a `status` event can say. */
export type RunPhase = 'queued' | 'started' | 'waiting' | 'resumed' | 'cancelling'

/** An event as it is stored. */
export type RunEvent = RunEventBody & { readonly at: number }

/** An event of a type that this version does not know: kept, passed on, skipped by folds. */
export interface UnknownEvent {
  readonly type: string
  readonly at: number
  readonly [key: string]: unknown
}

/** An event and the offset after it. */
export interface Located<E = RunEvent> {
  readonly offset: string
  readonly event: E
}

export type RunEventType = RunEventBody['type']

const KNOWN: Record<RunEventType, true> = {
  'run-start': true,
  'text-start': true,
  'text-delta': true,
  'text-end': true,
  'reasoning-start': true,
  'reasoning-delta': true,
  'reasoning-end': true,
  citation: true,
  'tool-call-start': true,
  'tool-call-delta': true,
  'tool-call-end': true,
  'tool-result': true,
  status: true,
  progress: true,
  notice: true,
  usage: true,
  data: true,
  'run-end': true,
}

/** Whether this version knows the type of an event. */
export function isKnownEvent(event: { readonly type: string }): event is RunEvent {
  return Object.hasOwn(KNOWN, event.type)
}

/** A byte order mark is no JSON either: views that pass stored bytes on would send it to readers. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The bytes under which an event is stored: JSON in UTF-8. */
export function encodeEvent(event: RunEvent): Uint8Array {
  return shortLivedUtf8(JSON.stringify(event))
}

/**
 * Reads a stored event back. Types that are not known are returned as they are: check with `isKnownEvent`.
 * @throws {SluiceError} `storage-corrupt` when the bytes are not an event.
 */
export function decodeEvent(bytes: Uint8Array): RunEvent | UnknownEvent {
  let value: unknown
  try {
    value = JSON.parse(decoder.decode(bytes))
  } catch (cause) {
    throw new SluiceError('storage-corrupt', 'A record of a run stream is not JSON in UTF-8.', { cause })
  }
  if (typeof value !== 'object' || value === null || typeof (value as { type?: unknown }).type !== 'string') {
    throw new SluiceError('storage-corrupt', 'A record of a run stream is not an event: it has no type.')
  }
  return value as RunEvent | UnknownEvent
}
