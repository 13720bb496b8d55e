/** The JSON that the HTTP contract speaks (PROTOCOL.md §4), as a client sees it. Times are RFC 3339 text. */
import type { PublicError } from '../core/errors.ts'
import type { FinishReason, Outcome, Usage } from '../core/event.ts'

export type RunStatus = 'queued' | 'running' | Outcome

export interface InputMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  /** For `tool`: the call that this answers. */
  readonly toolCallId?: string
}

export interface RunOptions {
  readonly maxOutputTokens?: number
  readonly maxThinkingTokens?: number
  readonly temperature?: number
  readonly reasoningEffort?: 'minimal' | 'low' | 'medium' | 'high'
  readonly tools?: readonly {
    readonly name: string
    readonly description?: string
    readonly parameters: Readonly<Record<string, unknown>>
  }[]
  /** Simulated model: speed; 0 is as fast as it can be read. */
  readonly tokensPerSecond?: number
  /** Simulated model: the same seed gives the same text. */
  readonly seed?: number
}

export interface CreateRun {
  /** A question, or a whole prompt. */
  readonly input: string | readonly InputMessage[]
  /** `<source>/<model>`; the server's default when absent. */
  readonly model?: string
  readonly conversationId?: string
  readonly options?: RunOptions
}

export interface RunLinks {
  readonly self: string
  readonly events: string
  readonly cancel: string
}

/** A run as it is listed, and as `create` answers with it. */
export interface RunSummary {
  readonly id: string
  readonly streamId: string
  readonly status: RunStatus
  readonly model: string
  readonly conversationId?: string
  readonly parentId?: string
  readonly createdAt: string
  readonly startedAt?: string
  readonly endedAt?: string
  readonly outcome?: Outcome
  readonly finishReason?: FinishReason
  readonly error?: PublicError
  readonly usage?: Usage
  readonly cancelRequestedAt?: string
  readonly links: RunLinks
}

export interface Run extends RunSummary {
  /** The text so far, or all of it. */
  readonly text: string
  readonly readers: readonly { readonly kind: string; readonly since: string }[]
}

export interface CancelResult {
  readonly id: string
  readonly status: RunStatus
  readonly outcome?: Outcome
  /** `ended` when there was nothing left to stop. */
  readonly effect: 'cancelling' | 'ended'
}

export interface Conversation {
  readonly id: string
  readonly title: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly lastRunId?: string
}

export interface Message {
  readonly id: string
  readonly role: 'user' | 'assistant' | 'tool' | 'system'
  readonly text: string
  readonly createdAt: string
  readonly runId?: string
  /** For an assistant's message: how its run ended. */
  readonly status?: Outcome
}

export interface ConversationDetail extends Conversation {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** Give it as `after` for older messages. */
  readonly next?: string
  /** The run whose answer is being written now. */
  readonly liveRunId?: string
}

/** A slice of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Give it as `after` for the next slice; absent at the end. */
  readonly next?: string
}

export interface PageQuery {
  /** 1 to 200. */
  readonly limit?: number
  readonly after?: string
}

export interface RunQuery extends PageQuery {
  readonly status?: RunStatus
  readonly conversationId?: string
}

export interface Models {
  readonly default: string
  readonly items: readonly { readonly id: string }[]
}
