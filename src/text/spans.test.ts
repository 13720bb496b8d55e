import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSpanTracker } from './spans.ts'

/** One letter a character: `c` code, `l` link, `.` neither. */
function flags(chunks: readonly string[]): string {
  const tracker = createSpanTracker()
  return chunks
    .flatMap((chunk) => tracker.push(chunk))
    .map((span) => (span.code ? 'c' : span.link ? 'l' : '.').repeat(span.text.length))
    .join('')
}

describe('which characters of a Markdown text are code or link', () => {
  it.each([
    ['plain text', '..........'],
    ['a `b` c', '..ccc..'],
    ['``a`b`` c', 'ccccccc..'],
    ['```\nx\n```\ny', 'ccccccccc..'],
    ['~~~\nx\n~~~\ny', '..ccccccc..'],
    ['~~gone~~ yes', '............'],
    ['see [a](http://b.c) d', '........llllllllll...'],
    ['at https://a.b/c now', '...........lllll....'],
    ['(http://a.b) x', '........lll...'],
    ['`open\n\nnext', 'cccccc.....'],
  ])('%j', (text, expected) => {
    expect(flags([text])).toBe(expected)
  })

  it('stays in the block until its fence is closed by one at least as long', () => {
    const text = '````ts\n```\nstill\n````\nout'
    expect(flags([text]).slice(text.indexOf('still'), text.indexOf('still') + 5)).toBe('ccccc')
    expect(flags([text]).slice(-3)).toBe('...')
  })

  const markdown = fc.string({
    unit: fc.constantFrom('`', '~', '\n', ' ', '\t', 'a', 'b c', '[', ']', '(', ')', '<', '>', 'https:', '//', 'https://', 'é', '😀'),
    maxLength: 80,
  })

  it('says of pieces without marks what it says of their characters among others', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        // A piece with a mark is read character by character, and what follows changes nothing.
        const oneByOne = flags([`${text}\n`]).slice(0, text.length)
        expect(flags(text.split(/(?<=[`~\n(/])|(?=[`~\n(/])/))).toBe(oneByOne)
      }),
      { numRuns: 500 },
    )
  })

  it('says the same for any chunking, and its spans are the text', () => {
    fc.assert(
      fc.property(markdown, fc.array(fc.nat(20), { maxLength: 30 }), (text, cuts) => {
        const chunks: string[] = []
        let at = 0
        for (const cut of cuts) {
          chunks.push(text.slice(at, at + cut))
          at += cut
        }
        chunks.push(text.slice(at))
        expect(flags(chunks)).toBe(flags([text]))
        const tracker = createSpanTracker()
        expect(chunks.flatMap((chunk) => tracker.push(chunk).map((span) => span.text)).join('')).toBe(text)
      }),
    )
  })
})
