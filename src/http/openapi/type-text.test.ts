import { describe, expect, it } from 'vitest'
import { typeText } from './type-text.ts'

describe('a schema as text', () => {
  it('shows fields, which of them may be left out, choices, lists, bounds and notes', () => {
    const schema = {
      type: 'object',
      required: ['id'],
      properties: {
        id: { type: 'string', description: 'Chosen by us.' },
        kind: { enum: ['a', 'b'] },
        items: { type: 'array', items: { $ref: '#/components/schemas/Item' } },
        limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
        next: { type: ['string', 'null'] },
        any: { anyOf: [{ type: 'string' }, { type: 'object', properties: {} }] },
      },
      additionalProperties: {},
    }
    expect(typeText(schema)).toBe(
      [
        '{',
        '  id: string  (Chosen by us.)',
        '  kind?: "a" | "b"',
        '  items?: list of Item',
        '  limit?: integer 1 to 200 = 50',
        '  next?: string | null',
        '  any?: string | object',
        '  …',
        '}',
      ].join('\n'),
    )
  })

  it('of something that nothing is said about is anything', () => {
    expect([typeText(undefined), typeText({})]).toEqual(['anything', 'anything'])
  })
})
