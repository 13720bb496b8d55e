/** The chunks of one chat completion as our events. What it holds is the open parts, the reason to finish and the usage. */
import { SluiceError } from '../../core/errors.ts'
import type { FinishReason, Usage } from '../../core/event.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { classify, type Provider, type ProviderFailure } from '../shared/failure.ts'
import { createParts } from '../shared/parts.ts'
import type { Normaliser } from '../shared/reading.ts'
import { objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { createCallFlow } from './calls.ts'
import { callsOf, onlyText, plainReasoning, proseOf, sealsOf } from './delta.ts'
import { failureOf } from './failures.ts'
import { createProseFlow } from './prose.ts'
import { usageIn } from './usage.ts'

export interface ChatNormaliserOptions {
  /** The source's name, for data that we have no word for. */
  readonly source: string
  readonly provider: Provider
  /** Takes secrets out of the provider's words before they become an error's message. */
  readonly redact: (text: string) => string
}

/** OpenAI's reasons to finish, and those of servers that pass on what their engine calls it. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  length: 'length',
  model_length: 'length',
  max_tokens: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

/**
 * A reader for one response. The model has finished with a `finish_reason`; the response is over with the chunk of usage after it, `[DONE]` or the
 * end of the bytes, because until then usage or an error can still come.
 */
export function createNormaliser({ source, provider, redact }: ChatNormaliserOptions): Normaliser {
  const parts = createParts()
  const prose = createProseFlow(parts, source)
  const calls = createCallFlow(parts)
  let named = false
  let refused = false
  let plain = false
  let reason: FinishReason | undefined
  let usage: Usage = { basis: 'unknown' }

  /** Ids rotate at some gateways: the first one stands. */
  const name = (chunk: Wire): readonly SourceEvent[] => {
    const responseId = textAt(chunk, 'id')
    if (named || !responseId) return []
    named = true
    return [{ type: 'response', responseId }]
  }

  const deltaEvents = (delta: Wire): readonly SourceEvent[] => {
    const only = onlyText(delta)
    if (only) return prose.write({ kind: 'text', text: only })
    plain ||= plainReasoning(delta) !== ''
    refused ||= Boolean(textAt(delta, 'refusal'))
    const fragments = callsOf(delta)
    const pieces = proseOf(delta, !plain)
    return [
      ...pieces.filter(({ kind }) => kind === 'reasoning').flatMap(prose.write),
      ...prose.seal(sealsOf(delta)),
      ...pieces.filter(({ kind }) => kind !== 'reasoning').flatMap(prose.write),
      ...prose.annotate(objectsAt(delta, 'annotations')),
      ...(fragments.length === 0 ? [] : [...prose.end(), ...calls.read(fragments)]),
    ]
  }

  /** Gateways have put what they were sent into every one of these. */
  const redacted = (failure: ProviderFailure): ProviderFailure => ({
    ...failure,
    ...(failure.message === undefined ? {} : { message: redact(failure.message) }),
    ...(failure.code === undefined ? {} : { code: redact(failure.code) }),
    ...(failure.type === undefined ? {} : { type: redact(failure.type) }),
  })

  const end = (): readonly SourceEvent[] => {
    if (reason === undefined) return []
    const better: FinishReason = reason !== 'stop' ? reason : refused ? 'content-filter' : calls.any ? 'tool-calls' : 'stop'
    return [...prose.end(), ...parts.finishAll(), ...prose.leftOver(), { type: 'finish', reason: better, usage }]
  }

  return {
    read(chunk) {
      const choices = objectsAt(chunk, 'choices')
      const choice = choices.find((one) => (one['index'] ?? 0) === 0)
      const heard = usageIn(chunk, choices[0])
      usage = heard ?? usage
      const delta = objectAt(choice, 'delta')
      const begun = name(chunk)
      const told = delta === undefined ? [] : deltaEvents(delta)
      const events = begun.length === 0 ? told : [...begun, ...told]

      const failure = failureOf(chunk, choice)
      if (failure !== undefined) {
        const spent: readonly SourceEvent[] = usage.basis === 'reported' ? [{ type: 'usage', usage }] : []
        return { events: [...events, ...spent], error: classify(provider, redacted(failure)) }
      }
      const said = textAt(choice, 'finish_reason')
      if (said) {
        reason = (Object.hasOwn(REASONS, said) ? REASONS[said] : undefined) ?? 'other'
        if (calls.nameless) {
          return { events, error: new SluiceError('provider', `${provider.label} sent a call of a tool without the name of the tool.`) }
        }
      }
      // Only a chunk without choices is the last word on usage: some servers count along with every chunk.
      return { events: heard !== undefined && choices.length === 0 ? [...events, ...end()] : events }
    },
    end,
  }
}
