/** A bounded number of workers, first come, first served. */
import { abortError } from '../core/abort.ts'

export interface Slots {
  /** Waits for a free slot and takes it; the result gives it back and may be called again. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>
  readonly taken: number
}

export function createSlots(size: number): Slots {
  let taken = 0
  const queue = new Set<() => void>()

  const give = (): void => {
    taken -= 1
    const [next] = queue
    if (next === undefined) return
    queue.delete(next)
    next()
  }

  const hold = (): (() => void) => {
    taken += 1
    let held = true
    return () => {
      if (!held) return
      held = false
      give()
    }
  }

  return {
    get taken() {
      return taken
    },
    take(signal) {
      if (signal.aborted) return Promise.reject(abortError(signal))
      if (taken < size) return Promise.resolve(hold())
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          queue.delete(onTurn)
          reject(abortError(signal))
        }
        const onTurn = (): void => {
          signal.removeEventListener('abort', onAbort)
          resolve(hold())
        }
        signal.addEventListener('abort', onAbort, { once: true })
        queue.add(onTurn)
      })
    },
  }
}
