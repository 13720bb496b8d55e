/** Connections outlive the moment in which their credential was looked at. Here it is looked at again, and who lost it is cut off. */
import { type Clock, sleep } from '../../core/clock.ts'
import { toSluiceError } from '../../core/errors.ts'
import type { Observer } from '../../ports/observer.ts'
import type { CallerCredential } from './caller.ts'

/** How often credentials of live connections are looked at, in milliseconds. PROTOCOL 4.7 promises 5 s. */
const CHECK_EVERY_MS = 2_000
/** Credentials that are looked at in one turn of the event loop: with thousands, all at once would hold every stream up. */
const CHECKS_PER_TURN = 32

export interface LiveCredentials {
  /** Calls `cut` once the credential is in force no more. The result ends that. */
  hold(credential: CallerCredential, cut: () => void): () => void
  /** Looks at once: something was revoked. */
  recheck(): Promise<void>
  close(): void
}

export interface LiveCredentialsOptions {
  readonly clock: Clock
  readonly observer: Observer
  /** @param keys answers for API keys that this round has had already; most credentials hang on few keys. */
  readonly inForce: (credential: CallerCredential, keys: Map<string, Promise<boolean>>) => Promise<boolean>
}

/** The connections of one credential, which is asked for once however many they are. */
interface Held {
  readonly credential: CallerCredential
  readonly cuts: Set<() => void>
}

/** One timer for all, and none while nobody is connected. */
export function createLiveCredentials({ clock, observer, inForce }: LiveCredentialsOptions): LiveCredentials {
  const held = new Map<string, Held>()
  let disarm: (() => void) | undefined
  let closed = false
  const stop = new AbortController()

  const check = async (name: string, { credential, cuts }: Held, keys: Map<string, Promise<boolean>>): Promise<void> => {
    if (await inForce(credential, keys)) return
    held.delete(name)
    for (const cut of [...cuts]) cut()
  }
  const recheck = async (): Promise<void> => {
    const keys = new Map<string, Promise<boolean>>()
    let looked = 0
    for (const [name, one] of [...held]) {
      // Ends early when this is closed, which is looked at next.
      if (++looked % CHECKS_PER_TURN === 0) await sleep(clock, 0, stop.signal).catch(() => {})
      if (closed) return
      try {
        await check(name, one, keys)
      } catch (thrown) {
        observer({
          type: 'trouble',
          what: 'The credential of a live connection could not be looked at; it is tried again',
          error: toSluiceError(thrown),
        })
      }
    }
  }
  const arm = (): void => {
    if (disarm !== undefined || closed || held.size === 0) return
    disarm = clock.setTimer(CHECK_EVERY_MS, () => {
      recheck().finally(() => {
        disarm = undefined
        arm()
      })
    })
  }

  return {
    hold(credential, cut) {
      // A session ends at its own time, so it is another one than its key's other sessions.
      const name = `${credential.kind} ${credential.id}`
      const one = held.get(name) ?? { credential, cuts: new Set() }
      held.set(name, one)
      one.cuts.add(cut)
      arm()
      return () => {
        one.cuts.delete(cut)
        if (one.cuts.size === 0 && held.get(name) === one) held.delete(name)
        if (held.size > 0) return
        disarm?.()
        disarm = undefined
      }
    },
    recheck,
    close() {
      closed = true
      stop.abort(new Error('Nobody is connected any more.'))
      disarm?.()
      held.clear()
    },
  }
}
