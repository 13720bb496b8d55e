/** `sluice/client`: read runs from browsers and Node. */
export type { PublicError } from '../core/errors.ts'
export { SluiceError } from '../core/errors.ts'
export type { FinishReason, Outcome, RunEvent, UnknownEvent, Usage } from '../core/event.ts'
export { isKnownEvent } from '../core/event.ts'
export type { Answer, AnswerPart, DataItem, TextPart, ToolPart } from '../core/fold.ts'
export { answerText, applyEvent, EMPTY_ANSWER, fold } from '../core/fold.ts'
export type { Offset } from '../core/offset.ts'
export { START } from '../core/offset.ts'
export type { AnswerOptions } from './answer.ts'
export type {
  CancelResult,
  Conversation,
  ConversationDetail,
  CreateRun,
  InputMessage,
  Message,
  Models,
  Page,
  PageQuery,
  Run,
  RunLinks,
  RunOptions,
  RunQuery,
  RunStatus,
  RunSummary,
} from './api.ts'
export type { CallOptions, Client, ClientOptions, CreateOptions } from './client.ts'
export { createClient } from './client.ts'
export type { Fetch, LocatedEvent } from './connection.ts'
export type { BrowserWindow, Environment, EnvironmentHint } from './environment.ts'
export { browserEnvironment, hostEnvironment, quietEnvironment } from './environment.ts'
export type { FollowHost, FollowOptions } from './follow.ts'
export { followStream } from './follow.ts'
export type { IterateOptions } from './iterate.ts'
export type { ReconnectPolicy } from './policy.ts'
export { defaultPolicy, fiveAttempts } from './policy.ts'
export type {
  Connection,
  Reconnect,
  ReconnectAction,
  ReconnectContext,
  ReconnectEvent,
  ReconnectState,
  Step,
} from './reconnect.ts'
export { initialReconnect, isFinal, step } from './reconnect.ts'
