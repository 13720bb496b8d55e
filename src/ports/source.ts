/**
 * A source: one model API behind one interface. A source makes *one attempt*; retries, continuation, budgets and
 * watchdogs are the business of `generate`.
 *
 * Contract of `stream`.
 * 1. The iterable yields part events and ends right after exactly one `finish`. Success is only that: an iterable that ends without it has failed.
 * 2. Everything else is thrown as a `SluiceError`: `connection` (retryable) for a reset, a refused connection or an end of the
 *    bytes without the provider's terminal event; the code of GN14 for what the provider says. The provider's own words go into
 *    `message` and `cause`, never into `safeMessage`.
 * 3. When `signal` aborts, the request is aborted at the socket at once and the iterator throws the signal's reason.
 * 4. Nothing is buffered: an event is yielded in the turn in which its bytes arrived, and reading stops while the consumer is busy.
 * 5. Part ids are unique within the attempt; every delta lies between its start and its end. An attempt that fails may leave parts open.
 */

import type { DataEvent, FinishReason, PartEvent, Usage } from '../core/event.ts'
import type { Answer } from '../core/fold.ts'

export type Role = 'system' | 'user' | 'assistant' | 'tool'

/** A call of a tool that the assistant made, as it goes back into a prompt. */
export interface PromptToolCall {
  readonly id: string
  readonly name: string
  /** The whole argument text. */
  readonly input: string
}

/** One entry of the prompt. */
export interface PromptMessage {
  readonly role: Role
  readonly content: string
  /** For `assistant`: the calls that it made after `content`; a `tool` message answers each. */
  readonly toolCalls?: readonly PromptToolCall[]
  /** For `tool`: the call that this answers. */
  readonly toolCallId?: string
}

export interface ToolDefinition {
  readonly name: string
  readonly description?: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What the caller may ask of a model beyond the messages. Sources ignore what does not apply to them and refuse what they cannot do. */
export interface SourceOptions {
  /** Tokens of the whole output, reasoning included. By default what the provider, or the source's table of models, says. */
  readonly maxOutputTokens?: number
  /** Tokens to reason with. A source maps it to what its model understands: a budget, or the effort that comes nearest. */
  readonly maxThinkingTokens?: number
  readonly temperature?: number
  readonly reasoningEffort?: 'minimal' | 'low' | 'medium' | 'high'
  readonly tools?: readonly ToolDefinition[]
  /** Simulated model: speed; 0 is as fast as it can be read. */
  readonly tokensPerSecond?: number
  /** Simulated model: the same seed gives the same text. */
  readonly seed?: number
  /** What the door that took the request keeps of it for its own answers, as JSON; no source reads it. */
  readonly door?: Readonly<Record<string, unknown>>
}

export interface SourceRequest {
  /** The model's name, without the source's own. */
  readonly model: string
  readonly messages: readonly PromptMessage[]
  readonly options: SourceOptions
}

export type SourceEvent =
  | PartEvent
  /** What the provider sent and we have no word for, such as an output item of a new type: kept as it came, named `<source>.<type>`. */
  | DataEvent
  /** What the provider calls this response; needed to cancel or resume it there. */
  | { readonly type: 'response'; readonly responseId: string }
  /** What was used so far. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The provider's terminal event, and the end of the attempt. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: Usage }

/** Where an earlier attempt stopped. */
export interface ResumePoint {
  /** What its events added up to. */
  readonly answer: Answer
  readonly responseId?: string
}

/** What a source can do with one model, as data. */
export interface SourceCapabilities {
  /** How an answer that broke off can go on. `position`: exactly, from any position of the text. */
  readonly resume: 'position' | 'cursor' | 'prefill' | 'prompt' | 'none'
  /** Whether `cancel` has something to tell the provider beyond closing the socket. */
  readonly cancel: boolean
}

export interface Source {
  /** First part of the model ids that it serves: `openai` in `openai/gpt-5`. */
  readonly name: string
  /** Model names to offer to people; a source may accept more. */
  readonly models: readonly string[]
  /** @throws {SluiceError} `invalid-request` when it has no such model, naming those it has. */
  capabilities(model: string): SourceCapabilities
  stream(request: SourceRequest, options: { readonly signal: AbortSignal; readonly resume?: ResumePoint }): AsyncIterable<SourceEvent>
  /** Tells the provider to stop working on a response. Idempotent; does nothing where `capabilities.cancel` is false. */
  cancel(responseId: string, options: { readonly signal: AbortSignal }): Promise<void>
}
