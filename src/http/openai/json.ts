/** JSON of this surface, of which only parts are known. */
export type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textIn(object: Json, field: string): string | undefined {
  const value = object[field]
  return typeof value === 'string' ? value : undefined
}

/** JSON that a model wrote; `undefined` when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
