/** Facts about a response, in the shapes of the specifications v2, v3 and v4. */
import type { ErrorCode } from '../../core/errors.ts'
import { FINISH_REASONS, type FinishReason, type ReasoningSeal, type Usage } from '../../core/event.ts'
import { asObject, countAt, objectAt, textAt, type Wire } from '../shared/wire.ts'

export interface Ending {
  readonly reason: FinishReason
  /** The provider's own word. */
  readonly raw?: string
  /** Set when this is no success: the code of the error that it is. */
  readonly missing?: ErrorCode
}

/** Words of providers for a long turn that goes on when it is asked again; the SDK calls it a stop. */
const PAUSES: ReadonlySet<string> = new Set(['pause_turn'])

/** Words of providers for an answer that they broke off, where the SDK has none and calls it `other`: OpenRouter's and DeepSeek's. */
const FAILURES: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource'])

/**
 * Why a model stopped. v2 has one word, v3 and v4 a unified one and the provider's own.
 *
 * Success is only what a provider said. v4 says `interrupted` when it did not. Models of v2 and v3 begin with `unknown`, or with `other` and no word of
 * the provider, and are left with that when the bytes end early: it looks like an end, and is none.
 */
export function finishReasonOf(value: unknown): Ending {
  const wire = asObject(value)
  const unified = typeof value === 'string' ? value : textAt(wire, 'unified')
  const raw = textAt(wire, 'raw')
  const words = raw === undefined ? {} : { raw }
  if (unified === 'error' || (raw !== undefined && FAILURES.has(raw))) return { reason: 'other', ...words, missing: 'provider' }
  if (raw !== undefined && PAUSES.has(raw)) return { reason: 'pause', raw }
  const known = FINISH_REASONS.find((reason) => reason === unified)
  if (known !== undefined && known !== 'other') return { reason: known, ...words }
  // v2 has no words of the provider: its `other` is one that it did say.
  if (raw !== undefined && unified !== 'interrupted') return { reason: 'other', raw }
  return value === 'other' ? { reason: 'other' } : { reason: 'other', ...words, missing: 'connection' }
}

/** Tokens of a response; flat in v2, in groups since v3. */
export function usageOf(usage: Wire | undefined): Usage {
  const input = objectAt(usage, 'inputTokens')
  const output = objectAt(usage, 'outputTokens')
  const counts = {
    inputTokens: countAt(input, 'total') ?? countAt(usage, 'inputTokens'),
    outputTokens: countAt(output, 'total') ?? countAt(usage, 'outputTokens'),
    reasoningTokens: countAt(output, 'reasoning') ?? countAt(usage, 'reasoningTokens'),
    cachedInputTokens: countAt(input, 'cacheRead') ?? countAt(usage, 'cachedInputTokens'),
  }
  const known = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined))
  return { ...known, basis: Object.keys(known).length === 0 ? 'unknown' : 'reported' }
}

/** Names of the provider packages for a signature of reasoning: Anthropic and Bedrock, and Google. */
const SIGNATURES = ['signature', 'thoughtSignature']
/** Names for reasoning that is itself encrypted: Anthropic and Bedrock where nothing of it may be shown, and OpenAI and xAI. */
const REDACTED = 'redactedData'
const ENCRYPTED = 'reasoningEncryptedContent'

/**
 * The seal in the metadata of a part, whichever provider's it is.
 * @param shown whether any of the reasoning is text.
 */
export function sealOf(metadata: Wire | undefined, shown: boolean): ReasoningSeal {
  for (const value of Object.values(metadata ?? {})) {
    const said = asObject(value)
    const hidden = textAt(said, REDACTED) ?? (shown ? undefined : textAt(said, ENCRYPTED))
    if (hidden !== undefined) return { signature: hidden, redacted: true }
    const signature = [...SIGNATURES, ENCRYPTED].map((name) => textAt(said, name)).find((found) => found !== undefined && found !== '')
    if (signature !== undefined) return { signature }
  }
  return {}
}
