/** Any language model of the AI SDK as a source: whatever provider it speaks to, its answers become durable streams. */
import { abortError, linkAbort, orAbort } from '../../core/abort.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Source, SourceEvent, SourceRequest } from '../../ports/source.ts'
import { checkNames, refuseModel, refuseResume } from '../shared/names.ts'
import { discard, pieces } from '../shared/pieces.ts'
import { createRedactor } from '../shared/redact.ts'
import { asObject } from '../shared/wire.ts'
import { failureOf } from './failure.ts'
import { type AiSdkModel, checkModelObject } from './model.ts'
import { createNormaliser } from './normalise.ts'
import { callOptions } from './prompt.ts'

export type { AiSdkCallOptions, AiSdkModel } from './model.ts'

export interface AiSdkSourceOptions {
  /** First part of the model ids: `claude` in `claude/opus`. */
  readonly name: string
  /** Model objects by the name under which they are offered. */
  readonly models: Readonly<Record<string, AiSdkModel>>
  readonly clock?: Clock
}

/**
 * A source over model objects such as `openai('gpt-5')`. Not resumable: a response dies with its connection.
 *
 * One call of `doStream` is one attempt: the SDK's own retries belong to its `streamText` and are not in the way. Settings that no request of ours
 * names (provider options, headers) belong to the model object, for instance by the SDK's `defaultSettingsMiddleware`.
 * @throws {SluiceError} `configuration` when a name or a model object cannot be used.
 */
export function createAiSdkSource(options: AiSdkSourceOptions): Source {
  const { name, clock = systemClock } = options
  const models = new Map(Object.entries(options.models))
  const names = [...models.keys()]
  checkNames(name, names)
  for (const [key, model] of models) checkModelObject(key, model)
  const redact = createRedactor([])

  async function* stream(
    request: SourceRequest,
    { signal, resume }: Parameters<Source['stream']>[1],
  ): AsyncGenerator<SourceEvent, void, undefined> {
    if (signal.aborted) throw abortError(signal)
    const model = models.get(request.model) ?? refuseModel(name, names, request.model)
    if (resume !== undefined) refuseResume(name)
    const label = `${model.provider} ${model.modelId}`
    const normaliser = createNormaliser({ name, label, redact, now: clock.now })
    const prompt = callOptions(request, model.specificationVersion)
    using work = linkAbort(signal)
    let over = false
    try {
      for await (const part of partsOf(model, { ...prompt, abortSignal: work.signal }, signal)) {
        const wire = asObject(part)
        // Nothing that a part could be; there is no name to keep it under.
        if (wire === undefined) continue
        const { events, error } = normaliser.read(wire)
        over = events.at(-1)?.type === 'finish'
        for (const event of events) {
          if (signal.aborted) throw abortError(signal)
          yield event
        }
        if (error !== undefined) throw error
        if (over) return
      }
      throw new SluiceError('connection', `The response of ${label} ended without a finish part, so it is not complete.`)
    } catch (thrown) {
      if (signal.aborted) throw abortError(signal)
      throw failureOf(thrown, { label, redact, nowMs: clock.now() })
    } finally {
      // A model may have split its stream; the signal reaches what cancelling one half of it does not.
      if (!over) work.abort(new Error('Nobody reads this response any more.'))
    }
  }

  return {
    name,
    models: names,
    capabilities(model) {
      if (!models.has(model)) refuseModel(name, names, model)
      return { resume: 'none', cancel: false }
    },
    stream,
    // The signal and the closed stream are all there is.
    cancel: async () => {},
  }
}

/** The parts of one answer. A model that does not answer is left when `signal` aborts, and what it opens afterwards is closed. */
async function* partsOf(model: AiSdkModel, options: Parameters<AiSdkModel['doStream']>[0], signal: AbortSignal): AsyncGenerator<unknown> {
  const opening = (async () => (await model.doStream(options)).stream)()
  // That it fails is told by the wait below, or nobody wants to know any more.
  opening.then((late) => signal.aborted && discard(late)).catch(() => {})
  yield* pieces(await orAbort(opening, signal), signal)
}
