/** One answer without a server, a store or a stream: for programs that want the sources and the fold, and nothing else. */
import { SluiceError } from '../core/errors.ts'
import type { FinishReason, Usage } from '../core/event.ts'
import { type Answer, answerText, applyEvent, EMPTY_ANSWER } from '../core/fold.ts'
import type { PromptMessage, Source, SourceOptions } from '../ports/source.ts'

export interface GenerateRequest {
  readonly source: Source
  /** The model's name, without the source's own. */
  readonly model: string
  readonly input: string | readonly PromptMessage[]
  readonly options?: SourceOptions
}

export interface GenerateOptions {
  /** Stops the model's work; `generate` rejects with its reason. */
  readonly signal: AbortSignal
  /** Each piece of text as it comes. The model is read no faster than this resolves. */
  readonly onText?: (text: string) => void | Promise<void>
}

export interface Generated {
  readonly text: string
  readonly answer: Answer
  readonly finishReason: FinishReason
  readonly usage: Usage
}

/**
 * Makes one attempt and folds it.
 * @throws {SluiceError} what the source says; `connection` when it ends without the provider's terminal event. The partial text was given to `onText`.
 */
export async function generate(request: GenerateRequest, { signal, onText }: GenerateOptions): Promise<Generated> {
  const { source, model, input, options = {} } = request
  const messages: readonly PromptMessage[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  let answer = EMPTY_ANSWER
  for await (const event of source.stream({ model, messages, options }, { signal })) {
    if (event.type === 'finish') return { text: answerText(answer), answer, finishReason: event.reason, usage: event.usage }
    if (event.type === 'response') continue
    answer = applyEvent(answer, { ...event, at: 0 })
    if (event.type === 'text-delta') await onText?.(event.text)
  }
  throw new SluiceError('connection', `Source ${source.name} ended its stream without a terminal event.`)
}
