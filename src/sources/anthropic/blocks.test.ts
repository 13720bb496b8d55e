import { describe, expect, it } from 'vitest'
import { createBlocks } from './blocks.ts'

describe('a delta whose type is no text', () => {
  const nested: unknown = JSON.parse(`${'['.repeat(6_000)}${']'.repeat(6_000)}`)

  it.each([
    ['nested deeper than the stack', nested],
    ['an object that cannot be text', { toString: 1 }],
    ['a number', 7],
  ])('is skipped when it is %s', (_what, type) => {
    for (const block of ['text', 'thinking', 'tool_use', 'something_new']) {
      const blocks = createBlocks()
      blocks.start(0, { type: block })
      expect(blocks.delta(0, { type, text: 'a' })).toEqual([])
    }
  })
})
