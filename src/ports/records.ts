/**
 * Records: what is looked up by key rather than read in order. Runs and messages are projections of run streams: the
 * terminal event in the stream is the commit point, and a projection that a crash left behind is repaired at start.
 *
 * Promises. Each method is one transaction. What it resolved with survives a kill -9. Everything has an owner
 * (tenant, user) from the first schema on, and methods that take an owner see only what is the owner's. Failures are `storage-*` errors
 * and change nothing.
 */
import type { PublicError } from '../core/errors.ts'
import type { FinishReason, Outcome, Usage } from '../core/event.ts'
import type { PromptMessage, SourceOptions } from './source.ts'

/** Who acts. */
export interface Principal {
  readonly tenant: string
  readonly user: string
  readonly scopes: readonly string[]
}

/** Whose something is. */
export interface Owner {
  readonly tenant: string
  readonly user: string
}

export type RunStatus = 'queued' | 'running' | Outcome

/** How an input that is the whole conversation, as its caller keeps it, goes into the conversation's history. */
export interface Transcript {
  /** `new`: its last user message is a question to write down. `written`: that was written down by an earlier run, and this one answers it again or goes on. */
  readonly question: 'new' | 'written'
  /** The caller's id of the message that the answer goes on with, where it is one that the caller has already. */
  readonly messageId?: string
}

/** One response being produced, or produced. */
export interface RunRecord {
  readonly id: string
  readonly streamId: string
  readonly owner: Owner
  /** `<source>/<model>`. */
  readonly model: string
  readonly status: RunStatus
  /** What was asked. In a conversation the earlier messages come before it, unless it has a `transcript`. */
  readonly input: readonly PromptMessage[]
  /** The input is the whole prompt. Kept with the run, so that whoever takes it over builds the same prompt. */
  readonly transcript?: Transcript
  readonly options: SourceOptions
  readonly conversationId?: string
  /** Run that this one goes on from. */
  readonly parentId?: string
  /** Milliseconds since 1970, here and below. */
  readonly createdAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly finishReason?: FinishReason
  readonly error?: PublicError
  readonly usage?: Usage
  /** When a cancel was first asked for. */
  readonly cancelRequestedAt?: number
  /** Who works on it, and until when that holds without renewal. */
  readonly lease?: { readonly holder: string; readonly untilMs: number }
}

/** How a run ended; written once. */
export interface RunEnd {
  readonly outcome: Outcome
  readonly endedAt: number
  readonly finishReason?: FinishReason
  readonly error?: PublicError
  readonly usage: Usage
  /** Whole text for the conversation's message; ignored when the run has no conversation. */
  readonly text: string
}

/** An idempotency key and a digest of the request that it came with. */
export interface Idempotency {
  readonly key: string
  readonly digest: string
}

export type CreateRunResult =
  | { readonly result: 'created'; readonly run: RunRecord }
  /** The same key came before with the same request: this is its run. */
  | { readonly result: 'replayed'; readonly run: RunRecord }
  /** The same key came before with another request. */
  | { readonly result: 'key-reused'; readonly run: RunRecord }

/** One whole message of a conversation; an assistant's is written once, when its run ends. */
export interface MessageRecord {
  readonly id: string
  readonly conversationId: string
  readonly role: 'user' | 'assistant' | 'tool' | 'system'
  readonly text: string
  readonly createdAt: number
  readonly runId?: string
  /** For an assistant's message: how its run ended. */
  readonly status?: Outcome
}

export interface ConversationRecord {
  readonly id: string
  readonly owner: Owner
  /** First words of its first message. */
  readonly title: string
  readonly createdAt: number
  readonly updatedAt: number
  /** Its newest run, ended or not. */
  readonly lastRunId?: string
}

/** A slice of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Give it as `after` to get the next slice; absent at the end. */
  readonly next?: string
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number
  /** From an earlier `Page.next`. @throws {SluiceError} `invalid-request` when it is not one. */
  readonly after?: string
}

export interface RunFilter {
  readonly status?: RunStatus
  readonly conversationId?: string
}

export interface Records {
  /**
   * Writes a run as `queued` and, when it belongs to a conversation, that conversation (made when new) and the last user message of the
   * input as a message of it, unless its transcript says that it was written before.
   * @throws {SluiceError} `not-found` when the conversation is another owner's.
   */
  createRun(run: RunRecord, idempotency?: Idempotency): Promise<CreateRunResult>
  /** The run that an idempotency key of this owner stands for, while the key is remembered. */
  findIdempotent(owner: Owner, key: string): Promise<{ readonly run: RunRecord; readonly digest: string } | undefined>
  /** The run, when it is the owner's; without an owner, any (for the engine itself). */
  getRun(id: string, owner?: Owner): Promise<RunRecord | undefined>
  listRuns(owner: Owner, filter: RunFilter, page: PageRequest): Promise<Page<RunRecord>>
  /** All runs, of all owners, that have not ended, oldest first. */
  unfinishedRuns(): Promise<readonly RunRecord[]>
  /** Takes or renews the right to work on a run. False when another holder's lease has not run out, or the run ended. Sets `running` and, the first time, `startedAt`. */
  claimRun(id: string, lease: { readonly holder: string; readonly untilMs: number }, nowMs: number): Promise<boolean>
  /** Ends all leases: the holder of the data folder's lock knows that nobody else is alive. */
  voidLeases(): Promise<void>
  /** Remembers that a cancel was asked for; the first time counts. The run as it then is, ended or not. */
  requestCancel(id: string, owner: Owner, nowMs: number): Promise<RunRecord | undefined>
  /** Projects the terminal event: run row and assistant message. Does nothing when the run has ended. */
  endRun(id: string, end: RunEnd): Promise<void>

  getConversation(id: string, owner: Owner): Promise<ConversationRecord | undefined>
  listConversations(owner: Owner, page: PageRequest): Promise<Page<ConversationRecord>>
  /** Newest messages first. */
  listMessages(conversationId: string, owner: Owner, page: PageRequest): Promise<Page<MessageRecord>>
  /** The run of this conversation that has not ended and is the oldest, if any. */
  liveRun(conversationId: string): Promise<RunRecord | undefined>

  /** Waits for what is under way and lets go of everything. May be called again. */
  close(): Promise<void>
}
