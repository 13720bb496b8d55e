/** A source that does what a test says, step by step. */
import { abortError } from '../../src/core/abort.ts'
import type { Source, SourceEvent, SourceRequest } from '../../src/ports/source.ts'

export interface ScriptedCall {
  readonly request: SourceRequest
  readonly signal: AbortSignal
  /** Lets the source yield these. */
  emit(...events: readonly SourceEvent[]): void
  fail(error: Error): void
  /** Ends without a terminal event. */
  eof(): void
}

export interface ScriptedSource extends Source {
  readonly calls: readonly ScriptedCall[]
  /** Resolves with the call number `index`, from 0, once it is made. */
  call(index: number): Promise<ScriptedCall>
}

type Step = { readonly event: SourceEvent } | { readonly error: Error } | 'eof'

export function text(value: string): readonly SourceEvent[] {
  return [{ type: 'text-delta', id: 't', text: value }]
}

export const FINISH: SourceEvent = { type: 'finish', reason: 'stop', usage: { outputTokens: 1, basis: 'reported' } }

export function createScriptedSource(resume: 'position' | 'none' = 'none'): ScriptedSource {
  const calls: ScriptedCall[] = []
  const awaited = new Map<number, (call: ScriptedCall) => void>()

  async function* stream(request: SourceRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<SourceEvent, void, undefined> {
    const steps: Step[] = []
    let wake = (): void => {}
    const push = (...more: Step[]): void => {
      steps.push(...more)
      wake()
    }
    const call: ScriptedCall = {
      request,
      signal,
      emit: (...events) => push(...events.map((event) => ({ event }))),
      fail: (error) => push({ error }),
      eof: () => push('eof'),
    }
    calls.push(call)
    awaited.get(calls.length - 1)?.(call)
    signal.addEventListener('abort', () => wake(), { once: true })
    for (;;) {
      if (signal.aborted) throw abortError(signal)
      const step = steps.shift()
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else if (step === 'eof') return
      else if ('error' in step) throw step.error
      else yield step.event
    }
  }

  return {
    name: 'scripted',
    models: ['one'],
    calls,
    call: async (index) => calls[index] ?? new Promise((resolve) => awaited.set(index, resolve)),
    capabilities: () => ({ resume, cancel: false }),
    stream,
    cancel: async () => {},
  }
}
