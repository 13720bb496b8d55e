/** `sluice`: the domain, the ports and the spine. Adapters have entries of their own, so that a program loads only what it uses. */
export { type AbortKind, AbortReason, abortKind } from './core/abort.ts'
export { type BackoffPolicy, backoffDelayMs } from './core/backoff.ts'
export { type Clock, sleep, systemClock } from './core/clock.ts'
export { coalesce } from './core/coalesce.ts'
export { ERROR_CODES, type ErrorCode, type ErrorType, type PublicError, publicError, SluiceError, toSluiceError } from './core/errors.ts'
export {
  type Citation,
  type DataEvent,
  decodeEvent,
  encodeEvent,
  FINISH_REASONS,
  type FinishReason,
  isKnownEvent,
  type Located,
  type Outcome,
  type PartEvent,
  type ReasoningSeal,
  type RunEvent,
  type UnknownEvent,
  type Usage,
} from './core/event.ts'
export {
  type Answer,
  type AnswerPart,
  answerText,
  applyEvent,
  EMPTY_ANSWER,
  fold,
  type PlacedCitation,
  type TextPart,
  type ToolPart,
} from './core/fold.ts'
export { formatOffset, isOffset, type Offset, parseOffset, START } from './core/offset.ts'
export { type Generated, type GenerateOptions, type GenerateRequest, generate } from './generate/generate.ts'
export { type ConversationPolicy, DEFAULT_RUN_LIMITS, type RunLimits } from './generate/limits.ts'
export { type CreateRunRequest, createRuns, type Runs, type RunsOptions } from './generate/runs.ts'
export { type ByteSink, createHub, type Hub, type HubOptions, type Reader, type WireFormat } from './log/hub.ts'
export { createWriter, type Writer, type WriterOptions } from './log/writer.ts'
export { type Observation, type Observer, silent } from './ports/observer.ts'
export type { ConversationRecord, MessageRecord, Principal, Records, RunRecord, RunStatus } from './ports/records.ts'
export type { PromptMessage, Source, SourceCapabilities, SourceEvent, SourceOptions, SourceRequest } from './ports/source.ts'
export type {
  AppendOptions,
  AppendResult,
  CreateOptions,
  Expiry,
  ReadResult,
  Store,
  StoredRecord,
  StreamHead,
  StreamHint,
} from './ports/store.ts'
export { createSpanTracker, type Span, type SpanTracker } from './text/spans.ts'
