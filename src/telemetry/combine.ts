/** Many observers as one. */
import { toSluiceError } from '../core/errors.ts'
import type { Observation, Observer } from '../ports/observer.ts'

/**
 * Tells each of `observers`. One that throws, against its contract, disturbs neither the others nor the caller; the others are told of it as `trouble`,
 * once per kind of observation, so that a broken observer cannot flood them.
 */
export function combineObservers(...observers: readonly Observer[]): Observer {
  const reported = new Map<Observer, Set<Observation['type']>>()
  const report = (broken: Observer, type: Observation['type'], thrown: unknown): void => {
    const types = reported.get(broken) ?? new Set()
    if (types.has(type)) return
    reported.set(broken, types.add(type))
    const what = `An observer threw on "${type}"`
    tell({ type: 'trouble', what, error: toSluiceError(thrown, what) }, broken)
  }
  const tell = (observation: Observation, except?: Observer): void => {
    for (const observer of observers) {
      if (observer === except) continue
      try {
        observer(observation)
      } catch (thrown) {
        report(observer, observation.type, thrown)
      }
    }
  }
  return (observation) => tell(observation)
}
