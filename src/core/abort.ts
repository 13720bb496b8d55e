/**
 * Abort with reasons. Why work is stopped decides what is written afterwards: a cancel seals the partial answer, a
 * handover must not; so the reason travels in the signal and is never guessed from the error.
 */

/** Why work was stopped. */
export type AbortKind =
  /** A person or a client asked to stop: the provider's work is stopped and the partial is sealed. */
  | 'cancel'
  /** This process goes down or lost the run: stop quietly, another owner goes on. */
  | 'handover'
  /** A limit of ours ran out. */
  | 'deadline'

/** The reason that our own signals carry. */
export class AbortReason extends Error {
  readonly kind: AbortKind

  constructor(kind: AbortKind, message: string) {
    super(message)
    this.name = 'AbortReason'
    this.kind = kind
  }
}

/** The kind of our own reason on an aborted signal; `undefined` when it is not aborted or was aborted by others. */
export function abortKind(signal: AbortSignal): AbortKind | undefined {
  return signal.aborted && signal.reason instanceof AbortReason ? signal.reason.kind : undefined
}

/** What to throw for an aborted signal: its own reason, always an `Error`. */
export function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('This operation was aborted', 'AbortError')
}

/** The result of `promise`, or a rejection with the signal's reason as soon as it aborts. The work behind the promise is not stopped by it. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody waits for it any more, so its failure is nobody's.
    promise.catch(() => {})
    throw abortError(signal)
  }
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(abortError(signal))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A controller that follows `parents` until it is disposed; the reason is handed down. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal
  abort(reason: Error): void
}

/** Derives a controller from `parents`. Dispose it when the work ends, so that no listener stays on a long-lived parent. */
export function linkAbort(...parents: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController()
  const undo: (() => void)[] = []
  for (const parent of parents) {
    if (parent === undefined) continue
    if (parent.aborted) {
      controller.abort(parent.reason)
      break
    }
    const follow = (): void => controller.abort(parent.reason)
    parent.addEventListener('abort', follow, { once: true })
    undo.push(() => parent.removeEventListener('abort', follow))
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      for (const remove of undo.splice(0)) remove()
    },
  }
}
