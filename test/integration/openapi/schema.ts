/** As much of JSON Schema as the document uses. */

export interface Schema {
  readonly [keyword: string]: unknown
}

/** What is wrong with a value, by place; nothing for one that fits. @throws for a keyword that this does not know, which would pass unseen. */
export function faults(schema: Schema, value: unknown, named: Readonly<Record<string, Schema>>, at = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword))
  if (unknown.length > 0) throw new Error(`${at}: the document uses ${unknown.join(', ')}: teach the test what that means`)
  if (Array.isArray(schema['allOf'])) {
    const parts = schema['allOf'].map((one: Schema) => resolved(one, named))
    return faults(merged([...parts, { ...schema, allOf: undefined }]), value, named, at)
  }
  const { $ref, anyOf, type, properties, required, items, additionalProperties } = schema
  const found: string[] = []
  const again = (inner: unknown, part: unknown, place: string): string[] => faults(inner as Schema, part, named, place)
  if (typeof $ref === 'string') {
    const target = named[$ref.replace('#/components/schemas/', '')]
    return target === undefined ? [`${at}: ${$ref} is not in the document`] : again(target, value, at)
  }
  if (Array.isArray(anyOf) && anyOf.every((one) => again(one, value, at).length > 0))
    found.push(`${at}: fits none of ${anyOf.length} shapes`)
  if (type !== undefined && ![type].flat().includes(typeOf(value)) && !(typeOf(value) === 'integer' && [type].flat().includes('number'))) {
    return [...found, `${at}: is ${typeOf(value)}, not ${String(type)}`]
  }
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) found.push(`${at}: ${String(value)} is none of the values`)
  if ('const' in schema && schema['const'] !== value) found.push(`${at}: is not ${String(schema['const'])}`)
  if (typeof schema['pattern'] === 'string' && !new RegExp(schema['pattern'], 'u').test(String(value)))
    found.push(`${at}: breaks the pattern`)
  if (typeof schema['minimum'] === 'number' && Number(value) < schema['minimum']) found.push(`${at}: is too small`)
  if (typeof schema['maximum'] === 'number' && Number(value) > schema['maximum']) found.push(`${at}: is too large`)
  if (Array.isArray(value) && items !== undefined) found.push(...value.flatMap((one, index) => again(items, one, `${at}[${index}]`)))
  if (typeOf(value) !== 'object') return found
  const fields = value as Readonly<Record<string, unknown>>
  const known = (properties ?? {}) as Readonly<Record<string, Schema>>
  for (const name of (required ?? []) as readonly string[]) if (!(name in fields)) found.push(`${at}.${name}: is missing`)
  for (const [name, part] of Object.entries(fields)) {
    const inner = Object.hasOwn(known, name) ? known[name] : undefined
    if (inner !== undefined) found.push(...again(inner, part, `${at}.${name}`))
    // A closed world: what a response holds and the document does not say is a fault too, unless it says that there is more.
    else if (additionalProperties === undefined ? properties !== undefined : additionalProperties === false)
      found.push(`${at}.${name}: is not in the document`)
  }
  return found
}

/** What a reference means, with what that is made of. */
function resolved(schema: Schema, named: Readonly<Record<string, Schema>>): Schema {
  const { $ref, allOf } = schema
  if (typeof $ref === 'string') return resolved(named[$ref.replace('#/components/schemas/', '')] ?? {}, named)
  return Array.isArray(allOf) ? merged([...allOf.map((one: Schema) => resolved(one, named)), { ...schema, allOf: undefined }]) : schema
}

/** One schema of several objects: only together they say which fields there are. */
function merged(parts: readonly Schema[]): Schema {
  return {
    type: 'object',
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => required ?? []),
  }
}

const KNOWN: ReadonlySet<string> = new Set(
  '$ref anyOf allOf type properties required items additionalProperties enum const pattern minimum maximum description format default minLength maxLength minItems maxItems example propertyNames'.split(
    ' ',
  ),
)

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
