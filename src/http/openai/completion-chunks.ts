/** A run as a chat completion: whole, or as chunks. */
import { isKnownEvent, type RunEvent, type UnknownEvent, type Usage } from '../../core/event.ts'
import { type Answer, answerText } from '../../core/fold.ts'
import type { RunRecord } from '../../ports/records.ts'
import { openAIError, runFailure } from './errors.ts'
import { completionId } from './ids.ts'
import type { Json } from './json.ts'
import type { RunEnded } from './response-object.ts'
import { frameOf } from './streaming.ts'

export type CompletionFacts = Pick<RunRecord, 'id' | 'model' | 'options' | 'createdAt'>

const DONE = 'data: [DONE]\n\n'

/**
 * Writes the chunks of one reader. An answer that broke off ends with an error and without `[DONE]`; tools that the provider ran itself do not
 * show, as a client would try to run them.
 */
export function completionWriter(run: CompletionFacts, includeUsage: boolean): (event: RunEvent | UnknownEvent) => string {
  const functions = functionNames(run)
  /** Place of each call of ours, by its id in the log. */
  const calls = new Map<string, { readonly index: number; streamed: boolean }>()

  const chunk = (delta: Json, finish_reason: string | null = null): string =>
    frameOf({
      ...head(run, 'chat.completion.chunk'),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(includeUsage ? { usage: null } : {}),
    })

  const apply = (event: RunEvent): string => {
    switch (event.type) {
      case 'run-start':
        return chunk({ role: 'assistant', content: '', refusal: null })
      case 'text-delta':
        return chunk({ content: event.text })
      case 'reasoning-delta':
        return chunk({ reasoning_content: event.text })
      case 'tool-call-start': {
        if (!functions.has(event.name) || calls.has(event.id)) return ''
        const call = { index: calls.size, streamed: false }
        calls.set(event.id, call)
        return chunk({
          tool_calls: [{ index: call.index, id: event.id, type: 'function', function: { name: event.name, arguments: '' } }],
        })
      }
      case 'tool-call-delta': {
        const call = calls.get(event.id)
        if (call === undefined) return ''
        call.streamed = true
        return chunk({ tool_calls: [{ index: call.index, function: { arguments: event.text } }] })
      }
      case 'tool-call-end': {
        const call = calls.get(event.id)
        // Some sources say the arguments only when they are whole.
        if (call === undefined || call.streamed) return ''
        return chunk({ tool_calls: [{ index: call.index, function: { arguments: event.input } }] })
      }
      case 'run-end':
        return endFrames(event)
      default:
        return ''
    }
  }

  const endFrames = (end: RunEnded): string => {
    if (end.outcome !== 'completed') {
      const error = openAIError(completionFailure(run, end), '')
      return frameOf({ error }, 'error')
    }
    const usage = completionUsage(end.usage)
    const last = includeUsage && usage ? frameOf({ ...head(run, 'chat.completion.chunk'), choices: [], usage }) : ''
    return chunk({}, finishReason(end, calls.size > 0)) + last + DONE
  }

  return (event) => (isKnownEvent(event) ? apply(event) : '')
}

/** A run that was completed, as one object. */
export function completionObject(run: CompletionFacts, answer: Answer): Json {
  const functions = functionNames(run)
  const tool_calls = answer.parts.flatMap((part) =>
    part.kind === 'tool' && functions.has(part.name)
      ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: part.input } }]
      : [],
  )
  const reasoning = answer.parts.flatMap((part) => (part.kind === 'reasoning' ? [part.text] : [])).join('')
  const text = answerText(answer)
  const usage = answer.usage === undefined ? undefined : completionUsage(answer.usage)
  const message = {
    role: 'assistant',
    content: text === '' && tool_calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(tool_calls.length === 0 ? {} : { tool_calls }),
  }
  return {
    ...head(run, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer, tool_calls.length > 0) }],
    ...(usage === undefined ? {} : { usage }),
  }
}

/** The error of a run that did not come to its end. */
export function completionFailure(run: CompletionFacts, { outcome, error }: Pick<RunEnded, 'outcome' | 'error'>) {
  const cancelled = { type: 'server', code: 'conflict', message: 'The answer was cancelled.', recoverable: false, attempt: 1 } as const
  return runFailure(outcome === 'cancelled' ? cancelled : error, `run ${run.id}`)
}

function head({ id, model, createdAt }: CompletionFacts, object: string): Json {
  return { id: completionId({ id }), object, created: Math.floor(createdAt / 1_000), model }
}

function functionNames({ options }: CompletionFacts): ReadonlySet<string> {
  return new Set((options.tools ?? []).map(({ name }) => name))
}

function finishReason({ finishReason: reason }: Pick<RunEnded, 'finishReason'>, called: boolean): string {
  if (reason === 'content-filter') return 'content_filter'
  if (reason === 'length' || reason === 'pause') return 'length'
  return called ? 'tool_calls' : 'stop'
}

function completionUsage({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): Json | undefined {
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedInputTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  }
}
