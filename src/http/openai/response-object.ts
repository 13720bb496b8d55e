/** The response object: a run as OpenAI's clients see it. */
import type { Outcome, RunEvent, Usage } from '../../core/event.ts'
import type { RunRecord } from '../../ports/records.ts'
import type { PromptMessage } from '../../ports/source.ts'
import { envelopeOf } from './envelope.ts'
import { responseError } from './errors.ts'
import { responseId } from './ids.ts'
import type { Json } from './json.ts'

export type RunEnded = Extract<RunEvent, { type: 'run-end' }>

/** Where a response stands. */
export interface ResponseState {
  readonly phase: 'queued' | 'in_progress'
  readonly output: readonly Json[]
  readonly end?: RunEnded
}

export type ResponseFacts = Pick<RunRecord, 'id' | 'model' | 'options' | 'createdAt'> & { readonly input: readonly PromptMessage[] }

export function responseObject(run: ResponseFacts, { phase, output, end }: ResponseState): Json {
  const { options } = run
  const kept = envelopeOf(options)
  const custom = new Set(kept.customTools)
  const incomplete = end === undefined ? undefined : incompleteReason(end)
  const status = end === undefined ? phase : statusOf(end)
  return {
    id: responseId(run),
    object: 'response',
    created_at: Math.floor(run.createdAt / 1_000),
    status,
    background: kept.background ?? false,
    ...(end !== undefined && status === 'completed' ? { completed_at: Math.floor(end.at / 1_000) } : {}),
    error: status === 'failed' ? responseError(end?.error) : null,
    incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    instructions: kept.instructions ?? null,
    max_output_tokens: options.maxOutputTokens ?? null,
    metadata: kept.metadata ?? {},
    model: run.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: kept.previousResponseId ?? null,
    reasoning: { effort: options.reasoningEffort ?? null, summary: null },
    store: true,
    temperature: options.temperature ?? null,
    text: { format: { type: 'text' } },
    tool_choice: kept.toolChoice ?? 'auto',
    tools: (options.tools ?? []).map(({ name, description, parameters }) =>
      custom.has(name)
        ? { type: 'custom', name, ...(description === undefined ? {} : { description }), format: { type: 'text' } }
        : { type: 'function', name, description: description ?? null, parameters, strict: false },
    ),
    top_p: null,
    truncation: 'disabled',
    usage: end === undefined ? null : responseUsage(end.usage),
  }
}

/** What a run that has ended is called here. */
export function statusOf(end: Pick<RunEnded, 'outcome' | 'finishReason'>): string {
  const byOutcome: Record<Outcome, string> = {
    completed: incompleteReason(end) === undefined ? 'completed' : 'incomplete',
    cancelled: 'cancelled',
    failed: 'failed',
    interrupted: 'failed',
  }
  return byOutcome[end.outcome]
}

/** Why there is less than the model would have said. */
function incompleteReason({ outcome, finishReason }: Pick<RunEnded, 'outcome' | 'finishReason'>): string | undefined {
  // Not one of the package's two reasons, on purpose: without one, clients take a cancelled answer for a whole one.
  if (outcome === 'cancelled') return 'cancelled'
  if (outcome !== 'completed') return undefined
  if (finishReason === 'content-filter') return 'content_filter'
  // A provider that paused goes on when it is asked again, as after a limit of tokens.
  return finishReason === 'length' || finishReason === 'pause' ? 'max_output_tokens' : undefined
}

/** Nothing unless both sums are known: there is no field for half of it, and 0 would be a lie. */
function responseUsage({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): Json | null {
  if (inputTokens === undefined || outputTokens === undefined) return null
  return {
    input_tokens: inputTokens,
    input_tokens_details: cachedInputTokens === undefined ? {} : { cached_tokens: cachedInputTokens },
    output_tokens: outputTokens,
    output_tokens_details: reasoningTokens === undefined ? {} : { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  }
}
