/** Who wants to hear of a stream. */
import { toSluiceError } from '../../core/errors.ts'
import type { Observer } from '../../ports/observer.ts'
import type { StreamHint } from '../../ports/store.ts'

export interface Watchers {
  has(id: string): boolean
  watch(id: string, onHint: (hint: StreamHint) => void): () => void
  /** Calls the listeners of a stream; one that throws is reported and does not keep the others from hearing. */
  tell(id: string, hint: StreamHint): void
  clear(): void
}

export function createWatchers(observer: Observer): Watchers {
  const listeners = new Map<string, Set<(hint: StreamHint) => void>>()
  return {
    has: (id) => listeners.has(id),
    watch(id, onHint) {
      // A wrapper of its own, so that the same function can watch twice and each end concerns one of them.
      const listener = (hint: StreamHint): void => onHint(hint)
      const set = listeners.get(id) ?? new Set()
      listeners.set(id, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(id) === set) listeners.delete(id)
      }
    },
    tell(id, hint) {
      for (const listener of listeners.get(id) ?? []) {
        try {
          listener(hint)
        } catch (error) {
          observer({ type: 'trouble', what: `A listener of stream ${id} failed`, error: toSluiceError(error) })
        }
      }
    },
    clear: () => listeners.clear(),
  }
}
