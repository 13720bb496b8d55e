/** A run's events as an async iterator: reading goes on only as fast as the loop takes them. */
import { linkAbort } from '../core/abort.ts'
import type { LocatedEvent } from './connection.ts'
import { type FollowHost, type FollowOptions, followStream } from './follow.ts'

export type IterateOptions = Omit<FollowOptions, 'onEvent'>

/** As `followStream`; leaving the loop ends the reader, not the run. */
export async function* iterateStream(host: FollowHost, url: string, options: IterateOptions = {}): AsyncGenerator<LocatedEvent, void> {
  using abort = linkAbort(options.signal)
  // One event waits at a time: the follower hands it over and is held until the loop comes back for the next.
  let ready = handover()
  let taken = Promise.withResolvers<void>()
  let end: { readonly thrown?: unknown } | undefined
  const following = followStream(host, url, {
    ...options,
    signal: abort.signal,
    onEvent(located) {
      ready.resolve(located)
      return taken.promise
    },
  })
  following.then(
    () => {
      end = {}
      ready.resolve(undefined)
    },
    (thrown: unknown) => {
      end = { thrown }
      ready.reject(thrown)
    },
  )
  try {
    for (;;) {
      const located = await ready.promise
      if (located === undefined) return
      yield located
      // The follower may have ended while the loop had the event.
      if (end && 'thrown' in end) throw end.thrown
      if (end) return
      ready = handover()
      const last = taken
      taken = Promise.withResolvers()
      last.resolve()
    }
  } finally {
    abort.abort(new DOMException('The loop over the events was left', 'AbortError'))
    taken.resolve()
  }
}

/** Its rejection is for whoever awaits it; a loop that was left has nobody, which is no fault. */
function handover(): PromiseWithResolvers<LocatedEvent | undefined> {
  const next = Promise.withResolvers<LocatedEvent | undefined>()
  next.promise.catch(() => {})
  return next
}
