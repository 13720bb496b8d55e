/** What tests of this folder share. */
import type { SourceRequest } from '../../../ports/source.ts'
import type { Recording } from '../../../simulators/provider/recordings.ts'
import { type AiSdkCallOptions, type AiSdkModel, createAiSdkSource } from '../source.ts'

/** A sample of the Responses API as the SDK wants it: it checks fields of the opening that our samples leave out because nobody needs them. */
export function dressed<R extends Pick<Recording, 'bytes'>>(recording: R): R {
  const text = new TextDecoder().decode(recording.bytes)
  const bytes = new TextEncoder().encode(text.replaceAll('"response":{"id"', '"response":{"created_at":0,"model":"m","id"'))
  return { ...recording, bytes }
}

export type Part = Readonly<Record<string, unknown>>

const FINISH: Part = { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: {} }
export const WORDS = ['Water ', 'finds ', 'a ', 'way.'].map((delta): Part => ({ type: 'text-delta', id: '0', delta }))
export const ANSWER: readonly Part[] = [{ type: 'text-start', id: '0' }, ...WORDS, { type: 'text-end', id: '0' }, FINISH]

export function ask(model = 'm'): SourceRequest {
  return { model, messages: [{ role: 'user', content: 'Hi' }], options: {} }
}

/** A model by hand that notes what happens to its stream. It never looks at its signal unless it is told to. */
export function handMade(parts: readonly unknown[], end: 'close' | 'hang' | 'fail' = 'close') {
  const state = { calls: [] as AiSdkCallOptions[], pulled: 0, cancelled: false, aborted: false, held: 0 }
  const model: AiSdkModel = {
    specificationVersion: 'v4',
    provider: 'hand',
    modelId: 'made',
    async doStream(options) {
      state.calls.push(options)
      state.held++
      options.abortSignal?.addEventListener('abort', () => {
        state.aborted = true
      })
      let at = 0
      const stream = new ReadableStream<unknown>(
        {
          pull(controller) {
            state.pulled++
            const part = parts[at++]
            if (part !== undefined) return controller.enqueue(part)
            if (end === 'hang') return new Promise<void>(() => {})
            state.held--
            return end === 'close' ? controller.close() : controller.error(new TypeError('terminated'))
          },
          cancel() {
            state.cancelled = true
            state.held--
            // Whoever cancels must not wait for this.
            return new Promise<void>(() => {})
          },
        },
        { highWaterMark: 0 },
      )
      return { stream }
    },
  }
  return { model, state }
}

export function of(model: AiSdkModel) {
  return createAiSdkSource({ name: 'ai', models: { m: model } })
}
