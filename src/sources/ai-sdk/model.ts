/**
 * A language model of the AI SDK, as far as we look at it. Structural, so that this package depends on no version of the SDK: models of its
 * specifications v2, v3 and v4 fit, and so does an object that someone wrote by hand.
 */
import { SluiceError } from '../../core/errors.ts'
import { describe } from '../shared/describe.ts'

/** What a model is called with; wide, because each specification knows other prompts and tools. `prompt.ts` builds it. */
export interface AiSdkCallOptions {
  readonly prompt: readonly object[]
  readonly tools?: readonly object[] | undefined
  readonly maxOutputTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly reasoning?: string | undefined
  readonly abortSignal?: AbortSignal | undefined
}

/** A model object, such as `openai('gpt-5')`; the id alone (`'openai/gpt-5'`) is none. */
export interface AiSdkModel {
  readonly specificationVersion: string
  readonly provider: string
  readonly modelId: string
  /** Begins one answer. What the stream holds is read as `unknown`: it comes from outside. */
  doStream(options: AiSdkCallOptions): PromiseLike<{ readonly stream: ReadableStream<unknown> }>
}

const SPECIFICATIONS: readonly string[] = ['v2', 'v3', 'v4']

/**
 * @param name under which the model was given, for the error.
 * @throws {SluiceError} `configuration` when it is no model object, or one of a specification that we do not know.
 */
export function checkModelObject(name: string, model: unknown): void {
  if (typeof model !== 'object' || model === null || !('doStream' in model) || typeof model.doStream !== 'function') {
    throw new SluiceError(
      'configuration',
      `The model ${name} is ${describe(model)} and no language model of the AI SDK. Give the object, such as openai('gpt-5').`,
    )
  }
  const version = 'specificationVersion' in model ? model.specificationVersion : undefined
  if (typeof version === 'string' && SPECIFICATIONS.includes(version)) return
  throw new SluiceError(
    'configuration',
    `The model ${name} implements the specification ${JSON.stringify(version)}. Use a provider package for ${SPECIFICATIONS.join(', ')}.`,
  )
}
