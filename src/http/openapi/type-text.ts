/** A JSON schema as people read types: `{ input: string, model?: string }`. */
import type { Schema } from './document.ts'

/** Deeper than this the shape is left out. */
const MAX_DEPTH = 8

export function typeText(schema: unknown, indent = ''): string {
  if (!isSchema(schema) || indent.length > 2 * MAX_DEPTH) return 'anything'
  const { $ref, anyOf, oneOf, allOf, type, items, properties } = schema
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? $ref
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ')
  for (const [choices, between] of [
    [anyOf, ' | '],
    [oneOf, ' | '],
    [allOf, ' & '],
  ] as const) {
    if (Array.isArray(choices)) return choices.map((one) => typeText(one, indent)).join(between)
  }
  if (Array.isArray(type)) return type.map((one) => typeText({ ...schema, type: one }, indent)).join(' | ')
  if (type === 'array') return `list of ${typeText(items, indent)}`
  if (type === 'object') return isSchema(properties) && Object.keys(properties).length > 0 ? fields(schema, properties, indent) : 'object'
  return typeof type === 'string' ? `${type}${bounds(schema)}` : 'anything'
}

function fields({ required, additionalProperties }: Schema, properties: Schema, indent: string): string {
  const needed = Array.isArray(required) ? required : []
  const inner = `${indent}  `
  const lines = Object.entries(properties).map(([name, schema]) => {
    const note = isSchema(schema) && typeof schema['description'] === 'string' ? `  (${schema['description']})` : ''
    return `${inner}${name}${needed.includes(name) ? '' : '?'}: ${typeText(schema, inner)}${note}`
  })
  const more = additionalProperties !== undefined && additionalProperties !== false ? [`${inner}…`] : []
  return `{\n${[...lines, ...more].join('\n')}\n${indent}}`
}

function bounds(schema: Schema): string {
  const { minimum: low, maximum: high } = schema
  const wanted = schema['default']
  const range = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? ` ${typeof low === 'number' ? low : ''} to ${high}` : ''
  return range + (wanted === undefined ? '' : ` = ${JSON.stringify(wanted)}`)
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
