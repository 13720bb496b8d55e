/** Bounds the values of a metric's label: each new one is a new time series for ever, and some come from outside. */

/** The label of what found no place any more. */
const OTHER = 'other'

/** Keeps the first `max` values apart, those in `known` for certain, and calls all further ones `other`. A value always gets the same label. */
export function boundedLabel(max: number, known: readonly string[] = []): (value: string) => string {
  const seen = new Set(known)
  return (value) => {
    if (seen.has(value)) return value
    if (seen.size >= max) return OTHER
    seen.add(value)
    return value
  }
}
