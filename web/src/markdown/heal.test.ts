import { describe, expect, it } from 'vitest'
import { heal } from './heal.ts'
import { lex } from './lex.ts'

type Shown = { type: string; raw: string; text?: string; tokens?: Shown[]; items?: Shown[] }

/** What a person would read of healed text. */
function readable(markdown: string): string {
  const walk = (tokens: readonly Shown[]): string =>
    tokens
      .map((token) =>
        token.tokens ? walk(token.tokens) : token.items ? walk(token.items) : token.type === 'space' ? '' : (token.text ?? ''),
      )
      .join('')
  return walk(lex(markdown) as readonly Shown[])
}

const prefixes = (text: string): string[] => Array.from({ length: text.length }, (_, index) => text.slice(0, index + 1))

describe('healing an unfinished block', () => {
  it.each([
    ['one **bold** two', /\*/],
    ['one *soft* two', /\*/],
    ['one ***both*** two', /\*/],
    ['one __bold__ two', /_/],
    ['one ~~gone~~ two', /~/],
    ['one `code` two', /`/],
    ['one ``co`de`` two', /``/],
    ['see [the page](https://example.org/a_b_c) there', /[[\]()]|https/],
    ['**bold with `code` and [link](https://example.org)** end', /[*`[\]]|https/],
    ['- **term**: text', /\*|^-/],
  ])('never shows the marks of %j, however much of it has come', (text, marks) => {
    for (const prefix of prefixes(text)) expect(readable(heal(prefix))).not.toMatch(marks)
  })

  it('changes nothing of a block that has no open markup', () => {
    const text = 'All **closed** and `done`, [so](https://example.org), 2 * 3 = 6 and snake_case_name'
    expect(heal(text)).toBe(text)
  })

  it('holds back a line that may turn the paragraph above into a heading', () => {
    expect(heal('text\n-')).toBe('text\n')
    expect(heal('text\n==')).toBe('text\n')
  })

  it('holds back the next number of a list, and only of a list', () => {
    expect(heal('1. one\n2', true)).toBe('1. one\n')
    expect(heal('42')).toBe('42')
  })

  it('holds back half a fence', () => {
    expect(heal('text\n``')).toBe('text\n')
    expect(heal('text\n```py')).toBe('text\n')
  })

  it('shows a table from its second row on', () => {
    expect(heal('| a | b |')).toBe('')
    expect(heal('| a | b |\n|--')).toBe('')
    expect(heal('| a | b |\n|---|---|\n')).toBe('| a | b |\n|---|---|\n')
    expect(heal('| a | b |\n|---|---|\n| c')).toBe('| a | b |\n|---|---|\n| c')
  })

  it('shows text that only looks like a link', () => {
    expect(heal('arr[0] is it')).toBe('arr[0] is it')
  })
})
