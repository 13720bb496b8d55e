import { describe, expect, it } from 'vitest'
import { fenceText } from './fence-text.ts'
import { openingFence } from './lines.ts'

function shown(raw: string, open: boolean): string {
  const fence = openingFence(raw.trimStart().split('\n', 1)[0] ?? '')
  if (!fence) throw new Error('Not a fence')
  return fenceText(raw, { ...fence, indent: raw.search(/\S/) }, open)
}

describe('the code of a fence', () => {
  it('is what stands between its marks', () => {
    expect(shown('```ts\na\n\nb\n```\n', false)).toBe('a\n\nb')
  })

  it('is empty for an empty fence', () => {
    expect(shown('```\n```', false)).toBe('')
    expect(shown('```ts', false)).toBe('')
  })

  it('grows without showing a closing mark that is still being written', () => {
    const text = '```\nab\ncd\n```'
    const states = Array.from({ length: text.length - 3 }, (_, index) => shown(text.slice(0, index + 4), true))
    for (const state of states) expect('ab\ncd\n').toContain(state)
    expect(states.at(-1)).toBe('ab\ncd')
  })

  it('keeps shorter fences inside a longer one', () => {
    expect(shown('````md\n```\nx\n```\n````', false)).toBe('```\nx\n```')
  })

  it('loses the indentation of its mark, and no more', () => {
    expect(shown('  ```\n    a\n  b\n c\n  ```', false)).toBe('  a\nb\nc')
  })
})
