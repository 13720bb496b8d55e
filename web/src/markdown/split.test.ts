import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heal } from './heal.ts'
import { createTokenCache, lex } from './lex.ts'
import { advance, type Block, EAGER_CHARS, EMPTY_SPLIT, REPARSE_GROWTH, type Split } from './split.ts'

const raws = (split: Split): string[] => [
  ...split.closed.map((block) => block.raw),
  ...(split.open ? [split.open.block.raw + split.open.tail] : []),
]
const whole = (text: string): readonly Block[] => advance(EMPTY_SPLIT, text, true).closed
const shapes = (text: string): string[] => whole(text).map((block) => `${block.kind} ${JSON.stringify(block.raw)}`)

/** Markdown-like text: lines that matter to the splitter, in any order. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '# Title',
    '#',
    '---',
    '***',
    '```',
    '```ts',
    '````',
    '~~~',
    '- one',
    '- ',
    '* two',
    '* * *',
    '1. one',
    '2. two',
    '3) x',
  ),
  fc.constantFrom(
    '  - nested',
    '   more',
    '    code',
    '\tcode',
    '> quote',
    '| a | b |',
    '|---|---|',
    'text **bold',
    'a `b',
    '[x](http',
    '===',
    '-',
    '\r',
    '$x$',
  ),
  fc.string({ maxLength: 12 }),
)
const markdown = fc.array(line, { maxLength: 24 }).map((lines) => lines.join('\n'))
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 200 })

/** All states of a text that arrives in pieces of the given sizes. */
function stream(text: string, sizes: readonly number[]): Split[] {
  const states: Split[] = []
  let split = EMPTY_SPLIT
  for (let at = 0, turn = 0; at < text.length; turn++) {
    at = Math.min(text.length, at + (sizes[turn % sizes.length] ?? 1))
    split = advance(split, text.slice(0, at), false)
    states.push(split)
  }
  states.push(advance(split, text, true))
  return states
}

describe('the block splitter', () => {
  it('loses and adds nothing: at every moment the blocks joined are the text', () => {
    fc.assert(
      fc.property(markdown, cuts, (text, sizes) => {
        for (const state of stream(text, sizes)) expect(raws(state).join('')).toBe(text.slice(0, state.cursor.length))
      }),
      { numRuns: 500 },
    )
  })

  it('never changes a closed block: later states begin with the very same objects', () => {
    fc.assert(
      fc.property(markdown, cuts, (text, sizes) => {
        const states = stream(text, sizes)
        for (const [index, state] of states.entries()) {
          const next = states[index + 1]
          if (next) expect(state.closed.every((block, at) => next.closed[at] === block)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('cuts the same blocks whether the text comes at once or in pieces', () => {
    fc.assert(
      fc.property(markdown, cuts, (text, sizes) => {
        expect(stream(text, sizes).at(-1)?.closed).toEqual(whole(text))
      }),
      { numRuns: 500 },
    )
  })

  it('gives back the same state when nothing came', () => {
    const split = advance(EMPTY_SPLIT, 'one\n\ntw', false)
    expect(advance(split, 'one\n\ntw', false)).toBe(split)
  })

  it('starts again when it is given a shorter text', () => {
    const split = advance(EMPTY_SPLIT, 'one\n\ntwo', false)
    expect(raws(advance(split, 'a', false))).toEqual(['a'])
  })
})

describe('where blocks are cut', () => {
  it('at blank lines, headings and rules', () => {
    expect(shapes('# T\none\ntwo\n\nthree\n***\nx')).toEqual([
      'markdown "# T\\n"',
      'markdown "one\\ntwo\\n\\n"',
      'markdown "three\\n***\\n"',
      'markdown "x"',
    ])
  })

  it('around fences, whose inside is never looked at', () => {
    expect(shapes('a\n```ts\n# no\n\n- no\n```\nb')).toEqual(['markdown "a\\n"', 'fence "```ts\\n# no\\n\\n- no\\n```\\n"', 'markdown "b"'])
  })

  it('keeps an underlined heading whole', () => {
    expect(shapes('Title\n---\ntext')).toEqual(['markdown "Title\\n---\\n"', 'markdown "text"'])
  })

  it('between the items of a list, with what belongs to them inside, and counts on', () => {
    const blocks = whole('1. one\n\n   more\n1. two\n   - nested\n1. three\n\ntext\n2. not an item')
    expect(blocks.map((block) => (block.kind === 'item' ? block.number : block.kind))).toEqual([1, 2, 3, 'markdown'])
    expect(blocks[1]?.raw).toBe('1. two\n   - nested\n')
  })

  it('takes a starred rule for a rule and a bold item for an item', () => {
    expect(shapes('* * *')).toEqual(['markdown "* * *"'])
    expect(advance(EMPTY_SPLIT, '- **bo', false).open?.block.kind).toBe('item')
    expect(advance(EMPTY_SPLIT, '* **', false).open?.block.kind).toBe('markdown')
  })

  it('keeps indented code with a blank line in it whole', () => {
    expect(shapes('    a\n\n    b\n')).toEqual(['markdown "    a\\n\\n    b\\n"'])
  })
})

describe('what parsing costs', () => {
  const paragraph = 'The quick **brown** fox `jumps` over the [lazy](https://example.org/) dog, and so on. '
  const answer = (separator: string): string => Array.from({ length: 1200 }, () => paragraph).join(separator)

  /** Characters handed to the parser while `text` arrives 40 characters at a time, each state being shown. */
  function parsedChars(text: string): { readonly chars: number; readonly closedTwice: number } {
    let chars = 0
    const seen = new Map<Block, number>()
    const tokens = createTokenCache((markdown) => {
      chars += markdown.length
      return lex(markdown)
    })
    const show = (block: Block): void => {
      const before = chars
      tokens(block)
      if (chars > before) seen.set(block, (seen.get(block) ?? 0) + 1)
    }
    let split = EMPTY_SPLIT
    for (let at = 40; at <= text.length + 40; at += 40) {
      split = advance(split, text.slice(0, at), at >= text.length)
      for (const block of split.closed) show(block)
      if (split.open && split.open.block !== undefined) show({ ...split.open.block, raw: heal(split.open.block.raw) })
    }
    return { chars, closedTwice: [...seen.values()].filter((times) => times > 1).length }
  }

  it('parses each closed block of a 100 KB answer once, and little more than the text in all', () => {
    const text = answer('\n\n')
    expect(text.length).toBeGreaterThan(100_000)
    const { chars, closedTwice } = parsedChars(text)
    expect(closedTwice).toBe(0)
    expect(chars).toBeLessThan(text.length * 4)
  })

  it('stays linear for one paragraph of 100 KB, because a long open block is parsed at growing distances', () => {
    const text = answer('')
    let parsed = 0
    let split = EMPTY_SPLIT
    let last: Block | undefined
    for (let at = 40; at <= text.length + 40; at += 40) {
      split = advance(split, text.slice(0, at), at >= text.length)
      const block = split.open?.block
      if (block && block !== last) parsed += block.raw.length
      last = block
    }
    const eager = EAGER_CHARS ** 2 / 2 / 40
    expect(parsed).toBeLessThan(eager + text.length / (1 - 1 / REPARSE_GROWTH) + EAGER_CHARS)
  })
})
