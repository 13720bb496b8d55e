/** Reading what came over the wire: JSON of a provider is `unknown`, and a field that is missing or of another type reads as absent. */

/** A JSON object. */
export type Wire = Readonly<Record<string, unknown>>

export function asObject(value: unknown): Wire | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Wire) : undefined
}

export function objectAt(wire: Wire | undefined, field: string): Wire | undefined {
  return asObject(wire?.[field])
}

/** The objects of a list; anything else in it is left out. */
export function objectsAt(wire: Wire | undefined, field: string): readonly Wire[] {
  const value = wire?.[field]
  return Array.isArray(value) ? value.map(asObject).filter((item) => item !== undefined) : []
}

export function textAt(wire: Wire | undefined, field: string): string | undefined {
  const value = wire?.[field]
  return typeof value === 'string' ? value : undefined
}

/** A count: an integer from 0. */
export function countAt(wire: Wire | undefined, field: string): number | undefined {
  const value = wire?.[field]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
