/**
 * A process that dies at a chosen write, in process: storage as a process sees it, until the n-th write, before or after which the process
 * is no more. What it asks for from then on is never answered, as with kill -9; what it had asked for before stays in the storage.
 */
import type { Records } from '../../src/ports/records.ts'
import type { Store } from '../../src/ports/store.ts'

export interface CrashPoint {
  /** Number of the write, from 1. */
  readonly write: number
  /** Whether the write takes effect; its caller does not learn of it either way. */
  readonly when: 'before' | 'after'
}

export interface MortalStorage {
  readonly store: Store
  readonly records: Records
  /** Resolves when the process is dead. */
  readonly dead: Promise<void>
  readonly isDead: boolean
  /** Kills it now. */
  kill(): void
  readonly writes: number
}

const STORE_WRITES: ReadonlySet<string> = new Set(['create', 'fence', 'append', 'delete', 'sweep'])
const RECORD_WRITES: ReadonlySet<string> = new Set(['createRun', 'claimRun', 'voidLeases', 'requestCancel', 'endRun'])

export function mortal(store: Store, records: Records, crashAt?: CrashPoint): MortalStorage {
  const death = Promise.withResolvers<void>()
  const never = new Promise<never>(() => {})
  let isDead = false
  let writes = 0

  const kill = (): void => {
    isDead = true
    death.resolve()
  }

  const guard = async (call: () => unknown, isWrite: boolean): Promise<unknown> => {
    if (isDead) return never
    if (isWrite) writes += 1
    const dies = isWrite && crashAt?.write === writes
    if (dies && crashAt.when === 'before') {
      kill()
      return never
    }
    const result = await call()
    if (dies) kill()
    return isDead ? never : result
  }

  const wrap = <T extends object>(target: T, writeNames: ReadonlySet<string>): T =>
    new Proxy(target, {
      get(inner, name) {
        const member: unknown = Reflect.get(inner, name)
        if (typeof member !== 'function') return member
        if (name === 'watch') {
          return (id: string, onHint: (hint: unknown) => void) =>
            member.call(inner, id, (hint: unknown) => (isDead ? undefined : onHint(hint)))
        }
        return (...args: unknown[]) => guard(() => member.apply(inner, args), writeNames.has(String(name)))
      },
    })

  return {
    store: wrap(store, STORE_WRITES),
    records: wrap(records, RECORD_WRITES),
    dead: death.promise,
    get isDead() {
      return isDead
    },
    kill,
    get writes() {
      return writes
    },
  }
}
